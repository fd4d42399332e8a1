import en from 'element-plus/es/locale/lang/en.mjs'
import zh from 'element-plus/es/locale/lang/zh-cn.mjs'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

/** What Element Plus says by itself (the names of its buttons, months, weekdays), in the page's language. */
export function useElementWords() {
  const { locale } = useI18n()
  return computed(() => (locale.value === 'en' ? en : zh))
}
