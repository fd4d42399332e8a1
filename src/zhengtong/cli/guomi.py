"""The commands of `zhengtong ca`, and `zhengtong smtls`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhengtong.cli import words

if TYPE_CHECKING:
    from zhengtong.engines.crypto import Crypto

Folder = Annotated[Path, typer.Argument(help="CA 的目录 · the authority's folder", show_default=False)]


def group() -> typer.Typer:
    made = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    for name, command in (("new", new), ("issue", issue), ("revoke", revoke), ("list", list_issued)):
        made.command(name)(command)
    return made


def new(
    folder: Folder,
    name: Annotated[str, typer.Option("--name", help="CA 的名称 · the authority's name")] = "政通 SM2 CA",
) -> None:
    """建立一个签发 SM2 证书的 CA · Make an authority that issues SM2 certificates."""
    from zhengtong.cli.authority import Authority
    from zhengtong.kernel import clock

    Authority.new(_crypto(), folder, name, now=clock.now())
    words.tell(f"已建立 {folder}。ca.key 是 CA 的私钥，请离线保存。", f"{folder} was made. Keep its ca.key offline.")


def issue(
    folder: Folder,
    name: Annotated[str, typer.Argument(help="持有者名称 · whom it is for", show_default=False)],
    host: Annotated[list[str] | None, typer.Option("--host", help="域名或 IP，可多次 · host name or IP")] = None,
    client: Annotated[bool, typer.Option("--client", help="给调用方（双向认证） · for a caller")] = False,
    days: Annotated[int, typer.Option("--days", min=1, max=1826, help="有效天数 · days it lasts")] = 365,
) -> None:
    """签发一张证书 · Issue a certificate with its key."""
    from zhengtong.cli.authority import Authority, Wanted
    from zhengtong.cli.errors import HostNeeded
    from zhengtong.kernel import clock

    if not host and not client:
        raise HostNeeded()
    wanted = Wanted(name, tuple(host or ()), client, days)
    one, key, chain = Authority(_crypto(), folder).issue(wanted, now=clock.now())
    words.tell(f"已签发 {one.serial}，至 {one.ends[:10]}：", f"Issued {one.serial}, until {one.ends[:10]}:")
    print(f"  {key}\n  {chain}", flush=True)


def revoke(
    folder: Folder,
    serial: Annotated[str, typer.Argument(help="证书序列号 · the certificate's serial", show_default=False)],
) -> None:
    """撤销一张证书并更新撤销列表 · Revoke a certificate and publish the list anew."""
    from zhengtong.cli.authority import Authority
    from zhengtong.kernel import clock

    one = Authority(_crypto(), folder).revoke(serial, now=clock.now())
    words.tell(
        f"已撤销 {one.name} 的证书；{folder / 'crl.pem'} 已更新，30 天内有效。重启 smtls 后生效。",
        f"The certificate of {one.name} is revoked; {folder / 'crl.pem'} is new and holds 30 days. Restart smtls.",
    )


def list_issued(folder: Folder) -> None:
    """签发过的证书 · The certificates issued."""
    from zhengtong.cli.authority import Authority

    for one in Authority(_crypto(), folder).issued:
        state = words.say(f"已撤销 {one.revoked[:10]}", f"revoked {one.revoked[:10]}") if one.revoked else one.ends[:10]
        print(f"{one.serial}  {one.use:6}  {state}  {one.name}  {' '.join(one.names)}")


def smtls(
    key: Annotated[Path, typer.Option("--key", help="SM2 私钥 · SM2 key (PEM)", show_default=False)],
    chain: Annotated[Path, typer.Option("--chain", help="证书链 · certificate chain (PEM)", show_default=False)],
    listen: Annotated[str, typer.Option("--listen", help="监听 · where to listen")] = "127.0.0.1:8643",
    to: Annotated[str, typer.Option("--to", help="政通的地址 · the city's own port")] = "127.0.0.1:8600",
    clients: Annotated[
        Path | None, typer.Option("--clients", help="要求调用方出示此 CA 的证书 · CA of callers' certificates")
    ] = None,
    revoked: Annotated[Path | None, typer.Option("--revoked", help="撤销列表 · revocation list (PEM)")] = None,
    connections: Annotated[int, typer.Option("--connections", min=1, help="同时连接上限 · most connections")] = 1_000,
    body_mb: Annotated[int, typer.Option("--body-mb", min=1, help="正文上限 MB · largest body, MB")] = 64,
) -> None:
    """国密 TLS 入口（RFC 8998），转给政通 · The 国密 TLS front, forwarding to the city."""
    from zhengtong.cli.smtls import Asked, front

    (host, port), (to_host, to_port) = _address(listen), _address(to)
    front(Asked(host, port, to_host, to_port, key, chain, clients, revoked, connections, body_mb))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.removeprefix("http://").rstrip("/").rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise typer.BadParameter(f"{text}: host:port")
    return host.strip("[]"), int(port)


def _crypto() -> "Crypto":
    from zhengtong import engines
    from zhengtong.engines.crypto import CryptoSettings

    return engines.open_crypto(CryptoSettings())
