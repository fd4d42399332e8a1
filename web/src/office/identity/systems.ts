import type { Named } from './types'

export interface SystemKey {
  id: string
  fingerprint: string
  public_key: string
  added_at: string
  valid_from: string
  valid_until: string | null
  revoked_at: string | null
  last_used_at: string | null
  state: 'waiting' | 'valid' | 'expired' | 'revoked'
}

export interface Grant {
  permission: string
  scope: string
}

export interface ServiceAccount extends Named {
  version: number
  department: Named
  purpose: string
  active: boolean
  created_at: string
  last_used_at: string | null
  keys: SystemKey[]
  grants: Grant[]
  abilities: Record<string, boolean>
}

export const keyTone = (state: SystemKey['state']) => ({ waiting: 'amber', valid: 'green', expired: 'plain', revoked: 'red' })[state] as 'amber' | 'green' | 'plain' | 'red'
