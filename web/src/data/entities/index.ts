import type { Room } from '@/shell/rooms'
import words from './words'

const needs = ['entities.read']
const leads = ['entities.leads.read']

export const room: Room = {
  key: 'entities',
  group: 'data',
  order: 50,
  words,
  pages: [
    { path: '/entities', label: 'entities.title', icon: 'link', needs, keywords: 'shitiguanlian stgl qiye renyuan faren renkou firms persons golden record linkage 企业 人员 法人库 人口库 一人一档 一企一档' },
    { path: '/entities/review', label: 'entities.review.title', icon: 'users', needs, aside: true, keywords: 'yisi hedui ys hd doubtful pairs duplicates 疑似 重复 合并 核对' },
    { path: '/leads', label: 'entities.leads.title', icon: 'alert', needs: leads, keywords: 'xiansuo xs maodun leads contradictions 线索 矛盾 比对 核查' },
  ],
  routes: [
    { path: '/entities', component: () => import('./Registers.vue'), meta: { title: 'entities.title', needs } },
    { path: '/entities/review', component: () => import('./Reviews.vue'), meta: { title: 'entities.review.title', needs } },
    { path: '/entities/review/:id', component: () => import('./PairPage.vue'), meta: { title: 'entities.review.title', needs }, props: true },
    { path: '/entities/sources', component: () => import('./Sources.vue'), meta: { title: 'entities.sources.title', needs } },
    { path: '/entities/:id', component: () => import('./EntityPage.vue'), meta: { title: 'entities.title', needs }, props: true },
    { path: '/leads', component: () => import('./Leads.vue'), meta: { title: 'entities.leads.title', needs: leads } },
    { path: '/leads/:id', component: () => import('./LeadPage.vue'), meta: { title: 'entities.leads.title', needs: leads }, props: true },
  ],
}
