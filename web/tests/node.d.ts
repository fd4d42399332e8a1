/** What the tests use of Node, whose types are no dependency of ours. */
declare module 'node:child_process' {
  export function execFileSync(file: string, words: string[], options: { stdio: 'pipe' }): unknown
}
declare module 'node:fs' {
  export function mkdtempSync(prefix: string): string
  export function readFileSync(file: string, encoding: 'utf8'): string
}
declare module 'node:os' {
  export function tmpdir(): string
}
declare module 'node:path' {
  export function join(...parts: string[]): string
}
