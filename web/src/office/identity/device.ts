/** A name for the passkey of this device that its owner will know again, such as “Windows · Chrome”. */
export function deviceWords(t: (key: string) => string, agent = navigator.userAgent): string {
  const system = /iPhone|iPad/.test(agent) ? 'iOS' : /Android/.test(agent) ? 'Android' : /Mac OS X/.test(agent) ? 'macOS' : /Windows/.test(agent) ? 'Windows' : /Linux/.test(agent) ? 'Linux' : t('identity.account.device')
  const browser = /Edg\//.test(agent) ? 'Edge' : /Firefox\//.test(agent) ? 'Firefox' : /Chrome\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : ''
  return [system, browser].filter(Boolean).join(' · ')
}
