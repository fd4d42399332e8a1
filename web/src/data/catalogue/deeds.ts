import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { api } from '@/api/client'
import { nameOf } from '@/i18n'
import { ifMatch } from '@/api/types'
import { Problem } from '@/api/problem'
import type { IconName } from '@/parts/icons'
import { ask, say } from '@/shell/dialogs'
import { useKnown, type Item } from './types'

interface Act {
  name: string
  label: string
  kind?: 'primary' | 'plain' | 'danger'
  icon?: IconName
  to?: string
}

const reasoned = new Set(['send_back', 'ask_withdrawal', 'refuse_withdrawal', 'delete'])
const dangerous = new Set(['send_back', 'withdraw', 'refuse_withdrawal', 'delete', 'discard', 'ask_withdrawal'])
const leading = ['publish', 'withdraw', 'submit', 'reopen']
const order = ['delete', 'discard', 'ask_withdrawal', 'drop_withdrawal', 'recall', 'send_back', 'refuse_withdrawal', 'revise', 'reopen', 'submit', 'withdraw', 'publish']

/** What the reader can do with the item as it stands, and doing it: asked first, told after. */
export function useDeeds(item: Ref<Item | undefined>, again: () => unknown, leave: () => unknown) {
  const { t } = useI18n()
  const { deed } = useKnown()

  const acts = computed<Act[]>(() => {
    const one = item.value
    if (!one) return []
    const able = order.filter((name) => one.abilities[name])
    const lead = leading.find((name) => able.includes(name))
    return able.map((name) => ({
      name,
      label: ['revise', 'discard'].includes(name) ? t(`catalogue.acts.${name}`) : deed(name),
      kind: name === lead ? 'primary' : dangerous.has(name) ? 'danger' : undefined,
      icon: name === 'revise' ? 'pen' : name === 'publish' ? 'check' : undefined,
      to: name === 'revise' ? `/catalogue/${one.id}/edit` : undefined,
    }))
  })

  async function carryOut(name: string, one: Item, reason: string): Promise<unknown> {
    const path = { item_id: one.id }
    const told = { params: { path }, body: { reason } }
    switch (name) {
      case 'submit': return api.POST('/api/v1/catalogue/items/{item_id}/submit', told)
      case 'recall': return api.POST('/api/v1/catalogue/items/{item_id}/recall', { params: { path } })
      case 'publish': return api.POST('/api/v1/catalogue/items/{item_id}/publish', { params: { path, header: ifMatch(one.version) } })
      case 'send_back': return api.POST('/api/v1/catalogue/items/{item_id}/send-back', told)
      case 'ask_withdrawal': return api.POST('/api/v1/catalogue/items/{item_id}/ask-withdrawal', told)
      case 'drop_withdrawal': return api.POST('/api/v1/catalogue/items/{item_id}/drop-withdrawal', { params: { path } })
      case 'withdraw': return api.POST('/api/v1/catalogue/items/{item_id}/withdraw', { params: { path } })
      case 'refuse_withdrawal': return api.POST('/api/v1/catalogue/items/{item_id}/refuse-withdrawal', told)
      case 'reopen': return api.POST('/api/v1/catalogue/items/{item_id}/reopen', { params: { path } })
      case 'delete': return api.POST('/api/v1/catalogue/items/{item_id}/delete', told)
      default: return api.DELETE('/api/v1/catalogue/items/{item_id}/draft', { params: { path } })
    }
  }

  async function act(name: string): Promise<void> {
    const one = item.value
    if (!one) return
    const label = name === 'discard' ? t('catalogue.acts.discard') : deed(name)
    const reason = await ask({
      title: `${label} · ${nameOf(one)}`,
      effect: t(`catalogue.effects.${name}`),
      verb: label,
      danger: dangerous.has(name),
      reason: reasoned.has(name) ? t('catalogue.acts.reason') : undefined,
    })
    if (reason === null) return
    try {
      await carryOut(name, one, reason)
      say(t('catalogue.acts.done', { deed: label }))
      if (name === 'delete') await leave()
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure
      if (failure.code !== 'step-up-needed') say([failure.message, ...failure.fields.slice(0, 4).map((field) => field.message)].join(' '), { tone: 'red', stays: 15_000 })
    }
    await again()
  }

  return { acts, act }
}
