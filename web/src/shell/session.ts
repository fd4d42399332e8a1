import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api, body } from '@/api/client'
import { setLanguage, type Language } from '@/i18n'
import type { SessionState } from '@/api/types'

/** Who is signed in, as which post, and what they hold. */
export const useSession = defineStore('session', () => {
  const state = ref<SessionState | null>(null)
  const stage = computed(() => state.value?.stage ?? 'none')
  const subject = computed(() => state.value?.subject ?? null)
  const post = computed(() => state.value?.post ?? null)
  const held = computed(() => new Set(state.value?.permissions ?? []))

  function take(next: SessionState): SessionState {
    const before = state.value
    state.value = next
    if (next.stage === 'full' && next.language && (before?.subject?.id !== next.subject?.id || before?.language !== next.language)) setLanguage(next.language === 'en' ? 'en' : 'zh')
    return next
  }

  async function load(quiet = false): Promise<SessionState> {
    return take(await body(api.GET('/api/v1/session', { params: { query: (quiet ? { quiet: '1' } : {}) as never } })))
  }

  async function choosePost(postId: string, actingId: string | null): Promise<void> {
    take(await body(api.PUT('/api/v1/session/post', { body: { post_id: postId, acting_id: actingId } })))
  }

  async function chooseLanguage(language: Language): Promise<void> {
    setLanguage(language)
    if (stage.value === 'full') take(await body(api.PUT('/api/v1/session/language', { body: { language } })))
  }

  async function signOut(): Promise<void> {
    await api.POST('/api/v1/sign-out')
    forget()
  }

  function forget(): void {
    if (state.value) state.value = { ...state.value, stage: 'none', subject: null, post: null, posts: [], permissions: [], idle_ends_at: null, ends_at: null }
  }

  /** True when any of the permissions is held anywhere. Pages use `abilities` of a thing where there is one. */
  function may(...permissions: string[]): boolean {
    return permissions.length === 0 || permissions.some((name) => held.value.has(name))
  }

  return { state, stage, subject, post, take, load, choosePost, chooseLanguage, signOut, forget, may }
})
