import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { curlOf, pythonOf } from '@/sharing/gateway/examples'
import type { Service } from '@/sharing/gateway/types'

const own = { account: 'a', key: 'k', caseNumber: '稳岗〔2026〕12号', person: 'gu wenhe', opening: 'one', sealing: 'two' }
const service = (more: Partial<Service>) =>
  ({ agreement: 'XY-1', item_code: '307/1', path: '/share/v1/x', purposes: ['补贴'], example: { key: { uscc: '9' } }, case_required: false, person_required: false, factor_required: false, ...more }) as Service

/** What the shell seals and what it sends: openssl and curl write down what they are given. */
function run(script: string): { sealed: string[]; sent: string[] } {
  const out = mkdtempSync(join(tmpdir(), 'zt-example-'))
  const stubs = [
    `openssl() { case "$*" in *'-mac HMAC'*) cat > ${out}/sealed; printf x ;; rand*) printf 00 ;; *) cat > /dev/null; printf x ;; esac; }`,
    `curl() { case "$2" in */service-sessions) printf '{"session": "s", "sealed_key": "00"}' ;; *) printf '%s\\n' "$@" > ${out}/sent ;; esac; }`,
    'xxd() { cat; }',
  ]
  execFileSync('bash', ['-eu', '-c', [...stubs, script].join('\n')], { stdio: 'pipe' })
  return { sealed: readFileSync(`${out}/sealed`, 'utf8').split('\n'), sent: readFileSync(`${out}/sent`, 'utf8').split('\n') }
}

describe('the console’s examples', () => {
  const asked = { case_required: true, person_required: true, factor_required: true }
  it.each([{}, { case_required: true }, { person_required: true }, asked])('seal each header they send, by name: %o', (more) => {
    const { sealed, sent } = run(curlOf(service(more), 'https://city', own))
    const said = sent.filter((line) => line.startsWith('X-Zhengtong-')).map((line) => line.replace(/^[^:]*: /, (name) => `${name.trim().toLowerCase()}`))
    expect(sealed.slice(0, 3)).toEqual(['ZT-HMAC-SM3-2', 'POST', '/share/v1/x/lookup'])
    expect(sealed.slice(7)).toEqual(said)
    expect(said).toEqual([...said].sort())
    expect(said).toHaveLength(1 + Object.keys(more).length)
    expect(said.map((line) => decodeURIComponent(line))).toContain('x-zhengtong-purpose:补贴')
    if (more.case_required) expect(said.map((line) => decodeURIComponent(line))).toContain(`x-zhengtong-case:${own.caseNumber}`)
    if (more.person_required) expect(said.map((line) => decodeURIComponent(line))).toContain(`x-zhengtong-person:${own.person}`)
  })

  it('say in Python who sits there where the agreement asks for it', () => {
    expect(pythonOf(service(asked), 'https://city', own)).toContain('person="gu wenhe", factor_at=datetime.now(UTC))')
    expect(pythonOf(service({}), 'https://city', own)).toContain('purpose="补贴")')
  })
})
