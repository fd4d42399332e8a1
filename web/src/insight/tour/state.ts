import { ref, watch } from 'vue'
import type { Answer } from '@/api/types'

export type Demo = Answer<'DemoOut'>
export type DemoClock = Answer<'DemoClockOut'>
export type Start = NonNullable<Demo['start']>
export type Step = Answer<'StepIn'>['step']

/** Where somebody stands on the tour; kept in this browser, so that it goes on after a reload or a sign-in. */
export interface Touring {
  at: number
  kind: Start['kind']
  id: string
}

const KEY = 'zt.tour'

function remembered(): Touring | null {
  try {
    const told = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Touring | null
    return told && typeof told.id === 'string' && Number.isInteger(told.at) ? told : null
  } catch {
    return null
  }
}

export const touring = ref<Touring | null>(remembered())

watch(touring, (now) => {
  try {
    if (now) localStorage.setItem(KEY, JSON.stringify(now))
    else localStorage.removeItem(KEY)
  } catch {
    // Refused storage: the tour lasts for this visit.
  }
}, { deep: true })
