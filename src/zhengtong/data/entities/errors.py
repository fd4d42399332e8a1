"""What can go wrong with registers and leads, said so that the reader knows what to do."""

from zhengtong.kernel import errors


class EntityNotFound(errors.NotFound):
    zh = "登记里没有这个实体，可能已被撤出；请重新查找。"
    en = "The registers do not hold this one, perhaps no longer; search again."


class PairNotFound(errors.NotFound):
    zh = "没有这一对疑似记录，可能已随数据更新消失；请返回核对列表。"
    en = "There is no such pair, perhaps since the data changed; go back to the review list."


class PairSettledMeanwhile(errors.Conflict):
    zh = "这一对在您查看时已经变了（{state}）；请返回核对列表，按最新情况再定。"
    en = "This pair has changed while you looked at it ({state}); go back to the list and decide as it stands now."


class DecisionNotFound(errors.NotFound):
    zh = "没有这个决定，或者已经撤销。"
    en = "There is no such decision, or it is undone already."


class FeedNotFound(errors.NotFound):
    zh = "没有这个登记来源，请刷新列表。"
    en = "There is no such source of a register; reload the list."


class RegisterFeedWrong(errors.Invalid):
    zh = "登记来源填写有误：{why}。"
    en = "The source of the register is wrong: {why}."


class PackUnknown(errors.NotFound):
    zh = "没有规则包 {name}；随版本附带：{known}。"
    en = "There is no rule pack {name}; bundled: {known}."


class PackInvalid(errors.Invalid):
    zh = "规则包有误：{why}。请改正后重新载入。"
    en = "The rule pack is wrong: {why}. Mend it and load it again."


class ItemAbsent(errors.NotFound):
    zh = "目录里没有数据项 {code}，请先登记。"
    en = "The catalogue has no item {code}; register it first."


class ContradictionRuleNotFound(errors.NotFound):
    zh = "没有这条矛盾规则，请刷新列表。"
    en = "There is no such rule; reload the list."


class ModelNotFound(errors.NotFound):
    zh = "没有第 {number} 号模型，请刷新列表。"
    en = "There is no model {number}; reload the list."


class ModelTooFew(errors.Conflict):
    zh = "只有 {count} 条记录，训练模型至少需要 {least} 条；继续使用现有模型即可。"
    en = "There are {count} records only; training a model needs {least}. Keep the present model."


class LeadNotFound(errors.NotFound):
    zh = "没有这条线索，或者不归您的部门办理。"
    en = "There is no such lead, or it is not your department's."


class LeadClosed(errors.Conflict):
    zh = "线索 {number} 已办结；如需改动请先重新打开。"
    en = "Lead {number} is closed; reopen it first to change it."


class LeadOpen(errors.Conflict):
    zh = "线索 {number} 尚未办结，或已按确认的差错处理，不能重新打开。"
    en = "Lead {number} is not closed, or is closed as a confirmed fault, and cannot be reopened."


class AssigneeUnfit(errors.Invalid):
    zh = "只能交给本部门在岗的人员办理；请重新选择。"
    en = "A lead is given to a person who holds a post in its department; choose again."
