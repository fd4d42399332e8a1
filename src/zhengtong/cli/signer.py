"""`signer keys | run`: a department keeps its signing key on its own machine; this shows what is to be signed, and signs it."""

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from zhengtong.cli import words

if TYPE_CHECKING:
    from zhengtong.engines.crypto import Crypto, PrivateKey

Folder = Annotated[Path, typer.Option("--folder", help="签名程序的目录（密钥） · the signer's folder")]
FOLDER = Path("signer")
KEY = "signer.key"
PAUSE_S = 3.0


def group() -> typer.Typer:
    """The group of commands."""
    made = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    made.command("keys")(keys)
    made.command("run")(run)
    return made


def keys(folder: Folder = FOLDER) -> None:
    """显示（首次则生成）本部门的公钥，在成员页登记 · The department's public key, made on first use: put it on the members page."""
    print(_key(folder, _crypto()).public.to_hex())


def run(
    url: Annotated[str, typer.Option("--url", help="平台网址 · the city's address")],
    department: Annotated[UUID, typer.Option("--department", help="本部门编号 · the department's id")],
    folder: Folder = FOLDER,
    once: Annotated[bool, typer.Option("--once", help="办完现有的就退出 · end when nothing waits")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="不再逐件询问 · sign without asking")] = False,
) -> None:
    """等待要签的文件，逐件显示，确认后才签 · Wait for what is to be signed; show each, sign it when confirmed."""
    crypto = _crypto()
    key = _key(folder, crypto)
    place = f"{url.rstrip('/')}/api/v1/ledger/signer/{department}"
    words.tell(
        "签名程序已连接，等待待签文件（Ctrl-C 结束）。", "The signer waits for what is to be signed (Ctrl-C ends it)."
    )
    while True:
        for request in _call("GET", place, params=_greeting(department, key, crypto)):
            _answer(place, request, department, key, crypto, yes=yes)
        if once:
            return
        time.sleep(PAUSE_S)


def _answer(place: str, request: Any, department: UUID, key: "PrivateKey", crypto: "Crypto", *, yes: bool) -> None:
    from zhengtong.sharing import ledger

    payload = bytes.fromhex(request["payload"])
    words.tell(
        f"\n{request['asked_by_name']} 请签：{request['about']}\n  SM3 {ledger.sm3(payload).hex()}，{len(payload)} 字节",
        f"\n{request['asked_by_name']} asks to sign: {request['about']}\n  SM3 {ledger.sm3(payload).hex()}, {len(payload)} bytes",
    )
    print(payload.decode(errors="backslashreplace"))
    if yes or typer.confirm(words.say("以本部门密钥签署？", "Sign it with the department's key?")):
        body: dict[str, Any] = {"signature": crypto.sign(key, ledger.message_of(payload)).hex()}
    else:
        body = dict(_greeting(department, key, crypto))
    told = _call("POST", f"{place}/{request['id']}", json=body)
    words.tell("已签署。" if told["state"] == "signed" else "未签，已告知平台。", told["state"])


def _greeting(department: UUID, key: "PrivateKey", crypto: "Crypto") -> dict[str, Any]:
    from zhengtong.kernel import clock
    from zhengtong.sharing import ledger

    at = int(clock.now().timestamp())
    return {"at": at, "greeting": crypto.sign(key, ledger.greeting(ledger.member_of(department), at)).hex()}


def _call(method: str, url: str, **given: Any) -> Any:
    """The answer's JSON. Raises CityAway."""
    import httpx

    from zhengtong.cli.errors import CityAway

    try:
        answered = httpx.request(method, url, timeout=30, **given)
    except (httpx.HTTPError, httpx.InvalidURL) as away:
        raise CityAway(url=url, why=str(away) or type(away).__name__) from away
    if answered.status_code >= 400:
        raise CityAway(url=url, why=f"HTTP {answered.status_code} {answered.text[:300]}")
    return answered.json()


def _key(folder: Path, crypto: "Crypto") -> "PrivateKey":
    file = folder / KEY
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            json.dump({"sm2": crypto.new_key().scalar.hex()}, new)
            new.flush()
            os.fsync(new.fileno())
    return crypto.private_key(bytes.fromhex(json.loads(file.read_text("utf-8"))["sm2"]))


def _crypto() -> "Crypto":
    from zhengtong import engines
    from zhengtong.engines.crypto import CryptoSettings

    return engines.open_crypto(CryptoSettings())
