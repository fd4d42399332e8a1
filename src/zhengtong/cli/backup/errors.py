"""What can go wrong with a backup or its restoration, each one sentence with its remedy."""

from zhengtong.kernel import errors


class BackupInside(errors.Invalid):
    zh = "备份 {folder} 不能放在数据目录 {data} 之内；请换一个目录，最好在另一块磁盘上。"
    en = "The backup {folder} cannot lie within the data folder {data}; choose another, best on another disk."


class BackupFolderTaken(errors.Conflict):
    zh = "{folder} 里已有别的内容，不会覆盖；请换一个空目录。"
    en = "{folder} holds something already and is left as it is; choose an empty folder."


class BackupUnderWay(errors.Conflict):
    zh = "另一个进程正在写 {folder}；请等它完成。"
    en = "Another process is writing {folder}; wait until it is done."


class NoRoomLeft(errors.Unavailable):
    zh = "{folder} 所在磁盘放不下：需要约 {needed} MB，还剩 {free} MB。请腾出空间或换一块磁盘，再运行同一命令；已写好的部分会接着用。"
    en = "The disk of {folder} is too small: about {needed} MB are needed, {free} MB are free. Make room or take another disk and run the same command again; what is written is kept."


class PostgresToolAbsent(errors.Unavailable):
    zh = "找不到 {tool}。请安装与数据库同版本的 PostgreSQL 客户端（Debian/Ubuntu：apt install postgresql-client），并让它在 PATH 上。"
    en = "{tool} is not there. Install PostgreSQL's client of the database's version (Debian/Ubuntu: apt install postgresql-client) and have it on the PATH."


class PostgresToolFailed(errors.Unavailable):
    zh = "{tool} 没有成功：{reason}。请按所说的处理后再运行同一命令。"
    en = "{tool} failed: {reason}. Mend what it says and run the same command again."


class LakeRestless(errors.Unavailable):
    zh = "数据湖一直在写入，取不到与数据库一致的一刻；请换一个不装载数据的时候再备份。"
    en = "The lake was written to without a pause, so that no instant fits the database; back up when nothing is being loaded."


class LakeFileGone(errors.Conflict):
    zh = "数据湖的表 {table} 缺少文件 {path}（版本 {version}）；请先查明原因，再备份。"
    en = "Table {table} of the lake lacks the file {path} (version {version}); find out why before you back up."


class BackupUnfinished(errors.Conflict):
    zh = "{folder} 里的备份没有完成，不能用来恢复；请对它再运行一次 zhengtong backup {folder}。"
    en = "The backup in {folder} was not finished and cannot be restored; run zhengtong backup {folder} once more."


class BackupAbsent(errors.NotFound):
    zh = "{folder} 里没有政通的备份。"
    en = "There is no backup of Zhengtong in {folder}."


class BackupNewer(errors.Conflict):
    zh = "这份备份由更新的政通写成（{made_by}），本程序（{this}）读不了；请先升级程序。"
    en = "This backup was written by a newer Zhengtong ({made_by}) than this program ({this}); upgrade it first."


class BackupWrong(errors.Conflict):
    zh = "备份不对：{what}。没有恢复；请换用另一份备份。"
    en = "The backup is wrong: {what}. Nothing was restored; use another backup."


class RestoredWrong(errors.Conflict):
    zh = "恢复出来的账本不对：{what}。{data} 已封住，不能启动；请换用另一份备份：zhengtong restore …"
    en = "The restored ledger is wrong: {what}. {data} is blocked and cannot be started; restore another backup there."


class PlaceTaken(errors.Conflict):
    zh = "{place} 不是空的，不会覆盖。请恢复到空的地方，或加 --replace（旧的{kept}）。"
    en = "{place} is not empty and is left as it is. Restore into an empty place, or give --replace (what is there {kept})."


class LakeNotEmptied(errors.Conflict):
    zh = "数据湖 {url} 里已有表，不代您删除；请清空那个位置，或在 lake.url 中换一个。"
    en = "The lake {url} holds tables, which are not deleted for you; empty that place or set another lake.url."


class OtherDatabase(errors.Invalid):
    zh = "这份备份是 {was} 的，而设置里的数据库是 {now_is}；请把 kernel.database 设成 {was}。"
    en = "This backup is of {was}, and the settings name {now_is}; set kernel.database to {was}."


class PassphraseNeeded(errors.Invalid):
    zh = "要随备份存取根密钥，须有口令：在终端输入，或用 --passphrase-file 给出文件（至少 {least} 个字符）。"
    en = "Keys go with a backup under a passphrase only: type it at a terminal, or name its file with --passphrase-file ({least} characters at least)."


class PassphraseWrong(errors.Refused):
    zh = "口令不对，或封存的根密钥被改动过；根密钥没有恢复。"
    en = "The passphrase is wrong, or the sealed root keys were altered; they were not restored."


class KeysNotIn(errors.NotFound):
    zh = "这份备份里没有根密钥（备份时没有加 --with-keys）；请从保管处取回根密钥文件，放到 {path}。"
    en = "This backup holds no root keys (it was made without --with-keys); fetch the root key file from where it is kept and put it at {path}."


class KeysThere(errors.Conflict):
    zh = "{path} 已有根密钥文件，不会覆盖；请先移走它，或不加 --with-keys。"
    en = "There is a root key file {path} already, which is left as it is; move it away first, or do without --with-keys."
