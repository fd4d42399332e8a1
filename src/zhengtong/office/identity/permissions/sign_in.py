"""Who may see and change service accounts. One's own account needs no permission."""

from zhengtong.kernel.actor import Permission

READ_SERVICE_ACCOUNTS = Permission("identity.service_accounts.read", "查看服务账号", "See service accounts")
CHANGE_SERVICE_ACCOUNTS = Permission(
    "identity.service_accounts.change", "维护服务账号与密钥", "Change service accounts and their keys", step_up=True
)

SIGN_IN_PERMISSIONS = (READ_SERVICE_ACCOUNTS, CHANGE_SERVICE_ACCOUNTS)
