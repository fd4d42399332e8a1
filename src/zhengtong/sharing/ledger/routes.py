"""Where the ledger is reached."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic_core import to_json
from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.engines.chain import Chain
from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.kernel import assets, clock, jobs, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.sharing.ledger import errors, schemas
from zhengtong.sharing.ledger.actions import keys, members, signing
from zhengtong.sharing.ledger.actions.rounds import CHECKPOINT, COSIGN
from zhengtong.sharing.ledger.permissions import EXPORT, KEYS, MANAGE, READ
from zhengtong.sharing.ledger.queries import checkpoints, exports, pages, trees
from zhengtong.sharing.ledger.queries.keys import origin_of
from zhengtong.sharing.ledger.settings import Ledger
from zhengtong.sharing.ledger.tables import (
    LedgerAlarm,
    LedgerCheckpoint,
    LedgerEntry,
    LedgerKey,
    LedgerSealRequest,
    LedgerWitness,
)

routes = web.Routes("ledger", group="sharing")
Wanted = Annotated[str, Path(max_length=40, description="place on the ledger, or id")]
Size = Annotated[int, Query(ge=0, lt=2**53)]


@routes.get("/ledger", needs=READ)
def read_ledger(session: Session, actor: Actor, settings: Given[Settings], chain: Given[Chain]) -> schemas.LedgerOut:
    """The ledger at a glance: size, root, newest checkpoint, the open window, the chain."""
    return pages.overview(session, actor, origin=origin_of(settings), needed=_needed(settings), chain=chain)


@routes.get("/ledger/checkpoints", needs=READ)
def list_checkpoints(
    session: Session, page: web.PageArgs, settings: Given[Settings]
) -> web.Page[schemas.CheckpointOut]:
    """Checkpoints, the newest first, with who co-signed them."""
    found = web.paginate(
        session,
        select(LedgerCheckpoint),
        page,
        sort={"-number": LedgerCheckpoint.number},
        key=LedgerCheckpoint.number,
        item=lambda row: row,
    )
    lines = pages.checkpoint_lines(session, found.items, _needed(settings))
    return web.Page[schemas.CheckpointOut](items=lines, next=found.next, total=found.total)


@routes.post("/ledger/checkpoints", needs=MANAGE, status=202)
def make_checkpoint(session: Session) -> None:
    """Sign the ledger as it stands, now; the witnesses are asked."""
    jobs.enqueue(session, CHECKPOINT, key=CHECKPOINT.name)


@routes.get("/ledger/checkpoints/{number}", needs=READ)
def read_checkpoint(session: Session, number: int, settings: Given[Settings]) -> schemas.CheckpointFull:
    """A checkpoint as a C2SP note with every co-signature."""
    row = checkpoints.get_checkpoint(session, number)
    line = pages.checkpoint_lines(session, [row], _needed(settings))[0]
    return schemas.CheckpointFull(**line.model_dump(), note=checkpoints.full_note(session, row))


@routes.get("/ledger/consistency", needs=READ)
def read_consistency(session: Session, old: Size, new: Size) -> schemas.ConsistencyOut:
    """What shows that the first `old` entries stand unchanged among the first `new`."""
    path = trees.consistency(session, old, new)
    roots = [trees.root_at(session, size).hex() for size in (old, new)]
    told = [one.hex() for one in path]
    return schemas.ConsistencyOut(old=old, new=new, old_root=roots[0], new_root=roots[1], path=told)


@routes.get("/ledger/entries", needs=READ)
def list_entries(
    session: Session,
    page: web.PageArgs,
    type: Annotated[str | None, Query(max_length=40, description="type, or what types begin with")] = None,
    about: Annotated[str | None, Query(max_length=80, description="id of an agreement, item or member")] = None,
) -> web.Page[schemas.EntryLine]:
    """Entries, the newest first; by type, by what they are about."""
    names: dict[str, tuple[str, str]] = {}
    return web.paginate(
        session,
        pages.find_entries(type=type, about=about),
        page,
        sort={"-index": LedgerEntry.index},
        key=LedgerEntry.index,
        item=lambda row: pages.entry_line(session, row, names),
    )


@routes.get("/ledger/entries/{wanted}", needs=READ)
def read_entry(session: Session, wanted: Wanted, settings: Given[Settings]) -> schemas.LedgerEntryOut:
    """One entry by its place or its id, and the checkpoint that proves it."""
    return pages.entry_out(session, pages.entry_by(session, wanted), needed=_needed(settings))


@routes.get("/ledger/entries/{wanted}/receipt", needs=READ)
def read_receipt(session: Session, wanted: Wanted, settings: Given[Settings]) -> Response:
    """The entry as a receipt file that anybody can verify offline."""
    row = pages.entry_by(session, wanted)
    told = checkpoints.receipt_bundle(session, row.index, origin=origin_of(settings), needed=_needed(settings))
    if told is None:
        raise errors.EntryNotFound()
    headers = {"Content-Disposition": f'attachment; filename="receipt-{row.index}.json"'}
    return Response(to_json(told, indent=1), media_type="application/json", headers=headers)


@routes.get("/ledger/export", needs=EXPORT)
def export_ledger(actor: Actor, database: Database, settings: Given[Settings]) -> StreamingResponse:
    """The whole ledger as a file (JSON lines) that `verify.py` checks by itself."""

    def lines() -> Iterator[bytes]:
        with database.read() as session:
            yield from exports.export_lines(session, origin=origin_of(settings), needed=_needed(settings))

    headers = {"Content-Disposition": 'attachment; filename="ledger.jsonl"'}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)


@routes.get("/ledger/verifier", needs=web.PUBLIC)
def read_verifier() -> Response:
    """The auditor's own program: one Python file that needs nothing else."""
    headers = {"Content-Disposition": 'attachment; filename="verify.py"'}
    return Response((assets.path("tools") / "verify.py").read_bytes(), media_type="text/x-python", headers=headers)


@routes.get("/ledger/members", needs=READ)
def list_members(session: Session, actor: Actor) -> list[schemas.MemberOut]:
    """Members and their keys: which, since when, who keeps them."""
    return pages.members(session, actor)


@routes.post("/ledger/members", needs=MANAGE, status=201)
def add_member(
    session: Session, actor: Actor, body: schemas.NewMember, keyring: Given[Keyring], crypto: Given[Crypto]
) -> None:
    """Make a department a member, with a key kept here until it brings its own."""
    members.add_member(session, actor, body.department_id, keyring=keyring, crypto=crypto, now=clock.now())


@routes.post("/ledger/members/{department_id}/key", needs=KEYS, status=201)
def rotate_key(
    session: Session,
    actor: Actor,
    department_id: UUID,
    body: schemas.NewMemberKey,
    keyring: Given[Keyring],
    crypto: Given[Crypto],
) -> None:
    """Put a new key in the place of a department's present one; its own, when `public` is given."""
    public = bytes.fromhex(body.public) if len(body.public) % 2 == 0 else b"\0"
    keys.rotate_key(
        session, actor, department_id, public=public or None, keyring=keyring, crypto=crypto, now=clock.now()
    )


@routes.post("/ledger/keys/{key_id}/revoke", needs=web.SIGNED_IN)
def revoke_key(session: Session, actor: Actor, key_id: str, body: schemas.Revocation) -> None:
    """Say on the ledger that a key is no longer to be believed."""
    key = session.scalar(select(LedgerKey).where(LedgerKey.key_id == key_id, LedgerKey.member != "city"))
    if key is None:
        raise errors.MemberUnknown()
    keys.revoke_key(session, actor, key, reason=body.reason, now=clock.now())


@routes.get("/ledger/witnesses", needs=READ)
def list_witnesses(session: Session) -> list[schemas.WitnessOut]:
    """The witnesses, how far each has signed, and what troubles it."""
    size = trees.head(session).size
    return [pages.witness_out(row, size) for row in checkpoints.witnesses(session, active=False)]


@routes.post("/ledger/witnesses", needs=MANAGE, status=201)
def add_witness(session: Session, actor: Actor, body: schemas.NewWitness) -> schemas.WitnessOut:
    """Name a witness: its address and the keys that it shows."""
    row = members.add_witness(
        session,
        actor,
        name=body.name,
        url=body.url,
        verifier_keys=body.keys,
        department_id=body.department_id,
        now=clock.now(),
    )
    jobs.enqueue(session, COSIGN, key=COSIGN.name)
    return pages.witness_out(row, trees.head(session).size)


@routes.patch("/ledger/witnesses/{witness_id}", needs=MANAGE)
def change_witness(session: Session, actor: Actor, witness_id: UUID, body: schemas.WitnessChange) -> schemas.WitnessOut:
    """Ask a witness no more, or again."""
    row = session.get(LedgerWitness, witness_id)
    if row is None:
        raise errors.WitnessNotFound()
    members.change_witness(session, actor, row, active=body.active, now=clock.now())
    return pages.witness_out(row, trees.head(session).size)


@routes.get("/ledger/alarms", needs=READ)
def list_alarms(session: Session, page: web.PageArgs) -> web.Page[schemas.LedgerAlarmOut]:
    """Alarms with their evidence, the newest first."""
    statement = select(LedgerAlarm)
    sort = {"-at": LedgerAlarm.at}
    return web.paginate(session, statement, page, sort=sort, key=LedgerAlarm.id, item=pages.alarm_out)


@routes.post("/ledger/alarms/{alarm_id}/seen", needs=MANAGE)
def see_alarm(session: Session, actor: Actor, alarm_id: UUID) -> schemas.LedgerAlarmOut:
    """Note that an alarm has been seen to; it stays, with its evidence."""
    row = session.get(LedgerAlarm, alarm_id)
    if row is None:
        raise errors.AlarmNotFound()
    members.see_alarm(session, actor, row, now=clock.now())
    return pages.alarm_out(row)


@routes.get("/ledger/signer/{department_id}", needs=web.PUBLIC)
def read_waiting_seals(
    session: Session,
    department_id: UUID,
    crypto: Given[Crypto],
    settings: Given[Settings],
    at: int,
    greeting: Annotated[str, Query(pattern=r"^[0-9a-f]{128}$")],
) -> list[schemas.SealRequestOut]:
    """What waits for a department's own signer, which its key makes known."""
    _recognise(session, department_id, at, greeting, crypto, settings)
    waiting = (LedgerSealRequest.department_id == department_id, LedgerSealRequest.state == "waiting")
    rows = session.scalars(select(LedgerSealRequest).where(*waiting).order_by(LedgerSealRequest.asked_at))
    return [pages.seal_request_out(row) for row in rows]


@routes.post("/ledger/signer/{department_id}/{request_id}", needs=web.PUBLIC)
def answer_seal(
    session: Session,
    department_id: UUID,
    request_id: UUID,
    body: schemas.SignatureIn,
    crypto: Given[Crypto],
    settings: Given[Settings],
) -> schemas.SealRequestOut:
    """Take what the department's signer has signed, or that its officer did not."""
    row = session.get(LedgerSealRequest, request_id)
    if row is None or row.department_id != department_id or row.state != "waiting":
        raise errors.SealRequestNotFound()
    if body.signature:
        signing.take_signature(session, row, bytes.fromhex(body.signature), crypto=crypto, now=clock.now())
    else:
        _recognise(session, department_id, body.at, body.greeting, crypto, settings)
        signing.refuse_signature(session, row, now=clock.now())
    return pages.seal_request_out(row)


def _recognise(
    session: Session, department_id: UUID, at: int, greeting: str, crypto: Crypto, settings: Settings
) -> None:
    signing.recognise(
        session,
        department_id,
        at,
        bytes.fromhex(greeting),
        crypto=crypto,
        now=clock.now(),
        clock_s=settings.of(Ledger).signer_clock_s,
    )


def _needed(settings: Settings) -> int:
    return settings.of(Ledger).witnesses_needed
