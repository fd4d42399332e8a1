import type { Room } from '@/shell/rooms'
import words from './words'

const needs = ['gateway.read']
const delivers = ['gateway.deliveries.read']
const traces = ['gateway.leaks.trace']

export const room: Room = {
  key: 'gateway',
  group: 'sharing',
  order: 20,
  words,
  pages: [
    { path: '/sharing/services', label: 'gateway.title', icon: 'swap', needs, keywords: 'shujufuwu sjfw jiekou jk diaoyong dy huizhi service api call curl python console receipt 接口 调用 回执 监测' },
    { path: '/sharing/exchanges', label: 'gateway.tabs.exchanges', icon: 'flow', needs: delivers, keywords: 'kubiaojiaohuan kbjh zengliang table exchange 库表 交换 增量 对账', aside: true },
    { path: '/sharing/files', label: 'gateway.files.title', icon: 'file', needs: delivers, keywords: 'wenjian wj jiami sealed file 文件 下载', aside: true },
    { path: '/sharing/leaks', label: 'gateway.leaks.title', icon: 'alert', needs: traces, keywords: 'xielou xl zhuicha leak trace watermark 泄露 追查 水印', aside: true },
    { path: '/my-data', label: 'gateway.mine.title', icon: 'eye', keywords: 'shuichalewodeshuju wodeshuju wdsj who looked my data 谁查了我的数据', aside: true, outside: true },
  ],
  routes: [
    { path: '/sharing/services', component: () => import('./Services.vue'), meta: { title: 'gateway.title', needs } },
    { path: '/sharing/services/:number/:code(.*)', component: () => import('./Service.vue'), meta: { title: 'gateway.title', needs } },
    { path: '/sharing/exchanges', component: () => import('./Exchanges.vue'), meta: { title: 'gateway.tabs.exchanges', needs: delivers } },
    { path: '/sharing/exchanges/:id', component: () => import('./Exchange.vue'), meta: { title: 'gateway.tabs.exchanges', needs: delivers } },
    { path: '/sharing/files', component: () => import('./Files.vue'), meta: { title: 'gateway.files.title', needs: delivers } },
    { path: '/sharing/leaks', component: () => import('./Leaks.vue'), meta: { title: 'gateway.leaks.title', needs: traces } },
    { path: '/sharing/calls', component: () => import('./Calls.vue'), meta: { title: 'gateway.tabs.calls', needs } },
    { path: '/sharing/calls/:id', component: () => import('./Receipt.vue'), meta: { title: 'gateway.receipt.title', needs } },
    { path: '/sharing/monitoring', component: () => import('./Monitoring.vue'), meta: { title: 'gateway.tabs.monitoring', needs } },
    { path: '/sharing/doubts', component: () => import('./Doubts.vue'), meta: { title: 'gateway.tabs.doubts', needs: ['gateway.answer'] } },
    { path: '/my-data', component: () => import('./MyData.vue'), meta: { title: 'gateway.mine.title' } },
  ],
}
