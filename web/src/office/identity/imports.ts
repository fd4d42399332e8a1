export interface ImportRun {
  id: string
  kind: 'departments' | 'people'
  file_name: string
  uploaded_by: { id: string; name: string }
  uploaded_at: string
  expires_at: string
  state: 'draft' | 'applying' | 'done' | 'discarded'
  row_count: number
  done_count: number
  failed_count: number
  counts: { add: number; change: number; unchanged: number; error: number }
  plan: string
  abilities: Record<string, boolean>
}

export interface ImportRow {
  row: number
  name: string
  outcome: 'add' | 'change' | 'unchanged' | 'error'
  changes: { field: string; zh: string; en: string; before: string | null; after: string | null }[]
  errors: { name: string; zh: string; en: string }[]
}

export const stateTone = (state: ImportRun['state']) => ({ draft: 'amber', applying: 'brand', done: 'green', discarded: 'plain' })[state] as 'amber' | 'brand' | 'green' | 'plain'
export const outcomeTone = (outcome: ImportRow['outcome']) => ({ add: 'green', change: 'brand', unchanged: 'plain', error: 'red' })[outcome] as 'green' | 'brand' | 'plain' | 'red'
