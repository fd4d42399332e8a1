"""What can go wrong with quality, said so that the reader knows what to do."""

from zhengtong.kernel import errors


class ItemUnseen(errors.NotFound):
    zh = "没有这个数据项，或不在您的查看范围内。"
    en = "There is no such item, or it is not yours to see."


class QualityRuleNotFound(errors.NotFound):
    zh = "没有这条质量规则，或它已停止使用。"
    en = "There is no such quality rule, or it is no longer in use."


class RuleWrong(errors.Invalid):
    zh = "规则有 {count} 处填写有误，请按提示修改。"
    en = "{count} parts of the rule are wrong; mend them as told."


class RuleFromStandard(errors.Conflict):
    zh = "“{name}”来自数据标准，不能删除，内容也随标准变化；可以停用，或调整轻重、权重和合格率下限。"
    en = "“{name}” comes from the data standard and follows it; switch it off, or change its severity, weight and least rate."


class NothingMeasured(errors.NotFound):
    zh = "{item} 还没有检测结果；第一批数据入湖后自动检测，也可以现在检测。"
    en = "{item} has not been measured; its first batch will be, or measure it now."


class NoData(errors.Conflict):
    zh = "{item} 还没有数据入湖，请先接入一批数据。"
    en = "{item} has no data in the lake yet; bring in a batch first."


class RuleHasNoRows(errors.Conflict):
    zh = "“{name}”按整个数据项判断，没有逐行的样例。"
    en = "“{name}” judges the item as a whole; it has no rows to show."


class TicketNotFound(errors.NotFound):
    zh = "没有这张校核单，或不在您的查看范围内。"
    en = "There is no such correction ticket, or it is not yours to see."


class TicketElsewhere(errors.Conflict):
    zh = "校核单 {number} 现在是“{state}”，不能这样处理；请刷新后再看。"
    en = "The ticket {number} is “{state}” now, so this cannot be done; reload it."


class OwnItem(errors.Conflict):
    zh = "这是本部门提供的数据，请直接更正源头数据，不必向自己提疑义。"
    en = "Your own department provides this item; correct it at its source instead of asking yourself."


class PdfAbsent(errors.Unavailable):
    zh = "生成 PDF 需要中文字体，这台机器上没有找到。请安装：apt-get install fonts-noto-cjk，或把字体文件夹写入 quality.fonts。"
    en = "A PDF needs a Chinese font, and none was found here. Install one (apt-get install fonts-noto-cjk) or set quality.fonts."


class ReportAbsent(errors.Unavailable):
    zh = "这种报告需要另行安装：pip install 'zhengtong[report]'。"
    en = "This report needs: pip install 'zhengtong[report]'."
