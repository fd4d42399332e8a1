"""Who may see, prove and manage the ledger."""

from zhengtong.kernel.actor import Actor, Permission

READ = Permission("ledger.read", "查看联盟链", "See the ledger")
EXPORT = Permission("ledger.export", "导出审计包", "Export the ledger")
SEAL = Permission("ledger.seal", "以部门密钥签署", "Sign with the department's key", step_up=True)
KEYS = Permission("ledger.keys", "管理本部门签名密钥", "Manage the department's signing keys", step_up=True)
MANAGE = Permission("ledger.manage", "管理成员与见证人", "Manage members and witnesses", step_up=True)

PERMISSIONS = (READ, EXPORT, SEAL, KEYS, MANAGE)


def abilities(actor: Actor) -> dict[str, bool]:
    """What the actor can do with the ledger."""
    return {"export": actor.may(EXPORT), "manage": actor.may(MANAGE)}
