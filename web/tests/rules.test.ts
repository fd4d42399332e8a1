import { describe, expect, it } from 'vitest'
import { Problem, problemOf } from '@/api/problem'
import { addressOf } from '@/api/quiet'
import { i18n } from '@/i18n'
import { formatFor } from '@/parts/format'
import { findPlaces } from '@/shell/find'
import { rooms } from '@/shell/rooms'
import { remaining } from '@/shell/ending'
import { instantsOf, shown, spoken } from '@/office/identity/audit'
import { deviceWords } from '@/office/identity/device'
import { insideOnly, onward } from '@/office/identity/onward'
import { sift, treeOf, wayTo } from '@/office/identity/tree'
import { bytes } from '@/office/operations/kinds'
import type { SessionState } from '@/api/types'

describe('where one goes after signing in', () => {
  it.each([['/audit?x=1', '/audit?x=1'], ['//evil.example', '/'], ['/\\evil.example', '/'], ['https://evil.example', '/'], ['/sign-in?next=/', '/'], [undefined, '/'], ['', '/']])('%s leads to %s', (next, to) => {
    expect(insideOnly(next)).toBe(to)
  })

  it.each([['full', '/people'], ['set_up', '/set-up?next=%2Fpeople'], ['second_factor', null], ['none', null]] as const)('at stage %s it is %s', (stage, to) => {
    expect(onward({ stage } as SessionState, '/people')).toBe(to)
  })
})

describe('times', () => {
  const zh = formatFor('zh')

  it('are those of the city, wherever the reader sits', () => {
    expect(zh.minute('2026-03-05T16:30:00Z')).toBe('2026-03-06 00:30')
    expect(zh.day('2026-12-31T16:00:00Z')).toBe('2027-01-01')
  })

  it.each([[0, '0:00'], [59.9, '0:59'], [90, '1:30'], [-5, '0:00'], [3600, '60:00']])('a span of %d s is %s', (seconds, words) => {
    expect(zh.span(seconds)).toBe(words)
  })

  it('say how long ago in whole units', () => {
    const now = Date.parse('2026-03-05T01:00:00Z')
    expect(zh.ago('2026-03-05T00:00:30Z', now)).toBe('59分钟前')
    expect(formatFor('en').ago('2026-03-03T01:00:00Z', now)).toBe('2 days ago')
  })
})

describe('the end of a session', () => {
  const now = Date.parse('2026-03-05T01:00:00Z')

  it('is the nearer of idle and absolute, and says which', () => {
    expect(remaining({ idle_ends_at: '2026-03-05T01:01:00Z', ends_at: '2026-03-05T05:00:00Z' }, now)).toEqual({ seconds: 60, idle: true })
    expect(remaining({ idle_ends_at: '2026-03-05T01:20:00Z', ends_at: '2026-03-05T01:10:00Z' }, now)).toEqual({ seconds: 600, idle: false })
  })

  it('is nothing when nothing ends, and never negative', () => {
    expect(remaining(null, now)).toBeNull()
    expect(remaining({ idle_ends_at: null, ends_at: null }, now)).toBeNull()
    expect(remaining({ idle_ends_at: '2026-03-05T00:00:00Z', ends_at: null }, now)?.seconds).toBe(0)
  })
})

describe('a problem', () => {
  const answer = (body: string, status: number, headers = {}) => new Response(body, { status, headers })

  it('keeps the sentence, the code, the fields and the reference', async () => {
    const problem = await problemOf(answer(JSON.stringify({ code: 'password-too-weak', detail: '太常见', reference: 'abc', fields: [{ name: 'body.password', message: '太常见' }] }), 422))
    expect([problem.code, problem.message, problem.reference, problem.field('password')]).toEqual(['password-too-weak', '太常见', 'abc', '太常见'])
  })

  it('is a problem even when the answer is no JSON', async () => {
    const problem = await problemOf(answer('<html>', 502, { 'Retry-After': '7' }))
    expect(problem).toBeInstanceOf(Problem)
    expect([problem.status, problem.code, problem.retryAfter]).toEqual([502, 'http-502', 7])
  })
})

describe('Ctrl-K', () => {
  const places = [{ name: '审计记录', words: 'sj audit' }, { name: '人员与部门', words: 'rybm people audit-ish' }, { name: '角色与权限', words: 'jsqx roles' }]

  it.each([['jsqx', ['角色与权限']], ['AUDIT', ['审计记录', '人员与部门']], ['人员', ['人员与部门']], ['nothing', []]])('finds %s', (text, names) => {
    expect(findPlaces(places, text).map((one) => one.name).sort()).toEqual([...names].sort())
  })
})

describe('the tree of departments', () => {
  const nodes = [{ id: 'a', parent_id: null }, { id: 'b', parent_id: 'a' }, { id: 'c', parent_id: 'b' }, { id: 'd', parent_id: 'a' }, { id: 'x', parent_id: 'gone' }]

  it('holds every node once; one whose parent is hidden becomes a root', () => {
    expect(treeOf(nodes).map((one) => one.id)).toEqual(['a', 'x'])
  })

  it('sifted keeps what matches and the way to it', () => {
    const [root] = sift(treeOf(nodes), (node) => node.id === 'c')
    expect([root?.id, root?.children.map((one) => one.id), root?.children[0]?.children.map((one) => one.id)]).toEqual(['a', ['b'], ['c']])
  })

  it('knows the way, and does not run for ever in a ring', () => {
    expect(wayTo(nodes, 'c')).toEqual(['a', 'b', 'c'])
    expect(wayTo([{ id: 'p', parent_id: 'q' }, { id: 'q', parent_id: 'p' }], 'p')).toEqual(['q', 'p'])
  })
})

it('days of the audit are whole days of the city', () => {
  expect(instantsOf({ since: '2026-03-05', until: '2026-03-05' })).toEqual({ since: '2026-03-04T16:00:00.000Z', until: '2026-03-05T16:00:00.000Z' })
})

it.each([[null, '—'], ['', '—'], [[], '—'], [['a', 'b'], 'a、b'], [false, 'false'], [{ a: 1 }, 'a: 1']])('a value of the trail %j is shown as %s', (value, words) => {
  expect(shown(value)).toBe(words)
})

it.each([[512, '512 B'], [2048, '2.0 KB'], [77 * 1024 ** 3, '77 GB'], [null, '—']])('%d bytes are %s', (count, words) => {
  expect(bytes(count)).toBe(words)
})

it('a device is named by its system and browser', () => {
  expect(deviceWords((key) => key, 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0')).toBe('Windows · Edge')
})

describe('a reading that no person asked for', () => {
  const reading = new Request('http://localhost/api/v1/notices?limit=6')

  it('is marked quiet once nobody has touched the page for half a minute', () => {
    dispatchEvent(new Event('pointerdown'))
    expect(addressOf(reading)).toBe(reading.url)
    expect(addressOf(reading, Date.now() + 31_000)).toBe('http://localhost/api/v1/notices?limit=6&quiet=1')
  })

  it('but a deed always counts as use', () => {
    const deed = new Request('http://localhost/api/v1/roles', { method: 'POST' })
    expect(addressOf(deed, Date.now() + 3_600_000)).toBe(deed.url)
  })
})

describe('a page that is refused', () => {
  const needs = [...new Set(rooms.flatMap((room) => room.routes.flatMap((route) => route.meta?.needs ?? [])))]

  it.each(needs)('names the permission %s in both languages', (need) => {
    for (const language of ['zh', 'en'] as const) expect(i18n.global.te(`permissions.${need}`, language)).toBe(true)
  })
})

describe('the codes of the trail', () => {
  it.each([['by', 'totp', 'identity.methods.totp'], ['scope', 'city', 'identity.scopes.city'], ['name', 'totp', null], ['by', 3, null]])('%s %s has the word %s', (field, value, key) => {
    expect(spoken(field, value)).toBe(key)
    if (key) expect(i18n.global.te(key, 'zh')).toBe(true)
  })
})
