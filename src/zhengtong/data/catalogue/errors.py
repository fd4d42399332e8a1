"""What can go wrong with the catalogue, said so that the reader knows what to do."""

from zhengtong.kernel import errors


class ItemNotFound(errors.NotFound):
    zh = "没有这个数据项，请核对编号；它也可能已删除，或还是别的部门的草稿。"
    en = "There is no such item; check its code. It may be deleted, or still a draft of another department."


class ItemVersionNotFound(errors.NotFound):
    zh = "{code} 没有第 {number} 版。"
    en = "{code} has no version {number}."


class ItemWrong(errors.Invalid):
    zh = "数据项有 {count} 处填写有误，请按提示修改。"
    en = "{count} parts of the item are wrong; mend them as told."


class ItemIncomplete(errors.Invalid):
    zh = "还缺 {count} 项必填的元数据，补齐后才能提交：{missing}。"
    en = "{count} required parts of the metadata are missing before it can be submitted: {missing}."


class ClassificationTooLow(errors.Invalid):
    zh = "{name} 定为 {declared}，低于应有的 {needed}（就高从严）。请调高级别，或先修订数据元的级别。"
    en = "{name} is declared {declared}, below the {needed} it needs (the strictest field counts). Raise it, or revise the element first."


class BasisMissing(errors.Invalid):
    zh = "不予共享须写明法律、行政法规或国务院决定的名称和条款（国务院令第809号）；{given} 不能作为依据。"
    en = "Not sharing needs a law, an administrative regulation or a State Council decision, with its article (Decree 809); {given} is no basis."


class SecretMarking(errors.Invalid):
    zh = "内容带有密级标志“{mark}”：{reason}（{source}）。请移出平台，按保密规定处理。"
    en = "The content bears the marking “{mark}”: {reason} ({source}). Take it off the platform and handle it under the secrecy rules."


class DeedNotPossible(errors.Conflict):
    zh = "{code} 现在是“{state}”，不能“{deed}”。"
    en = "{code} is “{state}” now; “{deed}” is not possible."


class ReasonNeeded(errors.Invalid):
    zh = "“{deed}”须说明理由（至少两个字）。"
    en = "“{deed}” needs a reason (two characters at least)."


class RevisionWaiting(errors.Conflict):
    zh = "{code} 有一版修订正在审核，请先撤回或等审核结束。"
    en = "A revision of {code} is in review; take it back or wait for the review."


class NothingToSubmit(errors.Conflict):
    zh = "{code} 没有待提交的修订。"
    en = "{code} has no revision to submit."


class CodeTaken(errors.Conflict):
    zh = "代码 {code} 已经用于“{name}”，请换一个顺序码或留空自动编码。"
    en = "The code {code} belongs to “{name}”; take another number or leave it empty to get one."


class ItemCodeWrong(errors.Invalid):
    zh = "“{code}”不是目录代码：类 1 位、项 2 位、目 3 位、细目，再加 / 和顺序码，例如 3070100101/000012。"
    en = "“{code}” is no catalogue code: class 1, topic 2, subtopic 3 digits, detail, then / and a number, such as 3070100101/000012."


class TypeOfFieldChanged(errors.Conflict):
    zh = "信息项 {field} 已有数据入湖，类型不能从 {before} 改为 {after}；请新增一个信息项。"
    en = "Field {field} holds data already; its type cannot go from {before} to {after}. Add another field."


class ColumnsLacking(errors.Invalid):
    zh = "文件缺少这些列：{columns}。请下载模板填写。"
    en = "The file lacks these columns: {columns}. Use the template."


class ItemImportPlanChanged(errors.Conflict):
    zh = "预览之后目录有变化，请重新预览再确认。"
    en = "The catalogue changed since the preview; look at it again before confirming."


class ImportHasFaults(errors.Invalid):
    zh = "有 {count} 行有误，没有导入任何内容；请改好后重新上传，或选择“跳过有误的数据项”。"
    en = "{count} rows are wrong and nothing was imported; mend them and upload again, or choose to leave the wrong items out."


class ItemImportNotFound(errors.NotFound):
    zh = "没有这次导入。"
    en = "There is no such import."


class ImportNotUndoable(errors.Conflict):
    zh = "这次导入的 {count} 个数据项已提交、发布或修改过，不能整批撤回；请逐项处理：{codes}。"
    en = "{count} items of this import were submitted, published or changed since; it cannot be undone as a whole: {codes}."


class DutyRunning(errors.Conflict):
    zh = "{code} 的目录更新期限已经在走，请在到期前提交修订。"
    en = "The clock to update {code} is running already; submit the revision before it ends."


class DerivationNotRead(errors.Invalid):
    zh = "读不懂这条 SQL：{reason}"
    en = "This SQL cannot be read: {reason}"


class NoDerivation(errors.NotFound):
    zh = "{code} 还没有登记加工语句。"
    en = "{code} has no query that makes it."


class DatasetUnknown(errors.Invalid):
    zh = "目录里没有 {name}，请用数据项的代码。"
    en = "The catalogue has no {name}; use the item's code."


class HarvestNotFound(errors.NotFound):
    zh = "没有这个外部目录。"
    en = "There is no such foreign catalogue."


class HarvestKnown(errors.Conflict):
    zh = "外部目录“{name}”已经登记，请换一个名称。"
    en = "A foreign catalogue “{name}” is noted already; take another name."


class HarvestWithoutAddress(errors.Conflict):
    zh = "“{name}”没有登记网址，请上传它的文件。"
    en = "“{name}” has no address; bring its file."


class HarvestedTakenUp(errors.Conflict):
    zh = "{code} 已经提交或发布，外部目录的变化没有写入，请人工修订。"
    en = "{code} was submitted or published; the change at its source was not written. Revise it by hand."


class DcatFeedWrong(errors.Invalid):
    zh = "读不懂这份目录：{reason}"
    en = "This feed cannot be read: {reason}"


class FeedTooLarge(errors.Invalid):
    zh = "目录超过 {limit} MB，请分页提供，或调高 catalogue.harvest_limit_mb。"
    en = "The feed is larger than {limit} MB; serve it in pages, or raise catalogue.harvest_limit_mb."


class FeedUnreachable(errors.Unavailable):
    zh = "取不到外部目录：{reason}"
    en = "The foreign catalogue cannot be fetched: {reason}"


class FeedAddressRefused(errors.Refused):
    zh = "{host} 是本机或内网地址，不予访问。确需访问时由管理员设置 catalogue.harvest_private。"
    en = "{host} is a private or loopback address and is not fetched. An administrator may set catalogue.harvest_private."
