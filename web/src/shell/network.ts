import { ref } from 'vue'
import { ahead } from '@/parts/now'

export { ahead }

/** Was the server reached at the last try? */
export const online = ref(true)

export function reached(now: boolean, date: string | null = null): void {
  online.value = now
  const told = date ? Date.parse(date) : Number.NaN
  // The header has whole seconds; less than two is no difference.
  if (Number.isFinite(told)) ahead.value = Math.abs(told - Date.now()) > 2000 ? told - Date.now() : 0
}

addEventListener('offline', () => reached(false))
