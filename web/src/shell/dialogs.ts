import { ref, shallowRef } from 'vue'

/** What a person is asked before something is done that cannot be taken back. */
export interface Question {
  title: string
  /** What will happen, to whom, in words. */
  effect: string
  verb: string
  danger?: boolean
  /** Asks for a reason; the answer is the reason. */
  reason?: string
}

interface Asked extends Question {
  answer(reason: string | null): void
}

export const asked = shallowRef<Asked | null>(null)

/** The reason ('' when none was asked), or null when the person turned back. */
export function ask(question: Question): Promise<string | null> {
  return new Promise((resolve) => {
    asked.value = { ...question, answer: (reason) => { asked.value = null; resolve(reason) } }
  })
}

export async function confirm(question: Question): Promise<boolean> {
  return (await ask(question)) !== null
}

export interface Toast {
  id: number
  words: string
  tone: 'plain' | 'red'
  undo?: () => Promise<unknown> | void
  link?: string
  linkWords?: string
}

export const toasts = ref<Toast[]>([])
let last = 0

/** Says that it was done, with a way to undo it or a place to look; gone after a while. */
export function say(words: string, more: { undo?: Toast['undo']; tone?: Toast['tone']; link?: string; linkWords?: string; stays?: number } = {}): void {
  const toast: Toast = { id: ++last, words, tone: more.tone ?? 'plain', undo: more.undo, link: more.link, linkWords: more.linkWords }
  toasts.value = [...toasts.value.slice(-2), toast]
  setTimeout(() => drop(toast.id), more.stays ?? (more.undo || more.link ? 9000 : 5000))
}

export function drop(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

/** The step-up dialog, one at a time: all who wait get the same answer. */
export const stepUpAsked = shallowRef<{ answer(given: boolean): void } | null>(null)
let waiting: Promise<boolean> | null = null

export function askStepUp(): Promise<boolean> {
  waiting ??= new Promise<boolean>((resolve) => {
    stepUpAsked.value = { answer: (given) => { stepUpAsked.value = null; waiting = null; resolve(given) } }
  })
  return waiting
}
