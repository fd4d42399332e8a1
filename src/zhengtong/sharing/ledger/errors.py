"""What can go wrong with the ledger, said so that the reader knows what to do."""

from zhengtong.kernel import errors


class EntryRefused(errors.Conflict):
    zh = "这条记录不能写入账本：{why}。请刷新页面，按最新状态再办。"
    en = "This entry cannot stand on the ledger: {why}. Reload the page and act on the present state."


class EntryNotFound(errors.NotFound):
    zh = "账本上没有这条记录，请核对编号；刚产生的记录可能还在上链。"
    en = "The ledger has no such entry; check its number. One that was just made may still be on its way."


class CheckpointNotFound(errors.NotFound):
    zh = "没有第 {number} 号检查点。"
    en = "There is no checkpoint {number}."


class SizeUnknown(errors.Invalid):
    zh = "账本现有 {size} 条记录，不能就 {asked} 条给出证明。"
    en = "The ledger has {size} entries; nothing can be proved about {asked}."


class MemberUnknown(errors.NotFound):
    zh = "账本上没有这个成员部门，请先让它加入。"
    en = "The ledger has no such member; have the department join first."


class MemberAlready(errors.Conflict):
    zh = "{name}已经是账本成员。"
    en = "{name} is a member of the ledger already."


class SignerNeeded(errors.Conflict):
    zh = "{name}的签名密钥由本部门保管；已交给该部门的签名程序，请在那台机器上确认（zhengtong signer）。"
    en = "{name} keeps its signing key itself; the request waits for its signer: confirm it on that machine (zhengtong signer)."


class KeyRevoked(errors.Conflict):
    zh = "{name}的签名密钥已注销，请先换发新密钥。"
    en = "The signing key of {name} is revoked; have a new one made first."


class KeyWrong(errors.Invalid):
    zh = "这不是有效的 SM2 公钥；请粘贴签名程序显示的那一行。"
    en = "This is no valid SM2 public key; paste the line that the signer shows."


class SealWrong(errors.Invalid):
    zh = "签名与该成员登记的密钥或所签内容不符，没有采用。"
    en = "The signature does not fit the member's registered key or what was to be signed; it was not taken."


class SealRequestNotFound(errors.NotFound):
    zh = "没有这个待签请求，或已办结。"
    en = "There is no such request to sign, or it is done."


class SignerUnknown(errors.SignInNeeded):
    zh = "签名程序的身份核验不过：密钥或时间不对。请核对该机时钟和成员密钥。"
    en = "The signer could not be recognised: its key or clock is wrong. Check that machine's clock and the member's key."


class WitnessNotFound(errors.NotFound):
    zh = "没有这个见证人。"
    en = "There is no such witness."


class WitnessKnown(errors.Conflict):
    zh = "已有同名或同地址的见证人 {name}。"
    en = "There is a witness of that name or address already: {name}."


class WitnessKeyWrong(errors.Invalid):
    zh = "见证人公钥格式不对；请粘贴 zhengtong witness keys 输出的各行。"
    en = "The witness's keys are malformed; paste the lines that `zhengtong witness keys` prints."


class AlarmNotFound(errors.NotFound):
    zh = "没有这条告警，请刷新页面。"
    en = "There is no such alarm; reload the page."
