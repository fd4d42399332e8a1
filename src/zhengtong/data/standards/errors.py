"""What can go wrong with standards, said so that the reader knows what to do."""

from zhengtong.kernel import errors


class ElementNotFound(errors.NotFound):
    zh = "没有这个数据元，请核对标识符。"
    en = "There is no such data element; check its identifier."


class ElementVersionNotFound(errors.NotFound):
    zh = "{code} 没有第 {number} 版。"
    en = "{code} has no version {number}."


class ElementWrong(errors.Invalid):
    zh = "数据元有 {count} 处填写有误，请按提示修改。"
    en = "{count} fields of the data element are wrong; mend them as told."


class ElementRetiredAlready(errors.Conflict):
    zh = "{code} 已经停用，不能再修改或发布；请新建数据元。"
    en = "{code} is retired and can be neither changed nor published; make a new element."


class NoDraft(errors.Conflict):
    zh = "{code} 没有待发布的草稿，请先修订。"
    en = "{code} has no draft to publish; revise it first."


class NotInForce(errors.Conflict):
    zh = "{code} 还没有发布，不能停用；可以删去草稿。"
    en = "{code} is not in force and cannot be retired; delete the draft instead."


class ListNotFound(errors.NotFound):
    zh = "没有代码表 {list_key}，请核对编号。"
    en = "There is no code list {list_key}; check its key."


class ListKnown(errors.Conflict):
    zh = "代码表编号 {list_key} 已经有了，请换一个。"
    en = "There is a code list {list_key} already; take another key."


class CodesWrong(errors.Invalid):
    zh = "代码表有 {count} 处有误，请按提示修改后重新导入。"
    en = "{count} rows of the code list are wrong; mend them as told and import it again."


class EditionNotFound(errors.NotFound):
    zh = "代码表 {list_key} 没有第 {edition} 版。"
    en = "The code list {list_key} has no edition {edition}."


class ColumnsMissing(errors.Invalid):
    zh = "文件缺少这些列：{columns}。请用导出的文件作模板。"
    en = "The file lacks these columns: {columns}. Use an exported file as a template."


class ElementRowsWrong(errors.Invalid):
    zh = "有 {count} 行有误，没有导入任何内容；请按提示修改后重新上传。"
    en = "{count} rows are wrong, and nothing was imported; mend them as told and upload again."


class PlanChanged(errors.Conflict):
    zh = "预览之后数据有变化，请重新预览再确认。"
    en = "Something changed since the preview; look at it again before confirming."
