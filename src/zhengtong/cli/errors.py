"""What can go wrong before the city stands, each one sentence with its remedy."""

from zhengtong.kernel import errors


class ConfigMissing(errors.NotFound):
    zh = "没有设置文件 {file}；请检查 --config 或 ZT_CONFIG。"
    en = "There is no settings file {file}; check --config or ZT_CONFIG."


class FolderReadOnly(errors.Unavailable):
    zh = "数据目录 {folder} 不能写入（{reason}）。请换一个目录（--data 或 ZT_KERNEL__DATA），或给当前用户写权限。"
    en = "The data folder {folder} cannot be written ({reason}). Choose another (--data or ZT_KERNEL__DATA) or allow writing."


class PortTaken(errors.Unavailable):
    zh = "端口 {port} 已被占用。请先停掉占用它的程序，或换一个端口：--port {other}。"
    en = "Port {port} is in use. Stop the program that holds it, or take another: --port {other}."


class AddressRefused(errors.Unavailable):
    zh = "不能在 {host}:{port} 上监听（{reason}）。请检查 kernel.host 和 kernel.port。"
    en = "Cannot listen on {host}:{port} ({reason}). Check kernel.host and kernel.port."


class DataInUse(errors.Conflict):
    zh = "这份数据正由另一个进程使用（{holder}）。SQLite 只供一个进程；请先停掉它，或改用 PostgreSQL（kernel.database）。"
    en = (
        "These data are in use by another process ({holder}). SQLite serves one process; stop that one, "
        "or move to PostgreSQL (kernel.database)."
    )


class WorkNeedsPostgres(errors.Conflict):
    zh = "SQLite 只供一个进程，后台任务已在 zhengtong run 中执行；多进程请改用 PostgreSQL（kernel.database）。"
    en = "SQLite serves one process, and zhengtong run works its jobs; for more processes move to PostgreSQL (kernel.database)."


class DemoOnLoopbackOnly(errors.Refused):
    zh = "演示帐号只在本机开放：kernel.host 应为 127.0.0.1，而不是 {host}。"
    en = "Demo accounts exist on this machine only: kernel.host must be 127.0.0.1, not {host}."


class DemoByItsCommand(errors.Refused):
    zh = "kernel.demo 会打开演示帐号和可以拨动的时钟，真实的城市不能用：请去掉它，或改用 zhengtong demo。"
    en = "kernel.demo opens demo accounts and a clock that can be moved, never for a real city: remove it, or use zhengtong demo."


class NoDemoYet(errors.NotFound):
    zh = "{folder} 里还没有演示城市；请先运行 zhengtong demo。"
    en = "There is no demo city in {folder} yet; run zhengtong demo first."


class NoSuchDemoAccount(errors.NotFound):
    zh = "没有演示帐号 {name}；有：{known}。"
    en = "There is no demo account {name}; there are: {known}."


class NotADemo(errors.Conflict):
    zh = "{folder} 里是一座真实的城市，不是演示；请用 --data 指向别的目录。"
    en = "{folder} holds a real city, not a demo; point --data at another folder."


class MigrationsMissing(errors.Unavailable):
    zh = "这份安装缺少数据库迁移（{reason}）；请重新安装 zhengtong。"
    en = "This installation lacks its database migrations ({reason}); install zhengtong again."


class SchemaNewer(errors.Conflict):
    zh = "数据库是更新版本的政通建立的（{found}）；请升级程序，或用那个版本的备份。"
    en = "The database was made by a newer Zhengtong ({found}); upgrade the program, or use a backup of this version."


class ResetByHand(errors.Conflict):
    zh = "演示数据在 PostgreSQL（{url}）里，不代您删除；请自行清空那个数据库。"
    en = "The demo's data lie in PostgreSQL ({url}) and are not deleted for you; empty that database yourself."


class NoKeysYet(errors.NotFound):
    zh = "{path} 还没有根密钥文件；首次启动（zhengtong run）时建立。"
    en = "There is no root key file {path} yet; it is made at first start (zhengtong run)."


class NoSuchKey(errors.NotFound):
    zh = "没有根密钥 {key}；现有：{known}。"
    en = "There is no root key {key}; there are: {known}."


class TablesOlder(errors.Conflict):
    zh = "数据库结构不是最新；请先运行 zhengtong migrate。"
    en = "The database's tables are not at their newest; run zhengtong migrate first."


class KeyStillHolds(errors.Conflict):
    zh = "还有 {count} 个值由密钥 {key} 封存，不能停用；请先运行 zhengtong keys rotate，或等夜间重封任务完成。"
    en = "{count} values are still sealed with key {key}; run zhengtong keys rotate first, or wait for the nightly job."


class KeyStillMarks(errors.Conflict):
    zh = "企业和人员登记还没有按新密钥重做完，密钥 {key} 不能停用；请让城市运行，稍后再试。"
    en = "The registers are not all under the new key yet, so key {key} cannot go; let the city run and try again."


class NoSuchSize(errors.Invalid):
    zh = "没有 {size} 这个规模；有：{known}。"
    en = "There is no size {size}; there are: {known}."


class ModeUnknown(errors.Invalid):
    zh = "没有 {mode} 这种方式；可用 append、upsert、replace。"
    en = "There is no mode {mode}; use append, upsert or replace."


class MappingMisread(errors.Invalid):
    zh = "看不懂 {given}；请写成 字段=列名。"
    en = "{given} cannot be read; write field=column."


class SourceUnknown(errors.NotFound):
    zh = "没有数据源 {code}；用 zhengtong intake status 查看。"
    en = "There is no source {code}; see zhengtong intake status."


class SmtlsAbsent(errors.Unavailable):
    zh = "国密 TLS 入口需要 pyOpenSSL：请执行 pip install 'zhengtong[smtls]'。"
    en = "The 国密 TLS front needs pyOpenSSL: pip install 'zhengtong[smtls]'."


class SmtlsCertificate(errors.Invalid):
    zh = "用不了 {key} 与 {chain}（{reason}）；两者须是同一张 SM2 证书的私钥与证书链（PEM）。"
    en = "{key} and {chain} cannot be used ({reason}); they must be key and chain (PEM) of one SM2 certificate."


class AuthorityAbsent(errors.NotFound):
    zh = "{folder} 里没有 CA；请先运行 zhengtong ca new {folder}。"
    en = "There is no authority in {folder}; run zhengtong ca new {folder} first."


class AuthorityThere(errors.Conflict):
    zh = "{folder} 里已有 CA，不会覆盖；请换一个目录。"
    en = "{folder} holds an authority already and is left as it is; choose another folder."


class NoSuchCertificate(errors.NotFound):
    zh = "没有序列号 {serial} 的证书；用 zhengtong ca list 查看。"
    en = "There is no certificate {serial}; see zhengtong ca list."


class HostNeeded(errors.Invalid):
    zh = "服务器证书须写明域名或 IP：--host zt.example；给调用方的证书请加 --client。"
    en = "A server's certificate needs its host names: --host zt.example; for a caller add --client."


class AddressWrong(errors.Invalid):
    zh = "{address} 不是监听地址；请写成 127.0.0.1:26658 的样子。"
    en = "{address} is no address to listen on; write it like 127.0.0.1:26658."


class VoterUnreadable(errors.Invalid):
    zh = "{voter} 看不懂；请写成 部门名=公钥，每个部门一次。"
    en = "{voter} cannot be read; write name=key, once for each department."


class FileThere(errors.Conflict):
    zh = "{file} 已存在，不会覆盖；请换一个名字，或先移走它。"
    en = "{file} is there already and is left as it is; choose another name, or move it away first."


class NoSuchDepartment(errors.NotFound):
    zh = "没有部门 {name}；请写部门的全称或统一社会信用代码。"
    en = "There is no department {name}; give its full name or its credit code."


class DemoNotServed(errors.Refused):
    zh = "{folder} 里是演示城市，帐号和密码人人可见，只能在本机打开：请用 zhengtong demo，或把 kernel.host 改回 127.0.0.1。"
    en = "{folder} holds a demo city whose accounts are known to all; it opens on this machine only: use zhengtong demo, or set kernel.host to 127.0.0.1."


class CityAway(errors.Unavailable):
    zh = "连不上平台 {url}：{why}。请核对网址与网络。"
    en = "The city at {url} cannot be reached: {why}. Check the address and the network."


class RestoreUnfinished(errors.Conflict):
    zh = "{folder} 的恢复没有完成，不能启动；请再运行一次 zhengtong restore {source}。"
    en = "The restoration into {folder} was not finished, so it cannot be started; run zhengtong restore {source} once more."
