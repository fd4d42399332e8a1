import { ref, watch } from 'vue'

export type Theme = 'system' | 'light' | 'dark'

const dark = matchMedia('(prefers-color-scheme: dark)')

function remembered(): Theme {
  try {
    const kept = localStorage.getItem('zt.theme')
    return kept === 'light' || kept === 'dark' ? kept : 'system'
  } catch {
    return 'system'
  }
}

export const theme = ref<Theme>(remembered())

function show(): void {
  const isDark = theme.value === 'dark' || (theme.value === 'system' && dark.matches)
  document.documentElement.classList.toggle('dark', isDark)
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', isDark ? '#101615' : '#f5f6f4')
}

watch(theme, (chosen) => {
  try {
    if (chosen === 'system') localStorage.removeItem('zt.theme')
    else localStorage.setItem('zt.theme', chosen)
  } catch {
    // Refused storage: the choice holds for this visit.
  }
  show()
})
dark.addEventListener('change', show)
show()
