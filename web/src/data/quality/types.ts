import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, body } from '@/api/client'
import type { Answer } from '@/api/types'
import { say as wordsOf } from '@/i18n'
import './quality.css'

export type Board = Answer<'QualityBoard'>
export type Line = Answer<'QualityLine'>
export type ItemQuality = Answer<'ItemQuality'>
export type Measurement = Answer<'MeasurementOut'>
export type Rule = Answer<'QualityRuleOut'>
export type RuleField = Answer<'QualityRuleField'>
export type Rows = Answer<'FailingRowsOut'>
export type Trial = Answer<'QualityTrialOut'>
export type TicketLine = Answer<'TicketLine'>
export type Ticket = Answer<'TicketOut'>
export type Months = Answer<'DepartmentMonths'>
export type Month = Answer<'QualityMonth'>

export type Tone = 'green' | 'amber' | 'red'
type Bar = 'calm' | 'soon' | 'late' | 'stopped' | 'done'

/** The bar's look for a clock's tone; an unknown end is drawn as dashes. */
export const barOf = (tone: string): Bar => (tone === 'unknown' ? 'stopped' : (tone as Bar))
export const stateTone = (state: string) => ({ open: 'amber', accepted: 'brand', corrected: 'green', refused: 'outline', closed: 'outline' })[state] as 'amber' | 'brand' | 'green' | 'outline' | undefined

/** The words of the rule pack: grades, dimensions, severities, forms. */
export function usePack() {
  const found = useQuery({ queryKey: ['quality', 'words'], queryFn: () => body(api.GET('/api/v1/quality/words')), staleTime: 600_000 })
  const words = computed(() => found.data.value)
  const grade = (key: string) => words.value?.grades.find((one) => one.key === key)
  const named = (list: readonly { key: string; zh: string; en: string }[] | undefined, key: string) => {
    const one = list?.find((each) => each.key === key)
    return one ? wordsOf(one) : key
  }
  return {
    words,
    grade,
    gradeWord: (key: string) => named(words.value?.grades, key),
    dimension: (key: string) => named(words.value?.dimensions, key),
    severity: (key: string) => named(words.value?.severities, key),
    form: (key: string) => named(words.value?.forms, key),
    /** The tone of a score: that of the grade it earns. */
    toneOf: (score: number | null | undefined): Tone | undefined => (score === null || score === undefined ? undefined : words.value?.grades.find((one) => score >= (one.at_least ?? 0))?.tone),
  }
}

/** A pass rate in hundredths of a percent, rounded down so that 100 % means all of them. */
export const rate = (passed: number | null, judged: number | null): string => (!judged || passed === null ? '—' : `${(Math.floor((passed * 10_000) / judged) / 100).toFixed(2)}%`)
export const points = (score: number | null | undefined): string => (score === null || score === undefined ? '—' : score.toFixed(1))
