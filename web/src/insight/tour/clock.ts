import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { api, body } from '@/api/client'
import { useSession } from '@/shell/session'
import type { DemoClock, Step } from './state'

const HOURS = 24
const PAUSE_MS = 4_000
const BUSY = 10

/** The day that is being played, hour by hour; it goes on while one walks through the pages. */
const played = ref(0)
const failure = ref<unknown>(null)
const moving = ref(false)
let timer: ReturnType<typeof setTimeout> | undefined

/** The demo as it stands, asked again now and then; only where there is one. */
export function useDemo() {
  const session = useSession()
  return useQuery({ queryKey: ['tour'], enabled: computed(() => Boolean(session.state?.demo)), queryFn: () => body(api.GET('/api/v1/tour')), refetchInterval: 30_000 })
}

export function useDemoClock() {
  const queries = useQueryClient()
  const session = useSession()

  async function move(step: Step): Promise<DemoClock | null> {
    moving.value = true
    failure.value = null
    try {
      const clock = await body(api.POST('/api/v1/tour/clock', { body: { step } }))
      await session.load(true)
      void queries.invalidateQueries()
      return clock
    } catch (error) {
      failure.value = error
      stop()
      return null
    } finally {
      moving.value = false
    }
  }

  async function hour(): Promise<void> {
    const { clock } = await body(api.GET('/api/v1/tour'))
    if (clock.busy < BUSY) {
      if (!(await move('hour'))) return
      if (!played.value || ++played.value > HOURS) return stop()
    }
    if (played.value) timer = setTimeout(() => void hour().catch(stop), PAUSE_MS)
  }

  function play(): void {
    played.value = 1
    void hour().catch(stop)
  }

  function stop(): void {
    clearTimeout(timer)
    played.value = 0
  }

  return { played, failure, moving, move, play, stop }
}
