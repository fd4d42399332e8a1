import { VueQueryPlugin, QueryClient } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp, watch } from 'vue'
import { setDoorkeeper } from '@/api/client'
import { Problem } from '@/api/problem'
import { i18n, setLanguage } from '@/i18n'
import { askStepUp, say } from '@/shell/dialogs'
import { reached } from '@/shell/network'
import { useSession } from '@/shell/session'
import App from './App.vue'
import { router } from './router'
import '@/style/tokens.css'
import '@/style/base.css'
import '@/style/parts.css'
import '@/style/table.css'
import '@/style/print.css'
import '@/shell/theme'

const { t, locale } = i18n.global

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The browser's word for being online says nothing of a city's own network: we try, and are told.
      networkMode: 'always',
      staleTime: 15_000,
      retry: (count, error) => count < 2 && !(error instanceof Problem && error.status > 0 && error.status < 500),
      refetchOnWindowFocus: true,
    },
    mutations: {
      networkMode: 'always',
      onError: (error) => {
        const inForm = error instanceof Problem && error.fields.length > 0
        if (!inForm) say(error instanceof Problem ? error.message : t('errors.failed'), { tone: 'red', stays: 9000 })
      },
    },
  },
})

const app = createApp(App).use(createPinia()).use(i18n).use(VueQueryPlugin, { queryClient: queries }).use(router)
const session = useSession()

setDoorkeeper({
  stepUp: askStepUp,
  reached,
  language: () => locale.value,
  words: { get offline() { return t('errors.offline') } },
  signedOut() {
    if (session.stage === 'none') return
    session.forget()
    queries.clear()
    void router.push({ name: 'sign-in', query: { next: router.currentRoute.value.fullPath, ended: '1' } })
  },
})

// What one person or post was shown must not be shown to the next.
watch(() => [session.subject?.id, session.post?.id, session.post?.acting?.id].join(), () => queries.clear())

setLanguage(locale.value as 'zh' | 'en')
app.mount('#app')
