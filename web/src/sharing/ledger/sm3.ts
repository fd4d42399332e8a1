/** SM3 (GB/T 32905) as the standard writes it: the browser has none of its own. */
const left = (word: number, by: number): number => (word << by % 32) | (word >>> (32 - (by % 32)))
const constants = Array.from({ length: 64 }, (_, round) => left(round < 16 ? 0x79cc4519 : 0x7a879d8a, round))
const start = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e]

export function sm3(data: Uint8Array): Uint8Array {
  const padded = new Uint8Array((Math.floor((data.length + 8) / 64) + 1) * 64)
  padded.set(data)
  padded[data.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(data.length / 0x20000000))
  view.setUint32(padded.length - 4, (data.length << 3) >>> 0)
  const state = [...start]
  for (let at = 0; at < padded.length; at += 64) compress(state, view, at)
  const digest = new DataView(new ArrayBuffer(32))
  state.forEach((word, index) => digest.setUint32(index * 4, word >>> 0))
  return new Uint8Array(digest.buffer)
}

function compress(state: number[], view: DataView, at: number): void {
  const w = Array.from({ length: 68 }, (_, index) => (index < 16 ? view.getInt32(at + index * 4) : 0))
  for (let round = 16; round < 68; round += 1) {
    const x = w[round - 16]! ^ w[round - 9]! ^ left(w[round - 3]!, 15)
    w[round] = x ^ left(x, 15) ^ left(x, 23) ^ left(w[round - 13]!, 7) ^ w[round - 6]!
  }
  let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number]
  for (let round = 0; round < 64; round += 1) {
    const turned = left(a, 12)
    const one = left((turned + e + constants[round]!) | 0, 7)
    const ff = round < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
    const gg = round < 16 ? e ^ f ^ g : (e & f) | (~e & g)
    const first = (ff + d + (one ^ turned) + (w[round]! ^ w[round + 4]!)) | 0
    const second = (gg + h + one + w[round]!) | 0
    d = c; c = left(b, 9); b = a; a = first
    h = g; g = left(f, 19); f = e; e = second ^ left(second, 9) ^ left(second, 17)
  }
  ;[a, b, c, d, e, f, g, h].forEach((word, index) => { state[index] = state[index]! ^ word })
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) { whole.set(part, at); at += part.length }
  return whole
}

export const toHex = (data: Uint8Array): string => [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('')
export const fromHex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
