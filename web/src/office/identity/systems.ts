import type { Answer } from '@/api/types'

export type ServiceAccount = Answer<'ServiceAccountOut'>
export type SystemKey = Answer<'KeyOut'>
export type Grant = Answer<'GrantView'>

export const keyTone = (state: string) => (({ waiting: 'amber', valid: 'green', revoked: 'red' }) as Record<string, 'amber' | 'green' | 'red'>)[state]
