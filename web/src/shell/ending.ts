/** How long the session still lives, and whether staying active would help. Null when nothing ends. */
export function remaining(state: { idle_ends_at: string | null; ends_at: string | null } | null, now: number): { seconds: number; idle: boolean } | null {
  const at = (instant: string | null | undefined) => (instant ? new Date(instant).getTime() : Infinity)
  const idle = at(state?.idle_ends_at)
  const last = at(state?.ends_at)
  const end = Math.min(idle, last)
  return Number.isFinite(end) ? { seconds: Math.max(0, Math.round((end - now) / 1000)), idle: idle < last } : null
}
