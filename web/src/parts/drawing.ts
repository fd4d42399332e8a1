/** Pure drawing rules: the same input gives the same picture on every machine. */

export interface Bar {
  x: number
  height: number
}

/** Bars of a fingerprint: one byte of the digest each, 18–100 % of the box, 2 wide with a gap of 1.5. */
export function fingerprintBars(hex: string, count: number, box: number): Bar[] {
  const bytes = hex.replace(/[^0-9a-f]/gi, '').match(/../g) ?? []
  return bytes.slice(0, count).map((byte, index) => ({
    x: index * 3.5,
    height: box * (0.18 + 0.82 * (Number.parseInt(byte, 16) / 255)),
  }))
}

/** First eight hex digits as 4 + 4, the form in which people compare digests aloud. */
export function shortHex(hex: string): string {
  const clean = hex.replace(/^0x/, '')
  return `${clean.slice(0, 4)} ${clean.slice(4, 8)}`.trim()
}

/** A small steady number series from a text (FNV-1a), for wear and tilt that never change between visits. */
export function seeded(text: string): () => number {
  let state = 2166136261
  for (const char of text) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 16777619)
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4294967296
  }
}

/** The worn square of a seal in a 100 × 100 box, and its tilt in degrees (−3…3). */
export function sealOutline(text: string): { path: string; tilt: number } {
  const next = seeded(text)
  const tilt = Math.round((next() * 6 - 3) * 10) / 10
  const points: string[] = []
  const sides: [number, number, number, number][] = [[4, 4, 1, 0], [96, 4, 0, 1], [96, 96, -1, 0], [4, 96, 0, -1]]
  for (const [startX, startY, stepX, stepY] of sides) {
    for (let step = 0; step < 8; step += 1) {
      const wear = next() * 3.2 - 1.2
      const x = startX + stepX * step * 11.5 + (stepX === 0 ? -Math.sign(stepY) * wear : 0)
      const y = startY + stepY * step * 11.5 + (stepY === 0 ? Math.sign(stepX) * wear : 0)
      points.push(`${x.toFixed(1)} ${y.toFixed(1)}`)
    }
  }
  return { path: `M${points.join('L')}Z`, tilt }
}

/** Four characters of a seal, right column read first: [right top, right bottom, left top, left bottom]. */
export function sealCharacters(text: string): string[] {
  const characters = [...text]
  if (characters.length >= 4) return characters.slice(0, 4)
  return characters.length === 3 ? [...characters, '印'] : [...characters, '之', '印'].slice(0, 4)
}

/** Points of a spark line in a w × h box, ends padded by the stroke. */
export function sparkPoints(values: number[], width: number, height: number): string {
  if (values.length === 0) return ''
  const low = Math.min(...values)
  const span = Math.max(...values) - low || 1
  const step = values.length > 1 ? (width - 4) / (values.length - 1) : 0
  return values
    .map((value, index) => `${(2 + index * step).toFixed(1)},${(height - 2 - ((value - low) / span) * (height - 4)).toFixed(1)}`)
    .join(' ')
}

/** Dash array of a ring arc: share of the circle, cut into `cuts` equal promised parts when asked. */
export function ringDashes(share: number, radius: number, cuts = 1): string {
  const round = 2 * Math.PI * radius
  const shown = Math.max(0, Math.min(1, share)) * round
  if (cuts <= 1) return `${shown.toFixed(2)} ${round.toFixed(2)}`
  const part = round / cuts
  const gap = Math.min(3, part * 0.12)
  const dashes: string[] = []
  let left = shown
  while (left > 0.01) {
    const dash = Math.min(part - gap, left)
    dashes.push(dash.toFixed(2), gap.toFixed(2))
    left -= part
  }
  return dashes.length ? `${dashes.slice(0, -1).join(' ')} ${round.toFixed(2)}` : `0 ${round.toFixed(2)}`
}

/** Three strands of a braid as paths running down: amplitude and period as in the thread page. */
export function braid(height: number, amplitude = 8, period = 36): string[] {
  const strands: string[] = []
  for (let strand = 0; strand < 3; strand += 1) {
    const points: string[] = []
    for (let y = 0; y <= height; y += 3) {
      const x = amplitude * Math.sin((2 * Math.PI * y) / period + (strand * 2 * Math.PI) / 3)
      points.push(`${x.toFixed(2)} ${y}`)
    }
    strands.push(`M${points.join('L')}`)
  }
  return strands
}
