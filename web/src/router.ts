import { watch } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { rooms } from '@/shell/rooms'
import { online, reached } from '@/shell/network'
import { useSession } from '@/shell/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** i18n key of the page's title. */
    title?: string
    /** Any one of these permissions is needed to see the page. */
    needs?: string[]
    /** Reached without being signed in; drawn without the frame. */
    open?: boolean
    /** Crumbs above the title: i18n key and path. */
    crumbs?: { label: string; to?: string }[]
  }
}

const shell: RouteRecordRaw[] = [
  { path: '/:lost(.*)*', name: 'not-found', component: () => import('@/shell/NotFound.vue'), meta: { title: 'errors.notFound' } },
]

if (__GALLERY__) shell.push({ path: '/dev/parts', component: () => import('@/shell/Gallery.vue'), meta: { open: true } })

export const router = createRouter({
  history: createWebHistory(),
  routes: [...rooms.flatMap((room) => room.routes), ...shell],
  scrollBehavior: (to, from, kept) => kept ?? (to.path === from.path ? false : { top: 0 }),
})

router.beforeEach(async (to) => {
  const session = useSession()
  if (!session.state) await session.load().catch(() => null)
  if (to.meta.open) return true
  if (!session.state) return true
  if (session.stage === 'full') return true
  return { name: session.stage === 'set_up' ? 'set-up' : 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})

// A page's own file could not be fetched: the server is away (go there once it is back), or it has a newer version (load anew).
router.onError(async (error: Error, to) => {
  if (!/dynamically imported module|importing a module script|unable to preload/i.test(error.message)) throw error
  const answered = await fetch('/api/health').then((answer) => answer.ok, () => false)
  if (answered) return location.assign(to.fullPath)
  reached(false)
  const stop = watch(online, (now) => {
    if (!now) return
    stop()
    location.assign(to.fullPath)
  })
})
