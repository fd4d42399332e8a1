/** The one-time token of a link stands after # so that it reaches no log; it is taken out of the address at once. */
export function takeToken(): string {
  const token = location.hash.slice(1)
  if (token) history.replaceState(history.state, '', location.pathname + location.search)
  return token
}
