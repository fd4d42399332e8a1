import type { Answer, Named, SessionState } from '@/api/types'

export type { Named, SessionState }
export type Person = Answer<'PersonOut'>
export type PersonLine = Answer<'PersonLine'>
export type Post = Answer<'PostOut'>
export type Acting = Answer<'ActingOut'>
export type DepartmentNode = Answer<'DepartmentNode'>
export type Department = Answer<'DepartmentOut'>
export type Role = Answer<'RoleOut'>
export type PermissionLine = Answer<'PermissionOut'>
export type Link = Answer<'Enrolment'>
export type Account = Answer<'AccountOut'>
export type SessionLine = Answer<'SessionOut'>
export type Resident = Answer<'ResidentOut'>
export type Firm = Answer<'FirmOut'>
