import { fromHex, joined, sm3, toHex } from './sm3'

const node = (left: Uint8Array, right: Uint8Array): Uint8Array => sm3(joined(Uint8Array.of(1), left, right))
const half = (value: number): number => Math.floor(value / 2)

/** True where the path shows that the larger tree continues the smaller (RFC 9162 §2.1.4.2); digests in hex. */
export function isConsistent(old: number, size: number, first: string, second: string, path: string[]): boolean {
  if (old === size) return !path.length && first === second
  if (old <= 0 || old > size || !path.length) return false
  const whole = Number.isInteger(Math.log2(old))
  const steps = (whole ? [first, ...path] : path).map(fromHex)
  let [number, last] = [old - 1, size - 1]
  while (number % 2) [number, last] = [half(number), half(last)]
  let [one, other] = [steps[0]!, steps[0]!]
  for (const sibling of steps.slice(1)) {
    if (!last) return false
    if (number % 2 || number === last) {
      ;[one, other] = [node(sibling, one), node(sibling, other)]
      while (number && number % 2 === 0) [number, last] = [half(number), half(last)]
    } else {
      other = node(other, sibling)
    }
    ;[number, last] = [half(number), half(last)]
  }
  return !last && toHex(one) === first && toHex(other) === second
}
