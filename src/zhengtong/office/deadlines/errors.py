"""What can go wrong with a statutory clock, said so that the reader knows what to do."""

from zhengtong.kernel import errors


class YearUnknown(errors.NotFound):
    zh = "还没有 {year} 年的放假安排，算不出工作日；请管理员在“时限与日历”载入该年日历。"
    en = "The holidays of {year} are not known yet; ask an administrator to load that year's calendar."


class CalendarWrong(errors.Invalid):
    zh = "日历文件有误：{why_zh}。"
    en = "The calendar file is wrong: {why_en}."


class PackWrong(errors.Invalid):
    zh = "规则包“{pack}”有 {count} 处不合格式，请按下面逐条修改。"
    en = "The rule pack “{pack}” has {count} faults; mend them as listed."


class PackNotFound(errors.NotFound):
    zh = "没有规则包“{pack}”，请核对名称。"
    en = "There is no rule pack “{pack}”; check the name."


class RuleNotFound(errors.NotFound):
    zh = "规则包里没有“{rule}”这条时限规则，请核对编号。"
    en = "No rule pack has the deadline rule “{rule}”; check its id."


class RuleNotInForce(errors.Conflict):
    zh = "“{rule}”自 {since} 起施行，不能用于更早收到的事项。"
    en = "“{rule}” is in force from {since}; it cannot be used for what was received earlier."


class LimitWrong(errors.Invalid):
    zh = "“{rule}”的承诺时限应在 1 到 {most} 之间，收到的是 {given}。"
    en = "The promised limit of “{rule}” must lie between 1 and {most}; {given} was given."


class LimitMissing(errors.Invalid):
    zh = "“{rule}”的时限由事项自定，请写明天数。"
    en = "The limit of “{rule}” is set by the matter; say how many days."


class ClockNotFound(errors.NotFound):
    zh = "没有这个时限，或者您无权查看。"
    en = "There is no such clock, or you may not see it."


class ClockEnded(errors.Conflict):
    zh = "这个时限已经结束（{status}），不能再{action}。"
    en = "This clock has ended ({status}); it can no longer be changed: {action}."


class ClockOverdue(errors.Conflict):
    zh = "已经超期，不能再{action}；请尽快办结并说明原因。"
    en = "It is overdue, so this is no longer possible: {action}. Finish the matter and give the reason."


class ClockNotStopped(errors.Conflict):
    zh = "时限没有停表，无需恢复。"
    en = "The clock is not stopped; there is nothing to resume."


class ClockStoppedAlready(errors.Conflict):
    zh = "时限已经停表，请先恢复。"
    en = "The clock is stopped already; resume it first."


class GroundNotAllowed(errors.Invalid):
    zh = "“{rule}”不能以“{ground}”停表；可用的法定事由：{allowed}。"
    en = "“{rule}” cannot be stopped for “{ground}”; grounds the law allows: {allowed}."


class NotExtendable(errors.Conflict):
    zh = "“{rule}”不能延长。"
    en = "“{rule}” cannot be extended."


class ExtensionTooFar(errors.Invalid):
    zh = "最多还能延长 {most}，收到的是 {given}。"
    en = "It can be extended by {most} at most; {given} was asked for."


class ReasonMissing(errors.Invalid):
    zh = "请写明理由，它会告知当事人并留作证据。"
    en = "Give the reason: it is told to those concerned and kept as evidence."


class ApprovalMissing(errors.Invalid):
    zh = "延长须经{by}，请写明批准人和文号。"
    en = "An extension needs the consent of {by}; name who consented and the paper's number."


class OutOfOrder(errors.Conflict):
    zh = "时间不对：{at} 早于这个时限的上一次变动 {last}。"
    en = "The time is wrong: {at} lies before the clock's last change at {last}."


class NotByHand(errors.Conflict):
    zh = "这个时限由“{about}”自动掌握，请到该事项中办理。"
    en = "This clock is kept by its own matter ({about}); act there."


class PackInForce(errors.Conflict):
    zh = "规则包“{pack}”的这一版已经在用。"
    en = "This edition of the rule pack “{pack}” is in force already."


class ZoneMissing(errors.Invalid):
    zh = "时间要带时区，例如 2026-11-20T15:00:00+08:00。"
    en = "A time needs its zone, for example 2026-11-20T15:00:00+08:00."


class PackTextMissing(errors.Invalid):
    zh = "请给出规则包内容，或一个随版本附带的规则包名称。"
    en = "Give the text of a rule pack, or the name of a bundled one."
