// Sets theme and language before the first paint; a file of its own because the page allows no inline script.
(function () {
  var page = document.documentElement
  var theme = null
  var language = null
  try {
    theme = localStorage.getItem('zt.theme')
    language = localStorage.getItem('zt.language')
  } catch {
    // Storage may be refused; the system's choice stands then.
  }
  var dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  page.classList.toggle('dark', dark)
  if (language === 'en') page.lang = 'en'
})()
