/** Pages whose words hold every part of the text, those whose name begins with it first. */
export function findPlaces<P extends { name: string; words: string }>(places: P[], text: string): P[] {
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (!parts.length) return places
  const rank = (place: P) => (place.name.toLowerCase().startsWith(parts[0] ?? '') ? 0 : place.name.toLowerCase().includes(parts[0] ?? '') ? 1 : 2)
  return places
    .filter((place) => parts.every((part) => `${place.name} ${place.words}`.toLowerCase().includes(part)))
    .sort((a, b) => rank(a) - rank(b))
}
