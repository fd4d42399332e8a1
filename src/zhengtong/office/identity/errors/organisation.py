"""What can go wrong with departments, people, posts, roles, stand-ins, registers."""

from zhengtong.kernel import errors


class DepartmentNotFound(errors.NotFound):
    zh = "没有这个部门，或您看不到它。"
    en = "There is no such department, or you may not see it."


class DepartmentCodeTaken(errors.Conflict):
    zh = "统一社会信用代码 {code} 已属于“{name}”。"
    en = "The code {code} belongs to “{name}” already."


class DepartmentNameTaken(errors.Conflict):
    zh = "上级部门下已有“{name}”，请换一个名称。"
    en = "There is a “{name}” under this parent already; choose another name."


class DepartmentBelowItself(errors.Conflict):
    zh = "不能把“{name}”移到它自己或它的下级之下。"
    en = "“{name}” cannot be moved under itself or a department below it."


class DepartmentClosedAlready(errors.Conflict):
    zh = "“{name}”已撤销，不能再改动。"
    en = "“{name}” is closed and can no longer be changed."


class DepartmentInUse(errors.Conflict):
    zh = "“{name}”还有 {departments} 个下级部门、{posts} 个在任岗位、{systems} 个业务系统，请先移走或改用合并。"
    en = "“{name}” still has {departments} departments below it, {posts} posts and {systems} systems; move them first, or merge."


class RootStays(errors.Conflict):
    zh = "最上级部门不能移动、合并或撤销。"
    en = "The topmost department cannot be moved, merged or closed."


class PersonNotFound(errors.NotFound):
    zh = "没有这个人，或您看不到此人。"
    en = "There is no such person, or you may not see them."


class LoginTaken(errors.Conflict):
    zh = "登录名 {login} 已被使用，请换一个。"
    en = "The login name {login} is taken; choose another."


class StaffNumberTaken(errors.Conflict):
    zh = "工号 {number} 已属于另一个人。"
    en = "The staff number {number} belongs to someone else already."


class NotYourself(errors.Refused):
    zh = "不能对自己做这件事，请由另一位管理员办理。"
    en = "You cannot do this to yourself; ask another administrator."


class LastAdministrator(errors.Conflict):
    zh = "这样就没有系统管理员了，请先任命另一位。"
    en = "This would leave the city without an administrator; appoint another first."


class PostNotFound(errors.NotFound):
    zh = "没有这个岗位，或您看不到它。"
    en = "There is no such post, or you may not see it."


class PostEndedAlready(errors.Conflict):
    zh = "这个岗位已于 {until_on} 结束。"
    en = "This post ended on {until_on}."


class SamePost(errors.Conflict):
    zh = "此人在这些日子里已有“{department}”的“{title}”岗位。"
    en = "This person holds “{title}” in “{department}” on some of these days already."


class RoleNotFound(errors.NotFound):
    zh = "没有角色“{role}”。"
    en = "There is no role “{role}”."


class RoleKeyTaken(errors.Conflict):
    zh = "角色标识 {role} 已存在。"
    en = "The role key {role} exists already."


class RoleNotYours(errors.Refused):
    zh = "您不能授予“{role}”：其中有您自己没有、或够不到那里的权限（如 {permissions}）。"
    en = "You cannot give “{role}”: it holds permissions you do not have, or not there (such as {permissions})."


class RoleNotDelegable(RoleNotYours):
    zh = "“{role}”不是部门管理员可授予的角色，请由市级管理员办理。"
    en = "“{role}” is not for department administrators to give; ask an administrator of the city."


class PermissionNotYours(errors.Refused):
    zh = "您不能授予自己在全市范围没有的权限：{permissions}。"
    en = "You cannot grant what you do not hold for the whole city: {permissions}."


class RoleIsFixed(errors.Conflict):
    zh = "“{role}”是内置角色，这一项不能改动或删除。"
    en = "“{role}” is built in; this cannot be changed or deleted."


class RoleInUse(errors.Conflict):
    zh = "还有 {count} 个岗位使用角色“{role}”，请先收回。"
    en = "{count} posts still hold the role “{role}”; take it from them first."


class PermissionUnknown(errors.Invalid):
    zh = "没有这些权限：{permissions}。"
    en = "There are no such permissions: {permissions}."


class ActingNotFound(errors.NotFound):
    zh = "没有这项代理。"
    en = "There is no such stand-in."


class ActingForOneself(errors.Invalid):
    zh = "不能指定本人为自己的代理人。"
    en = "One cannot stand in for oneself."


class ActingClashes(errors.Conflict):
    zh = "这个岗位从 {from_on} 到 {until_on} 已由 {deputy} 代理。"
    en = "{deputy} stands in for this post from {from_on} to {until_on} already."


class DeputyUnfit(errors.Invalid):
    zh = "{name}没有在任岗位，或与该岗位不在同一单位，不能代理。"
    en = "{name} holds no post, or not in the same body as this post, and cannot stand in."


class ResidentNotFound(errors.NotFound):
    zh = "没有这位居民。"
    en = "There is no such resident."


class ResidentKnown(errors.Conflict):
    zh = "这个身份号码已登记过。"
    en = "This identity number is registered already."


class FirmNotFound(errors.NotFound):
    zh = "没有这家企业。"
    en = "There is no such firm."


class FirmKnown(errors.Conflict):
    zh = "统一社会信用代码 {code} 已登记过。"
    en = "The code {code} is registered already."


class ImportNotFound(errors.NotFound):
    zh = "没有这次导入，或已过期。"
    en = "There is no such import, or it has expired."


class ImportByPeopleOnly(errors.Refused):
    zh = "导入要由人来确认，业务系统不能导入。"
    en = "An import is confirmed by a person; a system cannot import."


class ImportOver(errors.Conflict):
    zh = "这次导入已经确认或放弃，不能再改。"
    en = "This import was confirmed or discarded already."


class ImportHasErrors(errors.Conflict):
    zh = "还有 {errors} 行有误。请改正后重新上传，或选择只导入无误的行。"
    en = "{errors} rows are wrong. Mend them and upload again, or choose to import the right ones only."


class ImportPlanChanged(errors.Conflict):
    zh = "预览之后情况有变，请再看一遍将发生的改动。"
    en = "Something changed after the preview; look at what will change again."


class ImportColumnsMissing(errors.Invalid):
    zh = "缺少这些列：{columns}。可先下载模板。"
    en = "These columns are missing: {columns}. Download the template to start from."


class ImportTooLong(errors.Invalid):
    zh = "一次最多导入 {limit} 行，请把文件分开。"
    en = "At most {limit} rows at a time; split the file."


class AuditRowNotFound(errors.NotFound):
    zh = "没有这条审计记录。"
    en = "There is no such audit row."


class SomeFieldsWrong(errors.Invalid):
    zh = "有 {count} 处填写有误，请按提示修改。"
    en = "{count} fields are wrong; mend them as told."
