"""What can go wrong with a governed call, said so that the caller knows what to do."""

from typing import Any

from zhengtong.kernel import errors


class CallMalformed(errors.Invalid):
    zh = "调用的格式不对，请按接口说明修改。"
    en = "The call is not well formed; see the interface's description."


class CallRefused(errors.Refused):
    """The contract says no. `code`: the condition that was not met."""

    zh = "合约不允许：{why}{remedy}"
    en = "The contract does not allow it: {why} {remedy}"

    def __init__(self, *, condition: str, why: errors.Words, remedy: errors.Words, receipt: str) -> None:
        super().__init__(why=why, remedy=remedy)
        self.condition, self.receipt = condition, receipt


class FieldNotFilterable(errors.Refused):
    zh = "不能按“{field}”筛选：只有约定原样提供的字段可作条件，关键字段可作查询键。"
    en = "“{field}” cannot be a condition: only fields agreed to be given whole can, and key fields for look-ups."


class ItemNotServed(errors.NotFound):
    zh = "协议 {agreement} 不含数据项 {item}，请核对编号。"
    en = "Agreement {agreement} does not cover item {item}; check the codes."


class CopyChanged(errors.Conflict):
    zh = "翻页期间数据已更新，请从第一页重新取。"
    en = "The data were renewed between two pages; start again from the first page."


class ContractChanged(errors.Conflict):
    zh = "合约刚刚变更，请重新调用。"
    en = "The contract has just changed; call again."


class RateExceeded(errors.TooMany):
    zh = "超过约定的每秒 {rate} 次，请稍后再试。"
    en = "More than the agreed {rate} a second; try again in a moment."


class GatewayBusy(errors.Unavailable):
    zh = "正在处理的调用太多，请稍后再试。"
    en = "Too many calls are being worked on; try again in a moment."


class GatewayStopped(errors.Unavailable):
    zh = "数据服务正在停止，请稍后再试。"
    en = "The data service is stopping; try again in a moment."


class NotCommitted(errors.Unavailable):
    zh = "回执没有写成，数据没有给出，也没有计入额度；请稍后再试。"
    en = "The receipt could not be written: no data was given and nothing counts towards the quota. Try again soon."


class HeadStale(errors.Unavailable):
    zh = "{seconds} 秒没有见到账本的新状态，按规定停止服务；请管理员检查联盟链节点。"
    en = "The ledger's state has not been fresh for {seconds} s, so nothing is served; have the chain's nodes checked."


class ReceiptNotFound(errors.NotFound):
    zh = "没有这份回执，或您无权查看。"
    en = "There is no such receipt, or it is not yours to see."


class AgreementNotYours(errors.NotFound):
    zh = "没有协议 {number}，或您不是其中一方。"
    en = "There is no agreement {number}, or you are no party to it."


class DoubtNotFound(errors.NotFound):
    zh = "没有这条询问。"
    en = "There is no such question."


class DoubtAnswered(errors.Conflict):
    zh = "{number} 已经答复。"
    en = "{number} has been answered."


class DoubtOpen(errors.Conflict):
    zh = "您对这次使用的询问 {number} 还在办理，请等待答复。"
    en = "Your question {number} about this use is being worked on; wait for its answer."


class UseNotYours(errors.NotFound):
    zh = "您的记录里没有这次使用。"
    en = "There is no such use of your data."


class PersonUnknown(errors.NotFound):
    zh = "没有登记这个人的信息，或号码不对。"
    en = "Nobody is registered with this number."


def facts_of(problem: errors.Problem) -> dict[str, Any]:
    """What goes beside the sentence of a refused call."""
    if isinstance(problem, CallRefused):
        return {"condition": problem.condition, "receipt": problem.receipt}
    return {}


class TargetAway(errors.Unavailable):
    zh = "接收方的数据库没有应答：{reason}。恢复后会从断点继续。"
    en = "The receiver's database does not answer: {reason}. The exchange goes on from where it stopped."


class TargetLogin(errors.Conflict):
    zh = "接收方的数据库拒绝了登录：{reason}。请更新交换的账号口令。"
    en = "The receiver's database refuses the login: {reason}. Renew the exchange's account."


class TargetUnknown(errors.Invalid):
    zh = "还不能写入 {database}；可用 PostgreSQL、MySQL、SQLite，或改用消息主题。"
    en = "{database} cannot be written yet; use PostgreSQL, MySQL, SQLite or a topic."


class TargetTaken(errors.Conflict):
    zh = "表 {table} 已存在且不是交换建立的，不会改动；请换一个表名。"
    en = "The table {table} is there and was not made by an exchange; it is left alone. Choose another name."


class TargetWrong(errors.Invalid):
    zh = "接收地址不对：{why}。"
    en = "The receiver's address is wrong: {why}."


class AddressNotAllowed(errors.Refused):
    zh = "不允许连接 {host}：它的地址不在 gateway.networks 所列网段内，请管理员核实后加入。"
    en = "{host} may not be called: its address is in no network of gateway.networks; an administrator can add it."


class ExchangeNotFound(errors.NotFound):
    zh = "没有这个库表交换，或与您无关。"
    en = "There is no such exchange, or it is none of yours."


class ExchangeHeld(errors.Conflict):
    zh = "这个交换在等人处理：{why}。"
    en = "This exchange waits for a person: {why}."


class NothingLanded(errors.Conflict):
    zh = "数据项 {item} 还没有数据落湖，暂时没有可交换的内容。"
    en = "Nothing of item {item} has landed yet; there is nothing to exchange."


class SentFileNotFound(errors.NotFound):
    zh = "没有这个文件，或与您无关。"
    en = "There is no such file, or it is none of yours."


class ItemNotFiled(errors.NotFound):
    zh = "目录里没有数据项 {item}，请核对编号。"
    en = "There is no item {item} in the catalogue; check its code."


class FileNotReady(errors.Conflict):
    zh = "文件还没有备好，或已过期；请稍后再试，或重新申请生成。"
    en = "The file is not ready, or has expired; try again later, or ask for a new one."


class RecipientKeyless(errors.Conflict):
    zh = "接收系统没有有效的 SM2 公钥，文件无从加密；请先在服务账号页登记。"
    en = "The receiving system has no valid SM2 key to seal the file to; register one with its service account."


class FileTooLong(errors.Conflict):
    zh = "有 {rows} 行，超过协议一次 {limit} 行的上限；请缩小范围，或改用库表交换。"
    en = "There are {rows} rows, more than the {limit} the agreement gives at once; narrow it, or use table exchange."


class RelayUnknown(errors.NotFound):
    zh = "数据项 {item} 没有登记转发接口，请管理员在 gateway.relays 中登记。"
    en = "No interface is registered for item {item}; an administrator can add it to gateway.relays."


class ProviderAway(errors.Unavailable):
    zh = "提供方的接口没有应答（{reason}）；没有给出数据，也没有计入额度。"
    en = "The provider's interface does not answer ({reason}); no data was given, nothing was counted."


class ProviderResting(errors.Unavailable):
    zh = "提供方的接口连续失败，暂停转发；{seconds} 秒后再试。"
    en = "The provider's interface failed repeatedly and rests; try again in {seconds} s."


class ProviderAnsweredWrong(errors.Unavailable):
    zh = "提供方接口的应答与目录登记的结构不符（{why}），没有转出；请提供方核对。"
    en = "The provider's answer does not fit the catalogue ({why}) and was not passed on; the provider should look at it."
