import { useQuery } from '@tanstack/vue-query'
import { computed, reactive, watch } from 'vue'
import { api, body } from '@/api/client'
import { nameOf, say } from '@/i18n'
import type { Service, ServiceLine } from './types'

/** On what a delivery rests, as the controls hold it: `chosen` is "agreement item". */
export interface Basis {
  chosen: string
  system: string
  purpose: string
  caseNumber: string
}

/** The services that may be delivered in one way, and what the chosen one asks for. */
export function useBasis(way: 'table' | 'file') {
  const form = reactive<Basis>({ chosen: '', system: '', purpose: '', caseNumber: '' })
  const listed = useQuery({ queryKey: ['gateway-services'], queryFn: () => body(api.GET('/api/v1/share/services', {})) })
  const lines = computed(() => ((listed.data.value ?? []) as ServiceLine[]).filter((one) => one.status === 'in_force' && one.ways.includes(way)))
  const choices = computed(() => lines.value.map((one) => ({ value: `${one.agreement} ${one.item_code}`, label: `${nameOf({ name_zh: one.item_zh, name_en: one.item_en })} · ${one.agreement}` })))
  const asked = computed(() => { const [number = '', code = ''] = form.chosen.split(/ (.*)/); return { number, code } })
  const found = useQuery({
    queryKey: computed(() => ['gateway-service', asked.value.number, asked.value.code]),
    queryFn: () => body(api.GET('/api/v1/share/services/{number}/{code}', { params: { path: asked.value } })),
    enabled: () => Boolean(form.chosen),
  })
  const service = computed(() => found.data.value as Service | undefined)
  const systems = computed(() => (service.value?.accounts ?? []).map((one) => ({ value: one.id, label: one.name })))
  const purposes = computed(() => (service.value?.purpose_words ?? []).map((one) => ({ value: one.code, label: say(one.words as never) })))
  watch(choices, (all) => { if (!form.chosen && all.length === 1) form.chosen = all[0]!.value }, { immediate: true })
  watch(service, (one) => {
    form.system = one?.accounts.length === 1 ? one.accounts[0]!.id : ''
    form.purpose = one?.purpose_words.length === 1 ? one.purpose_words[0]!.code : ''
  }, { immediate: true })
  const ready = computed(() => Boolean(form.chosen && form.system && form.purpose && (!service.value?.case_required || form.caseNumber.trim())))
  const sent = () => ({ agreement: asked.value.number, item: asked.value.code, system_id: form.system, purpose: form.purpose, case_number: form.caseNumber.trim() })
  return { form, choices, systems, purposes, service, ready, sent, loaded: computed(() => listed.data.value !== undefined) }
}

/** The receiver's database as one address; account and password are written so that any character may stand in them. */
export function addressOf(at: { kind: string; host: string; port: string; database: string; account: string; password: string }): string {
  const part = encodeURIComponent
  return `${at.kind}://${part(at.account)}:${part(at.password)}@${at.host.trim()}:${at.port.trim()}/${part(at.database.trim())}`
}
