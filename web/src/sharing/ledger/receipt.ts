import { fromBase64, fromHex, joined, sm3, toHex, utf8 } from './sm3'
import { sm2Verify } from './sm2'

/** A receipt, verified here in the browser: nothing is asked of the server, so that it cannot answer wrongly. */
export interface Bundle {
  format: string
  entry: string
  index: number
  tree_size: number
  path: string[]
  root: string
  note: string
  keys: string[]
  witnesses_needed: number
}

/** One step of the path: the two that were joined, which of them is ours, and what they make. */
export interface Step {
  left: string
  right: string
  ours: 'left' | 'right'
  made: string
}

export interface Verified {
  origin: string
  index: number
  size: number
  type: string
  at: string
  by: string
  leaf: string
  root: string
  steps: Step[]
  signers: string[]
  witnesses: string[]
  needed: number
  /** The city's keys that signed, as the receipt has them: whether the city publishes these is for the reader to compare. */
  keys: string[]
  milliseconds: number
}

/** Why it proves nothing; `code` is a word of the page. */
export class Unproven extends Error {
  constructor(readonly code: 'format' | 'path' | 'size' | 'signature' | 'unsigned' | 'key' | 'shown', readonly who = '') {
    super(code)
  }
}

interface Key { name: string; id: string; kind: string; key: Uint8Array; text: string }
const kinds = [['sm2-cosignature', 'zhengtong.sm2-sm3.cosignature.v1'], ['sm2', 'zhengtong.sm2-sm3.v1']] as const

async function keyOf(text: string): Promise<Key | null> {
  const [name = '', id = '', ...rest] = text.split('+')
  const coded = rest.join('+') // base64 has plus signs of its own
  const data = fromBase64(coded)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', joined(utf8(`${name}\n`), data) as BufferSource))
  if (toHex(digest.subarray(0, 4)) !== id) throw new Unproven('key', name)
  for (const [kind, mark] of kinds) {
    const head = joined(Uint8Array.of(255), utf8(mark))
    if (data.length === head.length + 65 && head.every((byte, at) => data[at] === byte)) return { name, id, kind, key: data.subarray(head.length), text }
  }
  return null
}

export function bundleOf(text: string): Bundle {
  let told: Bundle
  try {
    told = JSON.parse(text) as Bundle
  } catch {
    throw new Unproven('format')
  }
  if (told?.format !== 'zhengtong-receipt@1' || !Array.isArray(told.path) || !Array.isArray(told.keys) || typeof told.note !== 'string') throw new Unproven('format')
  return told
}

/** Every receipt of a file: the one it is, or all of an agreement's proof (a head, then one a line, as many as the head says). */
export function bundlesOf(text: string): Bundle[] {
  if (!text.startsWith('{"format":"zhengtong-proofs@1"')) return [bundleOf(text)]
  const [head = '', ...lines] = text.trim().split('\n')
  const found = lines.filter((line) => !shows(line)).map(bundleOf)
  if (!found.length || found.length !== (JSON.parse(head) as { count: number }).count) throw new Unproven('size')
  return found
}

/** What a proof shows beside its receipts: the very text that a digest in an entry is of, a batch by its chunks, or a seal by its key. */
export interface Shown { step: string; proves: string; field?: string; text?: string; leaves?: string[]; key?: string }

const shows = (line: string) => line.includes('"proves":') && !line.includes('"zhengtong-receipt@1"')

/** Checks that all a proof shows is what its entries fixed; returns how many texts and seals. Throws Unproven with the step. */
export function checkShown(text: string, bundles: Bundle[]): number {
  const lines = text.startsWith('{"format":"zhengtong-proofs@1"') ? text.trim().split('\n').slice(1).filter(shows) : []
  const bodies = new Map(bundles.map((one) => { const { id, body } = JSON.parse(one.entry) as { id: string; body: Record<string, unknown> }; return [id, body] }))
  for (const line of lines) {
    const told = JSON.parse(line) as Shown
    const body = bodies.get(told.proves)
    if (!body || !(told.key ? isSealed(told, body, bodies.get(told.key)) : toHex(rootOf(told)) === body[told.field ?? ''])) throw new Unproven('shown', told.step)
  }
  return lines.length
}

function isSealed(told: Shown, body: Record<string, unknown>, key?: Record<string, unknown>): boolean {
  const seal = body.seal as { member: string; key_id: string; signature: string }
  const payload = JSON.parse(told.text ?? '') as Record<string, unknown>
  if (!key || key.member !== seal.member || key.key_id !== seal.key_id) return false
  if (Object.entries(payload).some(([name, value]) => body[name] !== value)) return false
  return sm2Verify(fromHex(String(key.public)), fromHex(seal.signature), utf8(`zhengtong-seal@1\n${told.text}`))
}

/** The digest of the text, or the root over the chunks' digests (RFC 6962's tree: an odd one out goes up as it is). */
function rootOf(told: Shown): Uint8Array {
  let row = told.leaves?.length ? told.leaves.map(fromHex) : [sm3(utf8(told.text ?? ''))]
  while (row.length > 1) row = row.flatMap((one, at) => (at % 2 ? [] : [row[at + 1] ? sm3(joined(Uint8Array.of(1), one, row[at + 1]!)) : one]))
  return row[0]!
}

/** The steps from the leaf to the root (RFC 9162 §2.1.3.2). */
export function climb(leaf: Uint8Array, index: number, size: number, path: Uint8Array[]): { steps: Step[]; root: Uint8Array } {
  let [number, last, root] = [index, size - 1, leaf]
  const steps: Step[] = []
  const half = (value: number) => Math.floor(value / 2)
  if (!(index >= 0 && index < size)) throw new Unproven('path')
  for (const sibling of path) {
    if (!last) throw new Unproven('path')
    const ours = number % 2 || number === last ? 'right' : 'left'
    const [left, right] = ours === 'right' ? [sibling, root] : [root, sibling]
    root = sm3(joined(Uint8Array.of(1), left, right))
    steps.push({ left: toHex(left), right: toHex(right), ours, made: toHex(root) })
    if (ours === 'right') while (number && number % 2 === 0) [number, last] = [half(number), half(last)]
    ;[number, last] = [half(number), half(last)]
  }
  if (last) throw new Unproven('path')
  return { steps, root }
}

/** Checks the whole bundle; throws Unproven with what does not hold. Whether the keys are the city's own is for the reader to compare. */
export async function verify(told: Bundle): Promise<Verified> {
  const began = performance.now()
  const keys = (await Promise.all(told.keys.map(keyOf))).filter((key) => key !== null)
  const cut = told.note.lastIndexOf('\n\n')
  const text = told.note.slice(0, cut + 1)
  const [origin = '', size = '', root = ''] = text.split('\n')
  const leaf = sm3(joined(Uint8Array.of(0), utf8(told.entry)))
  const climbed = climb(leaf, told.index, told.tree_size, told.path.map(fromHex))
  if (Number(size) !== told.tree_size) throw new Unproven('size')
  if (toHex(climbed.root) !== toHex(fromBase64(root)) || told.root !== toHex(climbed.root)) throw new Unproven('path')
  const held = signatures(told.note.slice(cut + 2), text, keys)
  const own = held.filter((key) => key.kind === 'sm2' && key.name === origin)
  if (!own.length) throw new Unproven('unsigned', origin)
  const entry = JSON.parse(told.entry) as { type: string; at: string; by: string }
  return {
    origin, index: told.index, size: told.tree_size, type: entry.type, at: entry.at, by: entry.by,
    leaf: toHex(leaf), root: told.root, steps: climbed.steps,
    signers: own.map((key) => key.name),
    witnesses: [...new Set(held.filter((key) => key.kind !== 'sm2').map((key) => key.name))],
    needed: told.witnesses_needed,
    keys: own.map((key) => key.text),
    milliseconds: performance.now() - began,
  }
}

function signatures(lines: string, text: string, keys: Key[]): Key[] {
  const held: Key[] = []
  for (const line of lines.trim().split('\n')) {
    const [, name = '', coded = ''] = line.split(' ')
    const data = fromBase64(coded)
    const key = keys.find((one) => one.name === name && one.id === toHex(data.subarray(0, 4)))
    if (!key) continue
    const cosigned = key.kind !== 'sm2'
    const seconds = cosigned ? data.subarray(4, 12).reduce((sum, byte) => sum * 256 + byte, 0) : 0
    const message = utf8(cosigned ? `cosignature/v1\ntime ${seconds}\n${text}` : text)
    if (!sm2Verify(key.key, data.subarray(cosigned ? 12 : 4), message)) throw new Unproven('signature', name)
    held.push(key)
  }
  return held
}
