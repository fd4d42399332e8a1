"""A file is made: read, masked, put in its recipient's order, allowed and receipted, sealed, and only then there to be fetched."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from zhengtong.engines.crypto import Crypto, Keyring, PublicKey, Purpose, random
from zhengtong.engines.files import Files
from zhengtong.engines.lake import Lake, TableAbsent
from zhengtong.kernel import errors as families
from zhengtong.kernel import jobs
from zhengtong.kernel.settings import Settings
from zhengtong.office import identity
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions import copying, telling
from zhengtong.sharing.gateway.actions.committing import Answer, Item, Message
from zhengtong.sharing.gateway.actions.committing.pending import masks_of
from zhengtong.sharing.gateway.actions.exchange import preparing
from zhengtong.sharing.gateway.actions.exchange.governing import receipt_of
from zhengtong.sharing.gateway.actions.exchange.preparing import BATCH, NUMBER, Leaving
from zhengtong.sharing.gateway.actions.exchange.running import follow_contracts
from zhengtong.sharing.gateway.actions.filing import formats
from zhengtong.sharing.gateway.actions.serving import Gateway, Wanted
from zhengtong.sharing.gateway.rules import sealing, watermark
from zhengtong.sharing.gateway.rules.exchanging import ROW
from zhengtong.sharing.gateway.settings import Gateway as GatewaySettings
from zhengtong.sharing.gateway.tables import SentFile

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "deliveries"
SUBJECTS_AT_ONCE, WAITS_FOR_RATE = 400, 60
WAITING, READY, FAILED, EXPIRED = "waiting", "ready", "failed", "expired"


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of a file as they leave, and the source's rows they are from."""

    rows: "pa.Table"
    named: list[set[str]]
    marks: list[str]
    version: int


def make_file(run: jobs.Run, *, file_id: str) -> None:
    """This will make the file, or write down why it cannot be."""
    with run.read() as session:
        file = session.get(SentFile, UUID(file_id))
        if file is None or file.state != WAITING:
            return
        source = copying.source_of(session, file.item_id)
        key = identity.sealing_key_of(session, file.system_id, now=run.now())
        follow_contracts(session, run.given(Gateway))
    try:
        if key is None:
            raise errors.RecipientKeyless()
        contract = run.given(Gateway).committer.snapshot().find(file.agreement)
        if source is None or contract is None:
            raise errors.ItemNotServed(agreement=file.agreement, item=file.item_code)
        how = _leaving(run, file, source, contract.terms)
        made = _made(run, file, source, how)
        keyed = keyed_of(file, run.given(Crypto), run.given(Keyring))
        ordered = _in_its_order(made, file, keyed)
        about = {"file": file.id.hex, "agreement": file.agreement, "item": file.item_code}
        plain = formats.written(ordered, file.format, run.given(Files), about)
        receipts = _receipted(run, file, how, made, plain)
        _finish(run, file, made, plain, receipts, PublicKey.from_hex(key.public_key), key.fingerprint)
    except families.Problem as problem:
        _note(run, file.id, state=FAILED, trouble={"zh": problem.say("zh"), "en": problem.say("en")})


def keyed_of(file: SentFile, crypto: Crypto, keyring: Keyring) -> watermark.Keyed:
    """HMAC-SM3 with the file's own key."""
    key = keyring.open(Purpose.CREDENTIALS, file.mark_key, file.id.bytes)
    return lambda data: crypto.hmac_sm3(key, data)


def path_of(settings: Settings, file_id: UUID) -> Path:
    """Where the sealed file lies."""
    return settings.kernel.data / FOLDER / f"{file_id.hex}.ztf"


def _leaving(run: jobs.Run, file: SentFile, source: copying.Source, terms: agreements.Terms) -> Leaving:
    item, crypto = file.item_id.hex, run.given(Crypto)
    rules = [one for one in terms.rows if one.item in ("", item)]
    return Leaving(
        fields=source.fields,
        masks=dict(terms.fields.get(item, {})),
        pseudonym=run.given(Gateway).answerer.pseudonym(file.agreement),
        keyed=crypto.sm3,
        blocks=crypto.sm4_blocks,
        rows=preparing.condition(rules, source.fields),
    )


def _made(run: jobs.Run, file: SentFile, source: copying.Source, how: Leaving) -> Made:
    """The rows. Raises NothingLanded, FileTooLong."""
    import pyarrow as pa

    lake, most = run.given(Lake), run.given(Settings).of(GatewaySettings).file_rows
    try:
        version = lake.version(source.table)
    except TableAbsent:
        raise errors.NothingLanded(item=file.item_code) from None
    data = lake.dataset(source.table, version=version)
    known = {one.name: one for one in how.fields}
    count = data.count_rows(filter=how.rows)
    if count > most:
        raise errors.FileTooLong(rows=count, limit=most)
    rows = data.to_table(columns=[name for name in how.needed if name in data.schema.names], filter=how.rows)
    for name in (one for one in how.needed if one not in rows.column_names):
        rows = rows.append_column(name, pa.nulls(rows.num_rows, preparing.arrow_type(known[name])))
    rows = rows.sort_by([(BATCH, "ascending"), (NUMBER, "ascending")])
    groups = [rows.slice(at, SUBJECTS_AT_ONCE) for at in range(0, max(rows.num_rows, 1), SUBJECTS_AT_ONCE)]
    named = [preparing.subjects(group, how) for group in groups]
    left = preparing.leaving(rows, how).drop_columns([ROW])
    keys = [one.name for one in how.fields if one.key and one.name in left.column_names]
    return Made(left, named if any(named) else [], keys or left.column_names, version)


def _in_its_order(made: Made, file: SentFile, keyed: watermark.Keyed) -> "pa.Table":
    """The rows and the file's choice of the agreed decoys, in the file's order. No value is changed."""
    import pyarrow as pa

    rows = made.rows
    pool = [decoy_mark(one, made.marks) for one in file.decoys]
    own = [file.decoys[place] for place in watermark.own_decoys(pool, keyed)]
    if own:
        columns = {name: [row.get(name) for row in own] for name in rows.column_names}
        casts = [pa.array(columns[one.name], pa.string()).cast(one.type) for one in rows.schema]
        rows = pa.concat_tables([rows, pa.table(casts, schema=rows.schema)])
    return rows.take(watermark.order_of(marks_of(rows, made.marks), keyed))


def marks_of(rows: "pa.Table", names: list[str]) -> list[bytes]:
    """The mark of each row."""
    columns = [rows[name].to_pylist() for name in names]
    return [watermark.mark_of(map(formats.shown, values)) for values in zip(*columns, strict=True)]


def decoy_mark(decoy: dict[str, Any], names: list[str]) -> bytes:
    return watermark.mark_of(formats.shown(decoy.get(name)) for name in names)


def _receipted(run: jobs.Run, file: SentFile, how: Leaving, made: Made, plain: bytes) -> list[UUID]:
    """Receipts for the whole file: one, or where rows name persons one for each group of rows. Raises CallRefused."""
    gateway, crypto = run.given(Gateway), run.given(Crypto)
    count = made.rows.num_rows
    before = gateway.decide_ahead(_request(run, file, how, max(count, 1)))
    if not before.allowed:
        raise errors.CallRefused(condition=before.code, why=before.why, remedy=before.remedy, receipt="")
    digest, receipts = crypto.sm3(plain).hex(), []
    for number, named in enumerate(made.named or [set()]):
        size = min(SUBJECTS_AT_ONCE, count - number * SUBJECTS_AT_ONCE) if made.named else count
        told = f"{file.id.hex}.{number}.{digest}".encode()
        subjects = tuple(sorted({gateway.answerer.subject(one) for one in named}))
        answer = Answer(told, size, str(made.version), subjects, media_type="text/plain")
        receipts.append(_one_receipt(run, file, how, answer, number))
    return receipts


def _one_receipt(run: jobs.Run, file: SentFile, how: Leaving, answer: Answer, number: int) -> UUID:
    pause, gateway = threading.Event(), run.given(Gateway)

    def given(decision: agreements.Decision) -> Answer:
        if masks_of(decision) != {name: mask for name, mask in how.masks.items() if mask != "omit"}:
            raise errors.ContractChanged()
        return answer

    for _ in range(WAITS_FOR_RATE):
        now = run.now()
        message = Message(f"{file.id.hex}.{number}", now, 0)
        item = Item(file.item_code, file.item_id, file.provider_id)
        wanted = Wanted(_request(run, file, how, max(answer.rows, 1)), item, message, given)
        outcome = gateway.settle([wanted])[0]
        if not isinstance(outcome.problem, errors.RateExceeded):
            return receipt_of(outcome)
        pause.wait(outcome.problem.retry_after_s or 1)
    raise errors.RateExceeded(rate=1, retry_after_s=60)


def _request(run: jobs.Run, file: SentFile, how: Leaving, keys: int) -> agreements.CallRequest:
    return agreements.CallRequest(
        agreement=file.agreement,
        item_id=file.item_id.hex,
        operation="file",
        fields=tuple(name for name, mask in how.masks.items() if mask != "omit"),
        purpose=file.purpose,
        department_id=file.consumer_id.hex,
        at=run.now(),
        case_number=file.case_number,
        system_id=file.system_id.hex,
        keys=keys,
    )


def _finish(
    run: jobs.Run, file: SentFile, made: Made, plain: bytes, receipts: list[UUID], to: PublicKey, fingerprint: str
) -> None:
    crypto, settings, now = run.given(Crypto), run.given(Settings), run.now()
    key = random(16)
    header = {
        "file": file.id.hex,
        "agreement": file.agreement,
        "item": file.item_code,
        "name": f"{file.item_code}-{now:%Y%m%d}.{file.format}",
        "content": file.format,
        "rows": made.rows.num_rows,
        "recipient": str(file.system_id),
        "key": fingerprint,
        "wrapped": crypto.encrypt(to, key).hex(),
        "plain": crypto.sm3(plain).hex(),
        "receipts": [str(one) for one in receipts],
        "made_at": now.isoformat(),
    }
    pieces = sealing.sealed(header, sealing.pieces_of(plain), _sealer(crypto, key), crypto.sm3)
    size, digest = _kept(path_of(settings, file.id), pieces, crypto)
    _note(
        run,
        file.id,
        state=READY,
        rows=made.rows.num_rows,
        marks=made.marks,
        lake_version=made.version,
        receipt_id=receipts[0],
        key_fingerprint=fingerprint,
        size=size,
        digest=digest,
        made_at=now,
        expires_at=now + timedelta(days=settings.of(GatewaySettings).file_days),
    )


def _sealer(crypto: Crypto, key: bytes) -> Callable[[bytes, bytes], bytes]:
    return lambda plain, about: crypto.sm4_seal(key, plain, about)


def _kept(path: Path, pieces: Iterator[bytes], crypto: Crypto) -> tuple[int, str]:
    """Whole or not at all; returns its size and digest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    beside, size = Path(name), 0
    try:

        def through() -> Iterator[bytes]:
            nonlocal size
            with os.fdopen(handle, "wb") as out:
                for piece in pieces:
                    size += out.write(piece)
                    yield piece
                out.flush()
                os.fsync(out.fileno())

        digest = crypto.sm3_of(through()).hex()
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return size, digest


def _note(run: jobs.Run, file_id: UUID, **facts: Any) -> None:
    with run.write() as session:
        file = session.get_one(SentFile, file_id, with_for_update=True)
        for name, value in facts.items():
            setattr(file, name, value)
        if file.state in (READY, FAILED) and "state" in facts:
            telling.tell_of_file(session, file, now=run.now())


MAKE_FILE = jobs.Job("gateway.make_file", make_file, steps=True, retries=3)
