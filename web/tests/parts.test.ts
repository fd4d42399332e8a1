import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import en from '@/i18n/en'
import zh from '@/i18n/zh'
import DataTable from '@/parts/DataTable.vue'
import DeadlineBar from '@/parts/DeadlineBar.vue'
import ErrorState from '@/parts/ErrorState.vue'
import TextField from '@/parts/TextField.vue'
import { Problem } from '@/api/problem'

const plugins = [createI18n({ legacy: false, locale: 'zh', messages: { zh, en } })]
const options = { global: { plugins, stubs: { RouterLink: true } } }

describe('a text field', () => {
  it('is named by its label and tells what is wrong to a screen reader', () => {
    const field = mount(TextField, { ...options, props: { label: '姓名', hint: '两个字以上', error: '必填' } })
    const input = field.get('input')
    expect(field.get('label').attributes('for')).toBe(input.attributes('id'))
    expect(input.attributes('aria-invalid')).toBe('true')
    const told = (input.attributes('aria-describedby') ?? '').split(' ').map((id) => field.get(`[id="${id}"]`).text())
    expect(told).toEqual(['两个字以上', '必填'])
  })

  it('takes the focus when it appears, but not from a field that was chosen meanwhile', async () => {
    const appear = (props: object) => mount(TextField, { ...options, attachTo: document.body, props: { label: '姓名', ...props } }).get('input').element
    const waited = () => new Promise((done) => setTimeout(done, 90))
    const first = appear({ focus: true })
    await waited()
    expect(document.activeElement).toBe(first)
    const later = appear({ focus: true })
    await waited()
    expect(document.activeElement).toBe(later)
    const other = appear({})
    appear({ focus: true })
    other.focus()
    await waited()
    expect(document.activeElement).toBe(other)
  })
})

describe('a table', () => {
  const columns = [{ key: 'name', label: '姓名', sort: 'name' }, { key: 'age', label: '年龄' }]
  const rowKey = (row: { name: string }) => row.name
  const table = (props: object) => mount(DataTable, { ...options, props: { caption: '人员', columns, rowKey, rows: [{ name: '林晚', age: 31 }], ...props } as never })

  it('sorts by what the column says, and the other way at the second press', async () => {
    const shown = table({ sort: undefined })
    await shown.get('.table-sort').trigger('click')
    await shown.setProps({ sort: 'name' } as never)
    expect(shown.get('th').attributes('aria-sort')).toBe('ascending')
    await shown.get('.table-sort').trigger('click')
    expect(shown.emitted('sort')).toEqual([['name'], ['-name']])
  })

  it('tells nothing there from nothing found', () => {
    expect(table({ rows: [], emptyTitle: '还没有人员' }).text()).toContain('还没有人员')
    expect(table({ rows: [], filtered: true }).text()).toContain('没有符合条件的内容')
  })

  it('keeps showing rows when a later reading fails', () => {
    expect(table({ error: new Problem({ status: 500, code: 'x', message: 'x' }) }).text()).toContain('林晚')
    expect(table({ rows: undefined, error: new Problem({ status: 500, code: 'x', message: 'x', reference: 'ab12' }) }).text()).toContain('ab12')
  })
})

it.each([[500, true], [0, true], [403, false], [422, false]])('a failure of status %d offers to try again: %s', (status, offered) => {
  const shown = mount(ErrorState, { ...options, props: { error: new Problem({ status, code: 'x', message: '不行' }) } })
  expect(shown.find('button').exists()).toBe(offered)
})

it.each([[-1, '2%'], [0.5, '50%'], [9, '100%']])('a deadline of which %d is used draws %s of its bar', (share, width) => {
  expect(mount(DeadlineBar, { props: { words: '今天到期', share } }).get('.used').attributes('width')).toBe(width)
})
