import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { api, body } from '@/api/client'
import { Problem } from '@/api/problem'
import type { Answer } from '@/api/types'
import { nameOf, say as wordsOf } from '@/i18n'
import type { Choice } from '@/parts/PickField.vue'
import { say } from '@/shell/dialogs'

export type Application = Answer<'ApplicationOut'>
export type ApplicationLine = Answer<'ApplicationLine'>
export type Agreement = Answer<'AgreementOut'>
export type AgreementLine = Answer<'AgreementLine'>
export type Dispute = Answer<'DisputeOut'>
export type DisputeLine = Answer<'DisputeLine'>
export type Wish = Answer<'WishOut'>
export type Supply = Answer<'SupplyLine'>
export type Offer = Answer<'Offer'>
export type Preview = Answer<'PreviewOut'>
export type Verdicts = Answer<'Verdicts'>
export type Matrix = Answer<'MatrixOut'>
export type Deed = Answer<'DeedOut'>

type Bar = 'calm' | 'soon' | 'late' | 'stopped' | 'done'
type Tone = 'amber' | 'brand' | 'green' | 'outline' | 'red'

/** The bar's look for a clock's tone; an unknown end is drawn as dashes. */
/** An application's number, and which agreement it changes or renews. */
export const askedOf = (one: Pick<ApplicationLine, 'number' | 'kind' | 'agreement_number'>, t: (key: string) => string): string =>
  one.kind === 'new' ? one.number : `${one.number} · ${t(`agreements.kinds.${one.kind}`)} ${one.agreement_number ?? ''}`.trim()
export const barOf = (tone: string): Bar => (tone === 'unknown' ? 'stopped' : (tone as Bar))
export const stateTone = (state: string): Tone => (({ created: 'outline', checking: 'amber', answering: 'amber', supplementing: 'amber', sent_back: 'amber', refused: 'red', agreed: 'brand', providing: 'brand', finished: 'green', invalid: 'outline', handed_over: 'outline' }) as Record<string, Tone>)[state] ?? 'outline'
export const statusTone = (status: string): Tone => (({ proposed: 'amber', in_force: 'green', suspended: 'red', ended: 'outline' }) as Record<string, Tone>)[status] ?? 'outline'

/** The vocabulary of sharing: purposes, masks, ways, states, the checklist. */
export function useVocabulary() {
  const found = useQuery({ queryKey: ['sharing', 'words'], queryFn: () => body(api.GET('/api/v1/sharing/words')), staleTime: 600_000 })
  const known = computed(() => found.data.value)
  const said = (one: unknown) => wordsOf(one as { zh: string; en: string })
  const of = (list: 'purposes' | 'masks' | 'ways' | 'points' | 'refusal_bases' | 'conditions', key: string) => {
    const one = known.value?.[list].find((each) => (each.key ?? each.code) === key)
    if (!known.value) return '…'
    return one ? said(one) : key
  }
  return { known, of, choices: (list: 'purposes' | 'masks' | 'ways' | 'refusal_bases') => (known.value?.[list] ?? []).map((one) => ({ value: String(one.key ?? one.code), label: said(one) })) }
}

const bands: Record<string, string> = { 'general:10000': 'b10k', 'general:100000': 'b100k', 'general:yes_no': 'yes' }

/** How much of a value is given, in words. */
export function useMaskWords() {
  const { t } = useI18n()
  const { of } = useVocabulary()
  return (mask: string): string => {
    if (mask === 'full') return t('agreements.apply.whole')
    if (mask === 'omit') return t('agreements.apply.nothing')
    if (bands[mask]) return t(`agreements.apply.bands.${bands[mask]}`)
    const [kind = mask, width] = mask.split(':')
    return width ? `${of('masks', kind)} ${Number(width).toLocaleString()}` : of('masks', kind)
  }
}

/** How each level is called, from the rule pack. */
export function useLevels() {
  const found = useQuery({ queryKey: ['catalogue', 'words'], queryFn: () => body(api.GET('/api/v1/catalogue/words')), staleTime: 600_000 })
  return (key: string) => {
    const one = (found.data.value?.levels as Record<string, { zh: string; en: string; badge: string; shape: 'open' | 'internal' | 'sensitive' }> | undefined)?.[key]
    return { shape: one?.shape ?? ('sensitive' as const), word: one ? wordsOf(one) : key, level: one?.badge ?? '' }
  }
}

/** Does it and says so; a refusal is said too, with its way out. */
export async function attempt(deed: () => Promise<unknown>, done = ''): Promise<boolean> {
  try {
    await deed()
    if (done) say(done)
    return true
  } catch (failure) {
    if (!(failure instanceof Problem)) throw failure
    if (failure.code !== 'step-up-needed') say(failure.message, { tone: 'red', stays: 9000 })
    return false
  }
}

export async function findItems(q: string): Promise<Choice[]> {
  const page = await body(api.GET('/api/v1/catalogue/items', { params: { query: { q: q || undefined, limit: 20 } } }))
  return page.items.map((one) => ({ value: one.id, label: nameOf(one), note: one.number || one.code }))
}
