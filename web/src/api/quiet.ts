/**
 * A session ends when nobody uses it. Pages ask by themselves too (live counts, pages that renew), and that is no use:
 * a reading without a person's hand in the last half minute says `quiet=1`, and the server does not count it.
 */
const HAND_S = 30
let touched = Date.now()

for (const sign of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
  addEventListener(sign, () => { touched = Date.now() }, { passive: true, capture: true })
}

/** The address, marked quiet when it is a reading that no person asked for. */
export function addressOf(request: Request, now = Date.now()): string {
  if (request.method !== 'GET' || now - touched < HAND_S * 1000) return request.url
  const address = new URL(request.url)
  address.searchParams.set('quiet', '1')
  return address.href
}
