import { joined, sm3, utf8 } from './sm3'

/** SM2 verification (GB/T 32918.2 §7.1): public values only, so that nothing here needs to run in constant time. */
const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
const A = P - 3n
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n
const GX = 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n
const GY = 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n

type Point = readonly [bigint, bigint, bigint]
const nothing: Point = [1n, 1n, 0n]
const mod = (value: bigint, by = P): bigint => ((value % by) + by) % by

function twice([x, y, z]: Point): Point {
  if (!z || !y) return nothing
  const yy = mod(y * y)
  const zz = mod(z * z)
  const s = mod(4n * x * yy)
  const m = mod(3n * (x - zz) * (x + zz))
  const x2 = mod(m * m - 2n * s)
  return [x2, mod(m * (s - x2) - 8n * yy * yy), mod(2n * y * z)]
}

function plus(one: Point, other: Point): Point {
  const [x1, y1, z1] = one
  const [x2, y2, z2] = other
  if (!z1) return other
  if (!z2) return one
  const a = mod(z1 * z1)
  const b = mod(z2 * z2)
  const u = mod(x1 * b)
  const s = mod(y1 * z2 * b)
  const h = mod(x2 * a - u)
  const r = mod(y2 * z1 * a - s)
  if (!h) return r ? nothing : twice(one)
  const hh = mod(h * h)
  const hhh = mod(h * hh)
  const v = mod(u * hh)
  const x = mod(r * r - hhh - 2n * v)
  return [x, mod(r * (v - x) - s * hhh), mod(h * z1 * z2)]
}

function times(count: bigint, x: bigint, y: bigint): Point {
  let total = nothing
  let step: Point = [x, y, 1n]
  for (let left = count; left; left >>= 1n) {
    if (left & 1n) total = plus(total, step)
    step = twice(step)
  }
  return total
}

function inverse(value: bigint): bigint {
  let [low, high, a, b] = [mod(value), P, 1n, 0n]
  while (low > 1n) {
    const share = high / low
    ;[low, high, a, b] = [high - share * low, low, b - share * a, a]
  }
  return mod(a)
}

const number = (data: Uint8Array): bigint => data.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
const bytes = (value: bigint): Uint8Array => Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * (31 - at))) & 255n))

/** True where r‖s is the signature of 04‖x‖y over the message, by the usual signer's id. */
export function sm2Verify(key: Uint8Array, signature: Uint8Array, message: Uint8Array, signer = '1234567812345678'): boolean {
  if (key.length !== 65 || key[0] !== 4 || signature.length !== 64) return false
  const [x, y] = [number(key.subarray(1, 33)), number(key.subarray(33))]
  const [r, s] = [number(signature.subarray(0, 32)), number(signature.subarray(32))]
  if (x >= P || y >= P || mod(y * y - x * x * x - A * x - B) || !r || r >= N || !s || s >= N || !((r + s) % N)) return false
  const id = utf8(signer)
  const curve = [A, B, GX, GY].map(bytes)
  const z = sm3(joined(Uint8Array.of((id.length * 8) >> 8, (id.length * 8) & 255), id, ...curve, key.subarray(1)))
  const e = number(sm3(joined(z, message)))
  const [px, , pz] = plus(times(s, GX, GY), times((r + s) % N, x, y))
  return Boolean(pz) && mod(e + mod(px * inverse(mod(pz * pz))), N) === r
}
