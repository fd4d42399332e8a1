import { createI18n } from 'vue-i18n'
import { rooms } from '@/shell/rooms'
import en from './en'
import zh from './zh'

export type Language = 'zh' | 'en'

/** Text that the server gives in both languages. */
export interface Words {
  zh: string
  en: string
}

function remembered(): Language {
  try {
    return localStorage.getItem('zt.language') === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh'
  }
}

const ofRooms = (language: Language) => Object.fromEntries(rooms.map((room) => [room.key, room.words[language]]))

export const i18n = createI18n({
  legacy: false,
  locale: remembered(),
  fallbackLocale: 'zh',
  messages: { zh: { ...zh, ...ofRooms('zh') }, en: { ...en, ...ofRooms('en') } },
})

export function setLanguage(language: Language): void {
  i18n.global.locale.value = language
  document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN'
  try {
    localStorage.setItem('zt.language', language)
  } catch {
    // Refused storage: the choice holds for this visit.
  }
}

/** The reader's side of a text given in both languages. */
export function say(words: Words | null | undefined): string {
  if (!words) return ''
  return i18n.global.locale.value === 'en' ? words.en || words.zh : words.zh || words.en
}

/** Words one after another, as the reader's language parts them. */
export function listed(words: string[]): string {
  return words.join(i18n.global.locale.value === 'en' ? ', ' : '、')
}

/** A field of a table: its Chinese name, or its identifier as words (taxpayer_name → Taxpayer name): fields have no English name. */
export function fieldName(field: { name: string; name_zh?: string | null }): string {
  const words = field.name.replaceAll('_', ' ').trim()
  return say({ zh: field.name_zh || field.name, en: words.charAt(0).toUpperCase() + words.slice(1) })
}

/** The reader's side of name_zh and name_en. */
export function nameOf(thing: { name_zh: string; name_en?: string | null } | null | undefined): string {
  return thing ? say({ zh: thing.name_zh, en: thing.name_en ?? '' }) : ''
}
