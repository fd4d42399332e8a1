// The words of the pages: every word in both languages, every t('…') known, and no Chinese outside the word files.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const src = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(src, { recursive: true }).map(String).filter((file) => /\.(vue|ts)$/.test(file) && !file.endsWith('.d.ts'))
const isWords = (file) => /(^|\/)(i18n\/(zh|en)|words|words\/(zh|en))\.ts$/.test(file)
const faults = []

const load = async (path) => (await import(pathToFileURL(path).href)).default
const zh = { ...(await load(join(src, 'i18n/zh.ts'))) }
const en = { ...(await load(join(src, 'i18n/en.ts'))) }
for (const file of files.filter((one) => one.endsWith('/words.ts'))) {
  const room = file.split('/').at(-2)
  const folder = files.includes(file.replace('words.ts', 'words/zh.ts'))
  const words = folder ? { zh: await load(join(src, file.replace('words.ts', 'words/zh.ts'))), en: await load(join(src, file.replace('words.ts', 'words/en.ts'))) } : await load(join(src, file))
  zh[room] = words.zh
  en[room] = words.en
}

const flat = (tree, at = '') => Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[at + key, value]] : flat(value, `${at}${key}.`)))
const known = { zh: new Map(flat(zh)), en: new Map(flat(en)) }
const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1]).sort().join()
for (const [key, text] of known.zh) {
  if (!known.en.has(key)) faults.push(`no English for ${key}`)
  else if (!text.includes('|') && places(text) !== places(known.en.get(key))) faults.push(`${key} has other places in English: {${places(text)}} / {${places(known.en.get(key))}}`)
}
for (const key of known.en.keys()) if (!known.zh.has(key)) faults.push(`no Chinese for ${key}`)

const used = new Set()
for (const file of files.filter((one) => !isWords(one))) {
  const text = readFileSync(join(src, file), 'utf8')
  const bare = text.replace(/<!--[\s\S]*?-->/g, '').replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '').replace(/keywords: '[^']*'/g, '')
  bare.split('\n').forEach((line, at) => {
    if (/[\u3400-\u9fff\uff00-\uffef]/.test(line) && !/'(之|印)'|join\('、'\)/.test(line)) faults.push(`${relative(src, join(src, file))}:${at + 1} has Chinese outside the words: ${line.trim().slice(0, 80)}`)
  })
  for (const [, key] of text.matchAll(/\bt\('([\w.-]+)'/g)) {
    used.add(key)
    if (!known.zh.has(key)) faults.push(`${file}: t('${key}') is not a known word`)
  }
  for (const [, key] of text.matchAll(/(?:label|title): '([a-z]\w*\.[\w.]+)'/g)) if (!known.zh.has(key)) faults.push(`${file}: '${key}' is not a known word`)
}
for (const fault of faults) console.log(fault)
console.log(`${known.zh.size} words in two languages, ${files.length} files, ${faults.length} faults`)
process.exit(faults.length ? 1 : 0)
