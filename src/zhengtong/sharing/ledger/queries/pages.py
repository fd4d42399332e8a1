"""What the pages are shown."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from zhengtong.engines.chain import Chain
from zhengtong.kernel.actor import Actor
from zhengtong.office import identity
from zhengtong.sharing.ledger import errors, schemas
from zhengtong.sharing.ledger.permissions import KEYS, MANAGE, abilities
from zhengtong.sharing.ledger.queries import checkpoints, states, trees
from zhengtong.sharing.ledger.queries.keys import log_keys
from zhengtong.sharing.ledger.rules import CITY, Entry
from zhengtong.sharing.ledger.rules.states import CONTRACTS, MEMBERS
from zhengtong.sharing.ledger.tables import (
    LedgerAlarm,
    LedgerCheckpoint,
    LedgerCosignature,
    LedgerEntry,
    LedgerKey,
    LedgerSealRequest,
    LedgerState,
    LedgerWitness,
)

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def overview(session: Session, actor: Actor, *, origin: str, needed: int, chain: Chain) -> schemas.LedgerOut:
    """The ledger at a glance."""
    head, last = trees.head(session), checkpoints.latest(session)
    asked = checkpoints.witnesses(session)
    return schemas.LedgerOut(
        origin=origin,
        size=head.size,
        root=head.root.hex(),
        contract_seq=head.contract_seq,
        members=_count(session, MEMBERS),
        agreements=_count(session, CONTRACTS),
        open_window=head.size - _witnessed(session, needed),
        needed=needed,
        latest=checkpoint_lines(session, [last], needed)[0] if last else None,
        alarms=session.scalar(select(func.count()).select_from(LedgerAlarm).where(LedgerAlarm.seen_at.is_(None))) or 0,
        keys=[str(key) for key in log_keys(session, origin)],
        chain=chain_out(chain),
        same_machine=bool(asked) and all(urlsplit(one.url).hostname in LOOPBACK for one in asked),
        abilities=abilities(actor),
    )


def _count(session: Session, section: str) -> int:
    return session.scalar(select(func.count()).select_from(LedgerState).where(LedgerState.section == section)) or 0


def _witnessed(session: Session, needed: int) -> int:
    """How many entries the newest valid checkpoint covers."""
    for row in session.scalars(select(LedgerCheckpoint).order_by(LedgerCheckpoint.number.desc()).limit(200)):
        if len(checkpoints.cosignatures(session, [row.number])[row.number]) >= needed:
            return row.size
    return 0


def chain_out(chain: Chain) -> schemas.ChainOut:
    """How the chain stands."""
    told = chain.status()
    return schemas.ChainOut(
        engine=told.engine,
        height=told.height,
        behind=told.behind,
        waiting=told.waiting,
        halted=told.halted,
        validators=[schemas.ValidatorOut(name=one.name, alive=one.alive, power=one.power) for one in told.validators],
    )


def checkpoint_lines(session: Session, rows: Sequence[LedgerCheckpoint], needed: int) -> list[schemas.CheckpointOut]:
    """Checkpoints with who co-signed them, and how many entries each added."""
    signed = checkpoints.cosignatures(session, [row.number for row in rows])
    names = {one.id: one.name for one in checkpoints.witnesses(session, active=False)}
    return [_checkpoint(session, row, signed[row.number], names, needed) for row in rows]


def _checkpoint(
    session: Session, row: LedgerCheckpoint, signed: Sequence[LedgerCosignature], names: Mapping[UUID, str], needed: int
) -> schemas.CheckpointOut:
    before = session.scalar(select(func.max(LedgerCheckpoint.size)).where(LedgerCheckpoint.number < row.number)) or 0
    who = [schemas.CosignerOut(witness_id=one.witness_id, name=names[one.witness_id], at=one.at) for one in signed]
    return schemas.CheckpointOut(
        number=row.number,
        size=row.size,
        added=row.size - before,
        root=row.root.hex(),
        state_hash=row.state_hash.hex(),
        at=row.at,
        cosigners=sorted(who, key=lambda one: one.name),
        needed=needed,
        valid=len(who) >= needed,
    )


def find_entries(*, type: str | None, about: str | None) -> Select[LedgerEntry]:
    """Entries of a type (or of all that begin so), about one thing."""
    statement = select(LedgerEntry)
    if type:
        statement = statement.where(LedgerEntry.type.startswith(type, autoescape=True))
    if about:
        statement = statement.where(LedgerEntry.about == about)
    return statement


def entry_by(session: Session, told: str) -> LedgerEntry:
    """The entry by its number on the ledger, or by its id. Raises EntryNotFound."""
    found = None
    if told.isascii() and told.isdigit() and len(told) < 18:
        found = session.get(LedgerEntry, int(told))
    elif len(told) in (32, 36):
        try:
            found = trees.find(session, UUID(told))
        except ValueError:
            found = None
    if found is None:
        raise errors.EntryNotFound()
    return found


def entry_line(session: Session, row: LedgerEntry, names: dict[str, tuple[str, str]]) -> schemas.EntryLine:
    """One entry in a list. `names` remembers what members are called, in Chinese and in English."""
    by = Entry.of(row.entry).by
    if by not in names:
        member = states.member(session, by) if by != CITY else None
        zh, en = _department(session, by)
        names[by] = (str(member["name"]) if member else zh, en)
    return schemas.EntryLine(
        index=row.index,
        id=row.id,
        type=row.type,
        about=row.about or "",
        at=row.at,
        by=by,
        by_name=names[by][0],
        by_name_en=names[by][1],
        leaf=row.leaf.hex(),
    )


def _department(session: Session, member: str) -> tuple[str, str]:
    """What a member is called in Chinese and in English; itself where it is no department."""
    if member == CITY:
        return "", ""
    try:
        found = session.get(identity.Department, UUID(member))
    except ValueError:
        found = None
    return (found.name_zh, found.name_en or found.name_zh) if found else (member, member)


def entry_out(session: Session, row: LedgerEntry, *, needed: int) -> schemas.LedgerEntryOut:
    """One entry, and by which checkpoint it is proved."""
    best = checkpoints.best_checkpoint(session, row.index + 1, needed)
    line = entry_line(session, row, {})
    body = json.loads(row.entry)["body"]
    return schemas.LedgerEntryOut(
        **line.model_dump(), body=body, provable=best is not None, checkpoint=best.number if best else None
    )


def witness_out(row: LedgerWitness, size: int) -> schemas.WitnessOut:
    names = ("id", "name", "department_id", "url", "keys", "active", "size", "seen_at", "trouble", "version")
    return schemas.WitnessOut(**{name: getattr(row, name) for name in names}, behind=max(0, size - row.size))


def members(session: Session, actor: Actor) -> list[schemas.MemberOut]:
    """Every member with its keys."""
    rows = select(LedgerKey).where(LedgerKey.member != CITY, LedgerKey.kind == "sm2").order_by(LedgerKey.made_at.desc())
    by_member: dict[str, list[LedgerKey]] = {}
    for row in session.scalars(rows):
        by_member.setdefault(row.member, []).append(row)
    found = [_member(session, actor, member, keys) for member, keys in by_member.items()]
    return sorted(found, key=lambda one: one.name)


def _member(session: Session, actor: Actor, member: str, keys: Sequence[LedgerKey]) -> schemas.MemberOut:
    id = UUID(member)
    present = next((key for key in keys if key.replaced_at is None and key.revoked_at is None), None)
    mine = actor.may(KEYS, department_id=id)
    zh, en = _department(session, member)
    return schemas.MemberOut(
        department_id=id,
        name=zh,
        name_en=en,
        custody=present.custody if present else "",
        key_id=present.key_id if present else "",
        keys=[
            schemas.MemberKeyOut(
                key_id=key.key_id,
                public=key.public.hex(),
                custody=key.custody,
                made_at=key.made_at,
                replaced_at=key.replaced_at,
                revoked_at=key.revoked_at,
            )
            for key in keys
        ],
        abilities={"rotate": mine, "revoke": mine or actor.may(MANAGE)},
    )


def seal_request_out(row: LedgerSealRequest) -> schemas.SealRequestOut:
    names = ("id", "department_id", "digest", "about", "asked_by_name", "asked_at", "state")
    return schemas.SealRequestOut(**{name: getattr(row, name) for name in names}, payload=row.payload.hex())


def alarm_out(row: LedgerAlarm) -> schemas.LedgerAlarmOut:
    names = ("id", "kind", "told", "at", "seen_by", "seen_at")
    return schemas.LedgerAlarmOut(**{name: getattr(row, name) for name in names}, evidence=json.loads(row.evidence))
