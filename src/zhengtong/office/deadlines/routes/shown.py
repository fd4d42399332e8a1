"""How rules and clocks are shown."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Words
from zhengtong.office import identity
from zhengtong.office.deadlines import queries, rules, schemas
from zhengtong.office.deadlines.permissions import abilities
from zhengtong.office.deadlines.tables import Clock, ClockEntry

Names = Mapping[UUID, Words]


def rule(standing: rules.Standing) -> schemas.RuleOut:
    """A rule as it holds here."""
    one, was = standing.rule, standing.overrides
    return schemas.RuleOut(
        id=one.id,
        name=Words(one.zh, one.en),
        who=_words(one.who),
        starts=_words(one.starts),
        source=one.source,
        article=one.article,
        verified=one.verified,
        in_force_from=one.in_force_from,
        limit=one.limit,
        unit=one.unit,
        limit_words=_limit(one.limit, one.unit),
        direction=one.direction,
        extension=_extension(one.extension),
        stops=[ground(each) for each in one.stops],
        on_expiry=one.on_expiry,
        on_expiry_words=Words(one.on_expiry.zh, one.on_expiry.en),
        ladder=[schemas.StepOut(after=step.after, to=step.to) for step in one.ladder],
        warn=one.warn_before,
        note=_words(one.note) if one.note else None,
        pack=standing.pack,
        pack_name=Words(standing.pack_zh, standing.pack_en),
        overrides=_overridden(was) if was else None,
        looser_than_national=standing.looser_than_national,
    )


def ground(one: rules.Ground) -> schemas.GroundOut:
    """A ground to stop."""
    return schemas.GroundOut(id=one.id, name=Words(one.zh, one.en), article=one.article)


def _words(label: rules.Label) -> Words:
    return Words(label.zh, label.en)


def _limit(limit: int | None, unit: rules.Unit) -> Words | None:
    return Words(unit.zh(limit), unit.en(limit)) if limit else None


def _extension(one: rules.Extension | None) -> schemas.ExtensionOut | None:
    return schemas.ExtensionOut(most=one.most, times=one.times, by=_words(one.by)) if one else None


def _overridden(was: rules.Rule) -> schemas.OverriddenOut:
    return schemas.OverriddenOut(
        limit=was.limit,
        unit=was.unit,
        limit_words=_limit(was.limit, was.unit),
        source=was.source,
        article=was.article,
        verified=was.verified,
    )


def names_of(session: Session, clocks: Iterable[Clock]) -> Names:
    """The names of the departments and people of these clocks."""
    held = list(clocks)
    departments = {clock.department_id for clock in held} - {None}
    people = {clock.person_id for clock in held} - {None}
    found: dict[UUID, Words] = {}
    if departments:
        for one in session.scalars(select(identity.Department).where(identity.Department.id.in_(departments))):
            found[one.id] = Words(one.name_zh, one.name_en or one.name_zh)
    if people:
        wanted = select(identity.Subject.id, identity.Subject.name).where(identity.Subject.id.in_(people))
        found |= {key: Words(name, name) for key, name in session.execute(wanted)}
    return found


def line(actor: Actor, clock: Clock, known: rules.WorkCalendar, names: Names, *, now: datetime) -> schemas.ClockLine:
    """A clock in a list, as time has left it by now, whether or not the sweep has been there."""
    state = rules.settle(queries.state_of(clock), known, now=now).clock
    stands = rules.remaining(state, known, now=now)
    return schemas.ClockLine(
        id=clock.id,
        rule=clock.rule,
        rule_name=Words(state.rule.zh, state.rule.en),
        verified=state.rule.verified,
        name=clock.name,
        about=schemas.AboutOut(kind=clock.about_kind, id=clock.about_id),
        link=clock.link,
        department=_named(clock.department_id, names),
        person=_named(clock.person_id, names),
        status=state.status,
        status_words=state.status.words,
        started_at=clock.started_at,
        due_at=clock.due_at,
        due_on=clock.due_on,
        unknown_year=clock.unknown_year,
        ended_at=clock.ended_at,
        remaining=schemas.RemainingOut(words=stands.words, share=stands.share, tone=stands.tone, left=stands.left),
        abilities=abilities(actor, clock, state, now=now),
    )


def clock(session: Session, actor: Actor, row: Clock, *, now: datetime) -> schemas.ClockOut:
    """A clock with its terms and its evidence."""
    state, known = queries.state_of(row), queries.calendar(session)
    one = line(actor, row, known, names_of(session, [row]), now=now)
    extension = state.rule.extension
    return schemas.ClockOut(
        **one.model_dump(),
        pack=row.terms.pack,
        source=state.rule.source,
        article=state.rule.article,
        limit=state.limit,
        unit=state.unit,
        limit_words=Words(state.unit.zh(state.limit), state.unit.en(state.limit)),
        extended=state.extended,
        extension_left=rules.extension_left(state),
        extension_by=_words(extension.by) if extension else None,
        grounds=[ground(each) for each in state.rule.stops],
        on_expiry_words=Words(state.rule.on_expiry.zh, state.rule.on_expiry.en),
        entries=[_entry(entry, state.rule) for entry in queries.entries_of(session, row.id)],
    )


def _named(key: UUID | None, names: Names) -> schemas.Named | None:
    return schemas.Named(id=key, name=names.get(key, Words("", ""))) if key else None


def _entry(entry: ClockEntry, rule: rules.Rule) -> schemas.EntryOut:
    reason = rule.ground(entry.ground)
    return schemas.EntryOut(
        seq=entry.seq,
        kind=entry.kind,
        kind_words=entry.kind.words,
        at=entry.at,
        recorded_at=entry.recorded_at,
        actor=entry.actor_name,
        actor_kind=entry.actor_kind,
        due_before=entry.due_before,
        due_after=entry.due_after,
        unknown_before=entry.unknown_before,
        unknown_after=entry.unknown_after,
        amount=entry.amount,
        reason=entry.reason,
        ground=Words(reason.zh, reason.en) if reason else None,
        approval=entry.approval,
        step_to=entry.step_to,
    )
