// Fails the build when the first route weighs more than 220 kB, or a lazy chunk more than 350 kB (gzip).
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const FIRST_ROUTE_KB = 220
const LAZY_CHUNK_KB = 350
const out = process.env.ZT_STATIC ?? fileURLToPath(new URL('../../src/zhengtong/static', import.meta.url))
const manifest = JSON.parse(readFileSync(join(out, '.vite/manifest.json'), 'utf8'))
const weight = (file) => gzipSync(readFileSync(join(out, file)), { level: 9 }).length / 1024

function files(key, seen = new Set()) {
  if (seen.has(key)) return []
  seen.add(key)
  const chunk = manifest[key]
  return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap((next) => files(next, seen))]
}

const routes = { 'sign-in': 'src/office/identity/SignIn.vue', home: 'src/insight/home/Home.vue' }
let failed = false
for (const [name, entry] of Object.entries(routes)) {
  const all = new Set([...files('index.html'), ...files(entry)])
  const total = [...all].reduce((sum, file) => sum + weight(file), 0)
  const over = total > FIRST_ROUTE_KB
  failed ||= over
  console.log(`${over ? 'TOO HEAVY' : 'ok'}  ${name}: ${total.toFixed(1)} kB gzip in ${all.size} files (limit ${FIRST_ROUTE_KB})`)
}
for (const file of readdirSync(join(out, 'assets')).filter((one) => one.endsWith('.js'))) {
  const size = weight(join('assets', file))
  if (size > LAZY_CHUNK_KB) {
    failed = true
    console.log(`TOO HEAVY  assets/${file}: ${size.toFixed(1)} kB gzip (limit ${LAZY_CHUNK_KB})`)
  }
}
process.exit(failed ? 1 : 0)
