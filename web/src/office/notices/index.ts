import type { Room } from '@/shell/rooms'
import words from './words'

const administer = ['notices.administer']
const broadcast = ['notices.broadcast']

export const room: Room = {
  key: 'notices',
  group: 'office',
  order: 20,
  words,
  pages: [
    { path: '/notices', label: 'notices.title', icon: 'bell', aside: true, keywords: 'xiaoxi xx notification inbox 通知' },
    { path: '/notices/preferences', label: 'notices.preferences.title', icon: 'filter', aside: true, keywords: 'pianhao xxph mail sms quiet 免打扰 短信 邮件' },
    { path: '/announcements', label: 'notices.broadcasts.title', icon: 'chat', needs: broadcast, keywords: 'gonggao tzgg broadcast 公告 通知' },
    { path: '/deliveries', label: 'notices.deliveries.title', icon: 'mail', needs: administer, keywords: 'toudi tdjl mail sms delivery 邮件 短信' },
  ],
  routes: [
    { path: '/notices', component: () => import('./Notices.vue'), meta: { title: 'notices.title' } },
    { path: '/notices/preferences', component: () => import('./Preferences.vue'), meta: { title: 'notices.preferences.title' } },
    { path: '/announcements', component: () => import('./Broadcasts.vue'), meta: { title: 'notices.broadcasts.title', needs: broadcast } },
    { path: '/deliveries', component: () => import('./Deliveries.vue'), meta: { title: 'notices.deliveries.title', needs: administer } },
  ],
}
