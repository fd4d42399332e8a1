"""Who may see and change the organisation, its registers and its audit trail."""

from zhengtong.kernel.actor import Permission

CHANGE_DEPARTMENTS = Permission("identity.departments.change", "维护部门", "Change departments")
MERGE_DEPARTMENTS = Permission(
    "identity.departments.merge", "合并与撤销部门", "Merge and close departments", step_up=True
)
READ_PEOPLE = Permission("identity.people.read", "查看人员", "See people")
CHANGE_PEOPLE = Permission("identity.people.change", "维护人员", "Change people")
DEACTIVATE_PEOPLE = Permission("identity.people.deactivate", "停用人员", "Deactivate people", step_up=True)
RESET_FACTORS = Permission("identity.people.reset_factors", "重置登录方式", "Reset sign-in factors", step_up=True)
EXPORT_PEOPLE = Permission("identity.people.export", "导出人员", "Export people", step_up=True)
GIVE_POSTS = Permission("identity.posts.give", "任免岗位与角色", "Give and end posts", step_up=True)
READ_ROLES = Permission("identity.roles.read", "查看角色与权限", "See roles and permissions")
CHANGE_ROLES = Permission("identity.roles.change", "维护角色与权限", "Change roles and permissions", step_up=True)
NAME_DEPUTY = Permission("identity.deputies.name", "指定本人的代理人", "Name one's own deputy", step_up=True)
IMPORT = Permission("identity.import", "批量导入部门与人员", "Import departments and people", step_up=True)
READ_RESIDENTS = Permission("identity.residents.read", "查看居民", "See residents")
REGISTER_RESIDENTS = Permission("identity.residents.register", "登记居民", "Register residents")
REVEAL_RESIDENTS = Permission(
    "identity.residents.reveal", "查看居民完整证件号", "See a resident's whole identity number", step_up=True
)
READ_FIRMS = Permission("identity.firms.read", "查看企业", "See firms")
REGISTER_FIRMS = Permission("identity.firms.register", "登记企业", "Register firms")
READ_AUDIT = Permission("identity.audit.read", "查阅审计记录", "Read the audit trail")
EXPORT_AUDIT = Permission("identity.audit.export", "导出审计记录", "Export the audit trail", step_up=True)

ORGANISATION_PERMISSIONS = (
    CHANGE_DEPARTMENTS,
    MERGE_DEPARTMENTS,
    READ_PEOPLE,
    CHANGE_PEOPLE,
    DEACTIVATE_PEOPLE,
    RESET_FACTORS,
    EXPORT_PEOPLE,
    GIVE_POSTS,
    READ_ROLES,
    CHANGE_ROLES,
    NAME_DEPUTY,
    IMPORT,
    READ_RESIDENTS,
    REGISTER_RESIDENTS,
    REVEAL_RESIDENTS,
    READ_FIRMS,
    REGISTER_FIRMS,
    READ_AUDIT,
    EXPORT_AUDIT,
)
