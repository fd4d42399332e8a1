import { ref, watch } from 'vue'

/** A question that was asked, and what came of it; kept in this browser for its reader alone. */
export interface Asked {
  department: string
  departmentName: string
  item: string
  itemName: string
  purpose: string
  purposeName: string
  fields: string[]
  whole: string
  cased: boolean
  allowed: boolean
  at: string
}

const MOST = 20
const same = (one: Asked, other: Asked) => one.department === other.department && one.item === other.item && one.purpose === other.purpose && one.whole === other.whole && one.fields.join() === other.fields.join()

function remembered(key: string): Asked[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(found) ? (found as Asked[]) : []
  } catch {
    return []
  }
}

/** The last questions, the newest first; asked again, a question moves to the front. */
export function useAsked(reader: string) {
  const key = `zt.asked.${reader}`
  const kept = ref<Asked[]>(remembered(key))
  watch(kept, (all) => {
    try {
      localStorage.setItem(key, JSON.stringify(all))
    } catch {
      // Refused storage: they are kept for this visit.
    }
  })
  const keep = (one: Asked) => {
    const before = kept.value.find((each) => same(each, one))
    const named = { departmentName: one.departmentName || before?.departmentName || '', itemName: one.itemName || before?.itemName || '' }
    kept.value = [{ ...one, ...named }, ...kept.value.filter((each) => each !== before)].slice(0, MOST)
  }
  return { kept, keep, forget: () => { kept.value = [] } }
}
