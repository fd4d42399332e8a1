import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, body } from '@/api/client'
import type { Answer } from '@/api/types'
import { say } from '@/i18n'

export type Line = Answer<'ItemLine'>
export type Item = Answer<'ItemOut'>
export type ItemField = Item['fields'][number]
export type Found = Answer<'Found'>
export type Hit = Found['items'][number]
export type FacetOut = Found['facets'][number]
export type Graph = Answer<'GraphOut'>
export type GraphNode = Graph['nodes'][number]
export type Changes = Answer<'CatalogueChangesOut'>
export type Review = Answer<'ReviewLine'>
export type Plan = Answer<'ImportPlan'>
export type ImportRun = Answer<'CatalogueImportOut'>
export type Proposal = Answer<'ProposalOut'>
export type Harvest = Answer<'HarvestOut'>
export type Harvested = Answer<'HarvestedOut'>
export type Derivation = Answer<'DerivationPlan'>

export const stateTone = (state: string) =>
  (({ created: 'outline', publish_in_review: 'amber', publish_rejected: 'red', published: 'green', withdrawal_in_review: 'amber', withdrawal_rejected: 'green', withdrawn: 'outline', superseded: 'outline' })[state] ?? 'outline') as 'outline' | 'amber' | 'red' | 'green'

type Shape = 'open' | 'internal' | 'sensitive'

/** The words of the rule packs: states, levels, tables of words. */
export function useKnown() {
  const found = useQuery({ queryKey: ['catalogue', 'words'], queryFn: () => body(api.GET('/api/v1/catalogue/words')), staleTime: 600_000 })
  const known = computed(() => found.data.value)
  const word = (table: string, key: string) => {
    const one = known.value?.tables[table]?.find((each) => each.key === key)
    return one ? say(one) : key
  }
  return {
    known,
    word,
    options: (table: string) => (known.value?.tables[table] ?? []).map((one) => ({ value: one.key, label: say(one) })),
    state: (key: string) => say(known.value?.states.find((one) => one.key === key)?.words) || key,
    deed: (key: string) => say(known.value?.deeds[key]) || key,
    level(key: string): { shape: Shape; word: string; level: string } {
      const one = known.value?.levels[key as keyof typeof known.value.levels] as { zh: string; en: string; badge: string; shape: Shape } | undefined
      return { shape: one?.shape ?? 'sensitive', word: one ? say(one) : key, level: one?.badge ?? '' }
    },
    /** Classes with their topics, and the code that a choice begins as: the group as 001. */
    classes: computed(() => (known.value?.classes ?? []).flatMap((one) => (one.topics.length ? one.topics.map((topic) => ({ value: one.code + topic.key, label: `${say(one)} / ${say(topic)}` })) : [{ value: one.code, label: say(one) }]))),
    classCode: (topic: string) => topic && `${topic.padEnd(3, '01')}001`,
    levels: computed(() => Object.entries(known.value?.levels ?? {}).map(([value, one]) => ({ value, label: `${say(one as never)} ${(one as { badge: string }).badge}`.trim() }))),
  }
}

/** Type and length as the standard writes them: C18, N18,2, D. */
export function typeOf(field: { type: string; length?: number | null; precision?: number | null }): string {
  const size = field.length ? `${field.length}${field.precision ? `,${field.precision}` : ''}` : ''
  return `${field.type}${field.type === 'C' && size ? `..${size}` : size}`
}
