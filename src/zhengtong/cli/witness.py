"""`witness keys | run | status`: a department's own witness of the city's ledger; what it does stands in `witness_serving`."""

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhengtong.cli import words

Folder = Annotated[Path, typer.Option("--folder", help="见证人的目录（密钥与留存） · the witness's folder")]
Name = Annotated[str, typer.Option("--name", help="见证人名，无空格 · its name, without spaces")]
FOLDER, NICE = Path("witness"), 10

if TYPE_CHECKING:
    from zhengtong.engines.crypto import Crypto


def group() -> typer.Typer:
    """The group of commands."""
    made = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    made.command("keys")(keys)
    made.command("run")(run)
    made.command("status")(status)
    return made


def keys(folder: Folder = FOLDER, name: Name = "witness") -> None:
    """显示（首次则生成）见证人的公钥，交给数据局登记 · The witness's public keys, made on first use: give them to the bureau."""
    from zhengtong.cli import witness_store

    for key in witness_store.identity_in(folder, name, _crypto()).keys:
        print(key)


def run(
    log_key: Annotated[
        list[str],
        typer.Option("--log-key", help="账本公钥，可多次（账本页上可抄） · the ledger's verifier key, may be repeated"),
    ],
    folder: Folder = FOLDER,
    name: Name = "witness",
    host: Annotated[str, typer.Option("--host", help="监听地址 · address to bind")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="端口 · port")] = 8650,
    beside: Annotated[int, typer.Option("--beside", hidden=True)] = 0,
) -> None:
    """看着账本：只为接得上的检查点共签，见到分叉就留证告警 · Co-sign what continues what was seen; keep the evidence of a fork."""
    if beside:
        os.nice(NICE)  # three of them start beside the city: it comes first
        threading.Thread(target=_end_with, args=(beside,), daemon=True).start()
    from zhengtong.cli import witness_serving, witness_store
    from zhengtong.sharing import ledger

    crypto = _crypto()
    identity = witness_store.identity_in(folder, name, crypto)
    witness = witness_serving.Witness(folder, identity, [ledger.Key.of(one) for one in log_key], crypto)
    server = witness_serving.server_of(witness, host, port)
    told = f"http://{host}:{server.server_address[1]}"
    words.tell(
        f"见证人 {identity.name} 在 {told}，见证 {witness.origin}",
        f"Witness {identity.name} of {witness.origin} at {told}",
    )
    server.serve_forever()


def status(folder: Folder = FOLDER) -> None:
    """已共签到哪里，有无告警（有则退出码 1） · How far it has signed, and every alarm (then exit code 1)."""
    from datetime import UTC, datetime

    from zhengtong.cli import witness_store

    store = witness_store.Store(folder)
    for origin, size, at in store.seen():
        when = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        words.tell(f"{origin}：已共签 {size} 条（{when}）", f"{origin}: co-signed {size} entries ({when})")
    alarms = store.alarms()
    for alarm in alarms:
        words.tell(f"告警 {alarm.kind}：", f"Alarm {alarm.kind}:")
        print(f"{alarm.kept}\n--\n{alarm.shown}")
    raise typer.Exit(1 if alarms else 0)


def _end_with(parent: int) -> None:
    """A demo's witness does not outlive the demo, however and however soon that ends."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def _crypto() -> "Crypto":
    from zhengtong import engines
    from zhengtong.engines.crypto import CryptoSettings

    return engines.open_crypto(CryptoSettings())
