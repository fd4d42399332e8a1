import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { groups, rooms, type Group, type RoomPage } from './rooms'
import { useSession } from './session'

export interface Place extends RoomPage {
  group: Group
}

/** The pages this person may see, by group and flat; empty groups are left out. */
export function usePages() {
  const session = useSession()
  const { t } = useI18n()
  const places = computed<Place[]>(() => [
    { path: '/', label: 'shell.home', icon: 'home', group: 'home', keywords: 'home shouye sy 首页' },
    ...rooms.flatMap((room) => room.pages.map((page) => ({ ...page, group: room.group }))).filter((page) => session.may(...(page.needs ?? []))),
  ])
  const aside = (place: Place) => place.aside && !(place.outside && session.subject?.kind !== 'person')
  const rail = computed(() =>
    groups
      .map((group) => ({ group, name: t(`groups.${group}`), places: places.value.filter((place) => place.group === group && !aside(place)) }))
      .filter((part) => part.places.length > 0),
  )
  return { places, rail }
}
