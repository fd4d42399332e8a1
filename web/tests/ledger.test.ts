import { describe, expect, it } from 'vitest'
import { isConsistent } from '@/sharing/ledger/consistency'
import { bundleOf, bundlesOf, checkShown, verify, type Bundle } from '@/sharing/ledger/receipt'
import { sm2Verify } from '@/sharing/ledger/sm2'
import { fromBase64, fromHex, sm3, toHex, utf8 } from '@/sharing/ledger/sm3'
import receipt from './receipt.json'

const told = () => structuredClone(receipt) as ReturnType<typeof bundleOf>

describe('the national algorithms, by their standards’ own examples', () => {
  it('SM3 of GB/T 32905', () => {
    expect(toHex(sm3(utf8('abc')))).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
    expect(toHex(sm3(utf8('abcd'.repeat(16))))).toBe('debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732')
  })

  it('SM2 of GB/T 32918.5, and nothing beside it', () => {
    const key = fromHex('0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13')
    const signature = fromHex('f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa')
    expect(sm2Verify(key, signature, utf8('message digest'))).toBe(true)
    expect(sm2Verify(key, signature, utf8('message digest.'))).toBe(false)
    expect(sm2Verify(key, fromHex('00'.repeat(64)), utf8('message digest'))).toBe(false)
    expect(sm2Verify(fromHex(`04${'01'.repeat(64)}`), signature, utf8('message digest'))).toBe(false)
  })
})

describe('a receipt verified in the browser', () => {
  it('holds, and says under which checkpoint and who co-signed', async () => {
    const found = await verify(bundleOf(JSON.stringify(receipt)))
    expect([found.index, found.size, found.witnesses]).toEqual([7, 300, ['w1']])
    expect(found.steps.at(-1)?.made).toBe(receipt.root)
  })

  it('tells the keys that signed for the city, to be compared with those it publishes', async () => expect((await verify(told())).keys).toEqual([receipt.keys[1]]))

  it('takes a key whose own text has plus signs', async () => {
    const one = told()
    const [name, coded] = ['other', '+abcdefgh+AA']
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from([...utf8(`${name}\n`), ...fromBase64(coded)])))
    one.keys.push(`${name}+${toHex(digest.subarray(0, 4))}+${coded}`)
    expect((await verify(one)).index).toBe(7)
  })

  it.each([
    ['path', (one: typeof receipt) => { one.entry = one.entry.replace('receipt', 'receipT') }],
    ['path', (one: typeof receipt) => { one.index = 6 }],
    ['path', (one: typeof receipt) => { one.path = one.path.slice(1) }],
    ['path', (one: typeof receipt) => { one.path[0] = '00'.repeat(32) }],
    ['signature', (one: typeof receipt) => { one.note = one.note.replace('state 0', 'state 1').replace(/state ([2-9a-f])/, 'state 0') }],
    ['unsigned', (one: typeof receipt) => { one.keys = [] }],
    ['key', (one: typeof receipt) => { one.keys[0] = one.keys[0]!.replace(/\+.{8}\+/, '+00000000+') }],
  ])('does not hold once altered: %s', async (code, alter) => {
    const one = structuredClone(receipt)
    alter(one)
    await expect(verify(one)).rejects.toMatchObject({ code })
  })

  it('reads every receipt of a proof, and misses one that was taken out', () => {
    const line = JSON.stringify(receipt)
    const proof = (count: number) => [`{"format":"zhengtong-proofs@1","count":${count}}`, line, line].join('\n')
    expect(bundlesOf(proof(2))).toHaveLength(2)
    expect(() => bundlesOf(proof(3))).toThrow()
    expect(bundlesOf(line)).toHaveLength(1)
  })

  it.each(['', '{}', '[]', '{"format":"other"}', 'null'])('refuses what is no receipt: %s', (text) => expect(() => bundleOf(text)).toThrow())
})

describe('what a proof shows beside its receipts', () => {
  const key = '04ccb29cab9b50c2e20430b94a294228fba5138bcec051965f6fb18747276bbc3c70eed3f6399b0e823888fd5e83f5cf765136e314025ddcaab58842e94fd43160'
  const signature = '35506907b33f180fbcaf9957adeeb7a925e8705892f702f1f4e8f57af9773014979e398c7067e981a4d8b99638c207a91983ccc2cce0824d8bea6121e2379b7f'
  const text = '{"agreement_id":"a1","terms_digest":"d1","text_digest":"t1","version":1}'
  const leaves = ['a', 'b', 'c'].map((one) => toHex(sm3(utf8(one))))
  const pair = (left: Uint8Array, right: Uint8Array) => sm3(Uint8Array.of(1, ...left, ...right))
  const root = toHex(pair(pair(fromHex(leaves[0]!), fromHex(leaves[1]!)), fromHex(leaves[2]!)))
  const bodies = {
    key: { member: 'm', key_id: 'k', public: key },
    seal: { agreement_id: 'a1', terms_digest: 'd1', text_digest: 't1', version: 1, seal: { member: 'm', key_id: 'k', signature } },
    batch: { digest: root },
    item: { digest: toHex(sm3(utf8('told'))) },
  }
  const bundles = Object.entries(bodies).map(([id, body]) => ({ entry: JSON.stringify({ id, body }) }) as Bundle)
  const file = (...shown: object[]) => ['{"format":"zhengtong-proofs@1","count":4}', ...shown.map((one) => JSON.stringify(one))].join('\n')

  it('holds: a text by its digest, a batch by its chunks, a seal by the key of its member', () => {
    const shown = [{ step: 'item', proves: 'item', field: 'digest', text: 'told' }, { step: 'batch', proves: 'batch', field: 'digest', leaves }, { step: 'agreement', proves: 'seal', key: 'key', text }]
    expect(checkShown(file(...shown), bundles)).toBe(3)
    expect(checkShown(JSON.stringify(receipt), bundles)).toBe(0)
  })

  it.each([
    { step: 'item', proves: 'item', field: 'digest', text: 'tolt' },
    { step: 'item', proves: 'nothing', field: 'digest', text: 'told' },
    { step: 'batch', proves: 'batch', field: 'digest', leaves: [...leaves].reverse() },
    { step: 'agreement', proves: 'seal', key: 'key', text: text.replace('"version":1', '"version":2') },
    { step: 'agreement', proves: 'seal', key: 'key', text: text.replace('"text_digest":"t1",', '') },
    { step: 'agreement', proves: 'seal', key: 'item', text },
  ])('does not hold, and names the step: %o', (one) => {
    expect(() => checkShown(file(one), bundles)).toThrow(expect.objectContaining({ code: 'shown', who: one.step }))
  })
})

describe('two checkpoints', () => {
  const { old, size, first, second, path } = receipt.consistency
  it('are one history when the path shows it', () => expect(isConsistent(old, size, first, second, path)).toBe(true))
  it('are not when anything differs', () => {
    expect(isConsistent(old, size, second, second, path)).toBe(false)
    expect(isConsistent(old, size, first, first, path)).toBe(false)
    expect(isConsistent(old, size, first, second, path.slice(1))).toBe(false)
    expect(isConsistent(size, old, second, first, path)).toBe(false)
  })
})
