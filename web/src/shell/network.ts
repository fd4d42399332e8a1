import { ref } from 'vue'

/** Was the server reached at the last try? */
export const online = ref(true)

export function reached(now: boolean): void {
  online.value = now
}

addEventListener('offline', () => reached(false))
