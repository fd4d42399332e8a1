import type { Kind } from './types'

/** One question about a source. `name` is a path into its settings; `when` says whether it is asked. */
export interface Question {
  name: string
  as?: 'text' | 'mono' | 'number' | 'select' | 'list' | 'pairs' | 'check'
  options?: string[]
  optional?: boolean
  wide?: boolean
  when?: (answers: Answers) => boolean
}
export type Answers = Record<string, string>

const shape: Question[] = [
  { name: 'shape.encoding', as: 'select', options: ['utf-8', 'gb18030', 'gbk', 'big5', 'utf-16'], optional: true },
  { name: 'shape.delimiter', as: 'mono', optional: true },
  { name: 'shape.sheet', optional: true },
  { name: 'shape.row_path', as: 'mono', optional: true },
]
const message: Question[] = [
  { name: 'form', as: 'select', options: ['json', 'csv'] },
  { name: 'columns', as: 'list', when: (a) => a.form === 'csv' },
]
const paged = (a: Answers) => a['paging.how'] !== 'none' && a['paging.how'] !== 'link'

/** What is asked of each kind, plainest first; what most people can leave alone comes behind `more`. */
export const questions: Record<Kind, { first: Question[]; more: Question[] }> = {
  sql: {
    first: [
      { name: 'url', as: 'mono', wide: true },
      { name: 'table', as: 'mono' },
      { name: 'cursor', as: 'mono', optional: true },
    ],
    more: [
      { name: 'schema_name', as: 'mono', optional: true },
      { name: 'key', as: 'list', optional: true },
      { name: 'columns', as: 'list', optional: true },
      { name: 'overlap', as: 'number', optional: true, when: (a) => Boolean(a.cursor) },
    ],
  },
  folder: {
    first: [{ name: 'path', as: 'mono', wide: true }, { name: 'pattern', as: 'mono' }, { name: 'arrived', as: 'select', options: ['steady', 'done'] }],
    more: shape,
  },
  upload: { first: [], more: shape },
  rest: {
    first: [
      { name: 'url', as: 'mono', wide: true },
      { name: 'rows_path', as: 'mono', optional: true },
      { name: 'auth.how', as: 'select', options: ['none', 'bearer', 'basic', 'header', 'query', 'oauth2'] },
      { name: 'auth.user', as: 'mono', when: (a) => a['auth.how'] === 'basic' || a['auth.how'] === 'oauth2' },
      { name: 'auth.name', as: 'mono', when: (a) => a['auth.how'] === 'header' || a['auth.how'] === 'query' },
      { name: 'auth.token_url', as: 'mono', wide: true, when: (a) => a['auth.how'] === 'oauth2' },
      { name: 'paging.how', as: 'select', options: ['none', 'page', 'offset', 'cursor', 'link'] },
      { name: 'paging.parameter', as: 'mono', when: paged },
      { name: 'paging.size_parameter', as: 'mono', optional: true, when: paged },
      { name: 'paging.size', as: 'number', when: (a) => paged(a) && Boolean(a['paging.size_parameter']) },
      { name: 'paging.next_path', as: 'mono', when: (a) => a['paging.how'] === 'cursor' },
    ],
    more: [
      { name: 'since_parameter', as: 'mono', optional: true },
      { name: 'since_column', as: 'mono', optional: true },
      { name: 'paging.total_path', as: 'mono', optional: true },
      { name: 'auth.scope', as: 'mono', optional: true, when: (a) => a['auth.how'] === 'oauth2' },
      { name: 'parameters', as: 'pairs', optional: true, wide: true },
      { name: 'headers', as: 'pairs', optional: true, wide: true },
      { name: 'timeout_s', as: 'number', optional: true },
      { name: 'calls_per_minute', as: 'number', optional: true },
    ],
  },
  topic: {
    first: [{ name: 'topic', as: 'mono' }, ...message, { name: 'start', as: 'select', options: ['earliest', 'latest'] }],
    more: [
      { name: 'servers', as: 'mono', optional: true, wide: true },
      { name: 'security', as: 'select', options: ['tls', 'plaintext'], when: (a) => Boolean(a.servers) },
      { name: 'user', as: 'mono', optional: true, when: (a) => Boolean(a.servers) },
    ],
  },
  mqtt: {
    first: [{ name: 'host', as: 'mono' }, { name: 'port', as: 'number' }, { name: 'topic', as: 'mono', wide: true }, ...message, { name: 'user', as: 'mono', optional: true }],
    more: [{ name: 'tls', as: 'check' }],
  },
  push: { first: [], more: [{ name: 'columns', as: 'list', optional: true }, { name: 'required', as: 'list', optional: true }] },
}

const defaults: Partial<Record<Kind, Answers>> = {
  folder: { pattern: '*', arrived: 'steady' },
  rest: { 'auth.how': 'none', 'paging.how': 'none', 'paging.parameter': 'page', 'paging.size': '200', 'paging.next_path': 'next', timeout_s: '30', calls_per_minute: '0' },
  topic: { form: 'json', start: 'earliest', security: 'tls' },
  mqtt: { port: '8883', form: 'json', tls: 'true' },
}

/** The answers as the form holds them, from settings as they are kept. */
export function answersOf(kind: Kind, settings: Record<string, unknown> = {}): Answers {
  const found: Answers = { ...defaults[kind] }
  for (const { name, as } of asked(kind)) {
    const value = at(settings, name)
    if (value === undefined || value === null) continue
    if (as === 'list') found[name] = (value as string[]).join(', ')
    else if (as === 'pairs') found[name] = Object.entries(value as Record<string, string>).map(([key, one]) => `${key}: ${one}`).join('\n')
    else found[name] = String(value)
  }
  return found
}

/** Settings to send; what was left empty is left out, so that the server's default stands. */
export function settingsOf(kind: Kind, answers: Answers): Record<string, unknown> {
  const settings: Record<string, unknown> = {}
  for (const question of asked(kind)) {
    const text = (answers[question.name] ?? '').trim()
    if (!text || (question.when && !question.when(answers))) continue
    put(settings, question.name, valueOf(question, text))
  }
  return settings
}

export const asked = (kind: Kind): Question[] => [...questions[kind].first, ...questions[kind].more]

function valueOf(question: Question, text: string): unknown {
  if (question.as === 'number') return Number(text)
  if (question.as === 'check') return text === 'true'
  if (question.as === 'list') return text.split(/[,\uff0c\n]/).map((one) => one.trim()).filter(Boolean)
  if (question.as === 'pairs') return Object.fromEntries(text.split('\n').map((line) => line.split(/[:=](.*)/s).map((part) => part.trim())).filter(([key]) => key).map(([key, value]) => [key, value ?? '']))
  return text
}

function at(from: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], from)
}

function put(into: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.')
  const last = names.pop() as string
  let inner = into
  for (const name of names) inner = (inner[name] ??= {}) as Record<string, unknown>
  inner[last] = value
}
