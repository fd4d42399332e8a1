"""What can go wrong when data come in."""

from zhengtong.kernel import errors

FEW = 20


class SourceNotFound(errors.NotFound):
    zh = "没有这个数据源，或您无权查看。"
    en = "There is no such source, or you may not see it."


class RunNotFound(errors.NotFound):
    zh = "没有这次运行，或您无权查看。"
    en = "There is no such run, or you may not see it."


class RowNotFound(errors.NotFound):
    zh = "没有这条隔离数据，或您无权查看。"
    en = "There is no such quarantined row, or you may not see it."


class UploadNotFound(errors.NotFound):
    zh = "没有这个上传文件，或已过期；请重新上传。"
    en = "There is no such upload, or it has expired; upload the file again."


class SourceCodeTaken(errors.Conflict):
    zh = "数据源编号 {code} 已被使用，请换一个。"
    en = "The source code {code} is in use; choose another."


class SourceRetired(errors.Conflict):
    zh = "数据源 {code} 已停用，不能再修改或运行。"
    en = "The source {code} is retired and can be neither changed nor run."


class SourceNotReady(errors.Conflict):
    zh = "数据源 {code} 还没有选定数据项或字段对应，请先完成“对应”一步。"
    en = "The source {code} has no item or mapping yet; finish the mapping first."


class SourceBusy(errors.Conflict):
    zh = "数据源 {code} 正在运行，请等它结束或先取消。"
    en = "The source {code} is running; wait for its end or cancel it first."


class RunNotSo(errors.Conflict):
    zh = "这次运行{state}，不能{deed}；请刷新后再试。"
    en = "This run is {state} and cannot be {deed}; reload and try again."


class RowNotOpen(errors.Conflict):
    zh = "其中有 {count} 条已经处理过，请刷新后再选。"
    en = "{count} of the rows have been dealt with already; reload and choose again."


class SourceWrong(errors.Invalid):
    zh = "数据源的设置有误，请按提示修改。"
    en = "The source's settings are wrong; mend them as told."


class MappingWrong(errors.Invalid):
    zh = "字段对应有误，请按提示修改。"
    en = "The mapping is wrong; mend it as told."


class ScheduleWrong(errors.Invalid):
    zh = "运行计划“{schedule}”看不懂；请用五段式，例如每天 2 点写作 0 2 * * *。"
    en = "The schedule “{schedule}” cannot be read; write five parts, such as 0 2 * * * for two o'clock every day."


class ColumnsUnmatched(errors.Invalid):
    zh = "文件中没有字段 {columns} 对应的列。请在首行用字段名或中文名作列名，或先在页面上建立对应。"
    en = "The file has no column for {columns}. Name the columns by field or Chinese name in the first row, or map them on the page."


class ModeNeedsKey(errors.Invalid):
    zh = "数据项 {code} 没有主键字段，只能用“追加”方式接入；请先在目录中标明主键。"
    en = "The item {code} has no key field, so that rows can only be appended; mark its key in the catalogue first."


class ItemUnknown(errors.Invalid):
    zh = "没有数据项 {code}，或您无权向它接入数据。"
    en = "There is no item {code}, or you may not bring data into it."


class NoRowChosen(errors.Invalid):
    zh = "没有选中任何数据，请先选择。"
    en = "Nothing is chosen; choose some rows first."


class FileUnreadable(errors.Invalid):
    zh = "读不到文件 {path}：{reason}。"
    en = "The file {path} cannot be read: {reason}."


class SourceRefused(errors.Invalid):
    """The source answered, and what it says is wrong: its settings, or what it sends."""

    zh = "数据源不能读取：{why}。"
    en = "The source cannot be read: {why}."


class SourceAway(errors.Unavailable):
    """The source does not answer; it is tried again."""

    zh = "数据源暂时连不上：{why}。请核对地址和网络；运行会自动重试。"
    en = "The source does not answer: {why}. Check its address and the network; a run tries again by itself."


class DiskLow(errors.Unavailable):
    zh = "数据湖所在磁盘只剩 {free_mb} MB，低于 {least_mb} MB；请清理或扩容，运行会自动继续。"
    en = "Only {free_mb} MB are left on the lake's disk, below {least_mb} MB; make room, and the run goes on by itself."


class TooManyBad(errors.Conflict):
    zh = "这批 {read} 行中有 {bad} 行不合规，超过上限 {most}%，没有落湖；多半是字段对应错了或数据源变了。请核对后继续或取消。"
    en = (
        "{bad} of the {read} rows of this batch break rules, more than {most}%; nothing of it has landed. "
        "Most often the mapping is wrong or the source has changed: check, then resume or cancel."
    )


class TooManyGone(errors.Conflict):
    zh = "数据源中少了 {gone} 行（湖中共 {held} 行），疑似数据源不完整，没有删除任何数据。请核对后继续或取消。"
    en = "{gone} of {held} rows are no longer at the source, which may be incomplete; nothing was removed. Check, then resume or cancel."


class UrlWrong(SourceRefused):
    zh = "看不懂数据库地址 {url}，或其中有不支持的参数；请写成 postgresql://用户@主机/库 或 sqlite:////绝对路径。"
    en = "The database address {url} cannot be read, or has a parameter that is not allowed; write postgresql://user@host/base or sqlite:////absolute/path."


class DriverMissing(SourceRefused):
    zh = "读取 {database} 需要另装驱动 {module}；请联系系统管理员安装。"
    en = "Reading {database} needs the driver {module}; ask the system's administrator to install it."


class SourceAddressRefused(SourceRefused):
    zh = "不允许访问 {host}：它指向本机或云主机内部地址。确需访问时，请系统管理员把网段写入 intake.networks。"
    en = "{host} may not be called: it points to this machine or its cloud's own network. If it must be, have the network put into intake.networks."


class FolderNotAllowed(SourceRefused):
    zh = "不允许读取 {path}。请系统管理员把它所在的目录写入 intake.folders。"
    en = "{path} may not be read. Have its folder put into intake.folders by the system's administrator."


class FileGone(SourceRefused):
    zh = "文件 {name} 在读取之前被删除或改动，请重新投放。"
    en = "The file {name} was removed or changed before it was read; drop it again."


class TableNotThere(SourceRefused):
    zh = "数据库里没有表 {table}，或账号无权查看。可以读的有：{known}。"
    en = "There is no table {table}, or the account may not see it. There are: {known}."


class ColumnNotThere(SourceRefused):
    zh = "表里没有列 {column}。现有：{known}。"
    en = "There is no column {column}. There are: {known}."


class CursorUnsupported(SourceRefused):
    zh = "列 {column} 的值 {value} 不能用作增量位置；请选数字、日期或 ISO 格式时间的列。"
    en = "The value {value} of {column} cannot tell what is new; choose a column of numbers, dates or ISO times."


class BoundaryTooWide(SourceRefused):
    zh = "列 {column} 的重叠范围内超过 {limit} 行；请缩小重叠，或写明主键列。"
    en = "More than {limit} rows lie within the overlap of {column}; make the overlap smaller, or name the key columns."


class AnswerTooLarge(SourceRefused):
    zh = "接口的一次答复超过 {limit_mb} MB；请减小每页行数。"
    en = "One answer of the interface exceeds {limit_mb} MB; ask for fewer rows a page."


class AnswerUnreadable(SourceRefused):
    zh = "接口 {url} 的答复读不懂：{why}。"
    en = "The answer of {url} cannot be read: {why}."


class AnswerRefused(SourceRefused):
    zh = "接口 {url} 拒绝了请求（HTTP {status}）；请核对地址、参数和凭据。"
    en = "{url} refuses the request (HTTP {status}); check the address, the parameters and the credentials."


class PagingEndless(SourceRefused):
    zh = "接口 {url} 的翻页没有前进（{place}），已停止；请核对翻页方式。"
    en = "The pages of {url} do not go on ({place}); stopped. Check the way of paging."


class LoginRefused(SourceRefused):
    zh = "对方拒绝登录：{reason}。请核对账号、口令和权限。"
    en = "The source refuses the sign-in: {reason}. Check the account, the password and its rights."


class MessagesLost(SourceRefused):
    zh = "主题 {topic} 分区 {partition} 应从 {offset} 读起，但最早只剩 {first}：中间的消息已过期。请确认后重设位置。"
    en = "Partition {partition} of {topic} should go on from {offset}, but holds nothing before {first}: what lay between has expired. Confirm, and reset the place."


class ColumnsChanged(errors.Conflict):
    zh = "数据源的列变了：{changes}。请确认新的对应后继续。"
    en = "The source's columns have changed: {changes}. Confirm how they map now, then it goes on."


class UploadElsewhere(errors.Conflict):
    zh = "已收到 {received} 字节，请从那里继续传。"
    en = "{received} bytes have been received; go on from there."


class UploadBroken(errors.Conflict):
    zh = "文件 {name} 的 SM3 校验不符，传输中有损坏，已作废；请重新上传。"
    en = "The SM3 digest of {name} does not match: it was damaged on the way and is dropped; upload it again."


class UploadTooLarge(errors.Invalid):
    zh = "文件 {name} 有 {size_mb} MB，超过上限 {limit_mb} MB；请分成几个文件，或调高 files.max_bytes。"
    en = "{name} has {size_mb} MB, the most is {limit_mb} MB; split it, or raise files.max_bytes."


class UploadFormat(errors.Invalid):
    zh = "不能接入文件 {name}。可以读：{known}。"
    en = "{name} cannot be taken in. These can be read: {known}."


class UploadsTooMany(errors.TooMany):
    zh = "您有 {count} 个上传还没完成，请先完成或取消。"
    en = "You have {count} unfinished uploads; finish or cancel some first."


class NotPushed(errors.Conflict):
    zh = "数据源 {code} 不是推送方式，不能向它推送。"
    en = "The source {code} is not of the kind that is pushed to."


class PushKeyNeeded(errors.Invalid):
    zh = "请带上 Idempotency-Key 请求头（8 至 100 个字符）；同一批重发时用同一个，就不会重复入库。"
    en = "Send an Idempotency-Key header (8 to 100 characters); the same key for the same batch keeps it from landing twice."


class PushKeyTaken(errors.Conflict):
    zh = "这个 Idempotency-Key 已用于内容不同的一批（SM3 {digest}）；请换一个。"
    en = "This Idempotency-Key was used for a batch of other content (SM3 {digest}); take a new one."


class PushUnreadable(errors.Invalid):
    zh = "推送的内容{why}，整批未收。"
    en = "What was pushed {why}; nothing of it was kept."


class PushWrong(errors.Invalid):
    zh = "{count} 行有误，整批未收；请按提示修改后重发。"
    en = "{count} rows are wrong and nothing was kept; mend them as told and send again."


class PushTooLong(errors.Invalid):
    zh = "一次最多推送 {limit} 行，这批有 {rows} 行；请拆分。"
    en = "A push holds {limit} rows at most, this one {rows}; split it."


class PushesWaiting(errors.TooMany):
    zh = "这个数据源已积压 {count} 批，请稍后再推送。"
    en = "{count} pushes of this source wait to land; push again later."


class ColumnNotNew(errors.Invalid):
    zh = "{column} 不是这次新增的列，不能提议为新字段。"
    en = "{column} is no new column of this run and cannot be proposed as a field."


class DriftUnconfirmed(errors.Conflict):
    zh = "数据源的列变了，请先确认新的对应。"
    en = "The source's columns have changed; confirm how they map now first."


class MendWrong(errors.Invalid):
    zh = "修改内容不完整，请按提示填写。"
    en = "The mending is not complete; fill it in as told."
