import type { Room } from '@/shell/rooms'
import { findPeople } from './finding'
import words from './words'

const people = ['identity.people.read']
const audit = ['identity.audit.read']
const roles = ['identity.roles.read']
const systems = ['identity.service_accounts.read']

export const room: Room = {
  key: 'identity',
  group: 'office',
  order: 10,
  words,
  pages: [
    { path: '/people', label: 'identity.people.rail', icon: 'users', needs: people, keywords: 'renyuan bumen rybm zuzhi organisation departments staff 部门 组织 人员' },
    { path: '/residents', label: 'identity.registers.residents.title', icon: 'user', needs: ['identity.residents.read'], keywords: 'jumin jm shimin resident citizen 居民 市民 实名' },
    { path: '/firms', label: 'identity.registers.firms.title', icon: 'building', needs: ['identity.firms.read'], keywords: 'qiye qy faren company firm 企业 法人' },
    { path: '/roles', label: 'identity.roles.rail', icon: 'key', needs: roles, keywords: 'juese quanxian jsqx permission matrix 权限' },
    { path: '/service-accounts', label: 'identity.systems.title', icon: 'server', needs: systems, keywords: 'xitong zhanghu xtzh machine SM2 接口 系统' },
    { path: '/audit', label: 'identity.audit.title', icon: 'eye', needs: audit, keywords: 'shenji sj log trail 日志 留痕 审计' },
    { path: '/account', label: 'shell.account', icon: 'user', aside: true, keywords: 'zhanghu mima zh password passkey 密码 通行密钥 恢复码 登录' },
  ],
  find: { needs: people, of: findPeople },
  routes: [
    { path: '/sign-in', name: 'sign-in', component: () => import('./SignIn.vue'), meta: { title: 'identity.signIn.title', open: true } },
    { path: '/set-up', name: 'set-up', component: () => import('./SetUp.vue'), meta: { title: 'identity.setUp.title', open: true } },
    { path: '/enrol', component: () => import('./Enrol.vue'), meta: { title: 'identity.enrol.title', open: true } },
    { path: '/first-administrator', component: () => import('./FirstAdministrator.vue'), meta: { title: 'identity.first.title', open: true } },
    { path: '/account', component: () => import('./Account.vue'), meta: { title: 'shell.account' } },
    { path: '/people', component: () => import('./People.vue'), meta: { title: 'identity.people.title', needs: people } },
    { path: '/people/import', component: () => import('./Import.vue'), meta: { title: 'identity.imports.title', needs: ['identity.import'] } },
    { path: '/people/import/:id', component: () => import('./ImportPreview.vue'), meta: { title: 'identity.imports.title', needs: ['identity.import'] } },
    { path: '/residents', component: () => import('./Registers.vue'), props: { kind: 'residents' }, meta: { title: 'identity.registers.residents.title', needs: ['identity.residents.read'] } },
    { path: '/firms', component: () => import('./Registers.vue'), props: { kind: 'firms' }, meta: { title: 'identity.registers.firms.title', needs: ['identity.firms.read'] } },
    { path: '/roles', component: () => import('./Roles.vue'), meta: { title: 'identity.roles.title', needs: roles } },
    { path: '/service-accounts', component: () => import('./ServiceAccounts.vue'), meta: { title: 'identity.systems.title', needs: systems } },
    { path: '/audit', component: () => import('./Audit.vue'), meta: { title: 'identity.audit.title', needs: audit } },
  ],
}
