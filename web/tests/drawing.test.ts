import { describe, expect, it } from 'vitest'
import { braid, fingerprintBars, ringDashes, sealCharacters, sealOutline, shortHex, sparkPoints } from '@/parts/drawing'

describe('a fingerprint', () => {
  it('draws one bar a byte, from 18 to 100 % of the box', () => {
    expect(fingerprintBars('00ff', 8, 100)).toEqual([{ x: 0, height: 18 }, { x: 3.5, height: 100 }])
  })

  it('is the same picture for the same digest, and another for another', () => {
    expect(fingerprintBars('3bce44c0', 4, 14)).toEqual(fingerprintBars('3bce44c0', 4, 14))
    expect(fingerprintBars('3bce44c0', 4, 14)).not.toEqual(fingerprintBars('3bce44c1', 4, 14))
  })

  it.each([['3bce44c0d346', '3bce 44c0'], ['0x6791ABCD', '6791 ABCD'], ['', '']])('says %s as %s', (hash, said) => {
    expect(shortHex(hash)).toBe(said)
  })
})

describe('a seal', () => {
  it('is worn and turned alike on every visit, never by more than 3°', () => {
    for (const text of ['云溪税务', '云溪人社', '云溪数据', '云溪公安', '云溪审计']) {
      expect(sealOutline(text)).toEqual(sealOutline(text))
      expect(Math.abs(sealOutline(text).tilt)).toBeLessThanOrEqual(3)
    }
  })

  it.each([['云溪税务', '云溪税务'], ['税务局', '税务局印'], ['税务', '税务之印'], ['云溪市税务局', '云溪市税']])('of %s holds %s', (text, held) => {
    expect(sealCharacters(text).join('')).toBe(held)
  })
})

describe('a ring', () => {
  const round = 2 * Math.PI * 46
  const drawn = (dashes: string) => dashes.split(' ').map(Number)

  it.each([[0, 0], [0.5, round / 2], [1, round], [1.7, round], [-1, 0]])('with %d used draws that part', (share, length) => {
    expect(drawn(ringDashes(share, 46))[0]).toBeCloseTo(length, 1)
  })

  it('cut into days never draws more than was used', () => {
    for (let share = 0; share <= 1; share += 0.05) {
      const dashes = drawn(ringDashes(share, 46, 7))
      const ink = dashes.slice(0, -1).filter((_, index) => index % 2 === 0).reduce((sum, dash) => sum + dash, 0)
      expect(ink).toBeLessThanOrEqual(share * round + 0.2)
    }
  })
})

describe('a spark', () => {
  it('stays inside its box', () => {
    for (const point of sparkPoints([3, 9, 1, 4], 64, 20).split(' ')) {
      const [x = 0, y = 0] = point.split(',').map(Number)
      expect(x >= 2 && x <= 62 && y >= 2 && y <= 18).toBe(true)
    }
  })

  it('of one value, or of none, does not break', () => {
    expect(sparkPoints([5], 64, 20)).toBe('2.0,18.0')
    expect(sparkPoints([], 64, 20)).toBe('')
  })
})

it('a braid has three strands that stay within its amplitude', () => {
  const strands = braid(180, 8, 36)
  expect(strands).toHaveLength(3)
  for (const strand of strands) for (const point of strand.slice(1).split('L')) expect(Math.abs(Number(point.split(' ')[0]))).toBeLessThanOrEqual(8)
})
