import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useDebounceFn } from '@vueuse/core'
import type { Page } from '@/api/types'

export type Asked = Record<string, string | undefined>

/**
 * A paged list whose whole view (words, filters, sort) stands in the address, so that it can be sent to a colleague.
 * `names` are the filters; `load` gets them with sort and after.
 */
export function useListing<Row>(key: string, names: string[], load: (asked: Asked & { after?: string; sort?: string }) => Promise<Page<Row>>, more: { enabled?: Ref<boolean> } = {}) {
  const route = useRoute()
  const router = useRouter()
  const from = (name: string) => computed(() => (typeof route.query[name] === 'string' ? (route.query[name] as string) : ''))
  const current = Object.fromEntries([...names, 'sort'].map((name) => [name, from(name)])) as Record<string, Ref<string>>
  const asked = computed<Asked>(() => Object.fromEntries(Object.entries(current).map(([name, value]) => [name, value.value || undefined])))

  function set(name: string, value: string): void {
    if ((route.query[name] ?? '') === value) return
    void router.replace({ query: { ...route.query, [name]: value || undefined } })
  }

  /** A filter as a model for v-model. */
  const filter = (name: string) => computed({ get: () => current[name]?.value ?? '', set: (value: string) => set(name, value) })

  /** A search box: typed at once, asked for after a short rest. */
  function words(name = 'q') {
    const text = ref(current[name]?.value ?? '')
    const later = useDebounceFn(() => set(name, text.value.trim()), 220)
    watch(text, later)
    watch(() => current[name]?.value, (value) => { if ((value ?? '') !== text.value.trim()) text.value = value ?? '' })
    return text
  }

  const query = useInfiniteQuery({
    queryKey: computed(() => [key, asked.value] as const),
    queryFn: ({ pageParam }) => load({ ...asked.value, after: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (last: Page<Row>) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    enabled: more.enabled ?? true,
  })

  const rows = computed(() => query.data.value?.pages.flatMap((page) => page.items))
  const total = computed(() => query.data.value?.pages[0]?.total ?? null)
  const filtered = computed(() => names.some((name) => asked.value[name]))
  const clear = () => router.replace({ query: { ...route.query, ...Object.fromEntries(names.map((name) => [name, undefined])) } })

  return {
    rows, total, filtered, clear, filter, words, asked,
    sort: filter('sort'),
    error: query.error,
    more: computed(() => query.hasNextPage.value),
    moreBusy: query.isFetchingNextPage,
    next: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
    busy: query.isFetching,
  }
}
