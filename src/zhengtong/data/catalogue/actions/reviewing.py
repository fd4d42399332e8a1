"""Items on their way through the life cycle: submitted, published, sent back, withdrawn. The steps are the rule pack's."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.catalogue import errors, queries, rules
from zhengtong.data.catalogue.actions import finding, showing, telling, writing
from zhengtong.data.catalogue.events import ItemChanged, ItemPublished, ItemWithdrawn
from zhengtong.data.catalogue.permissions import needed_for
from zhengtong.data.catalogue.rules import Content, State, VersionState
from zhengtong.data.catalogue.tables import Item, ItemVersion
from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor, require
from zhengtong.kernel.errors import Field
from zhengtong.kernel.events import announce
from zhengtong.office import deadlines

REVIEW_RULE = "sharing.catalogue_review"
UPDATE_RULE = "sharing.catalogue_update"


def submit_item(
    session: Session, actor: Actor, item: Item, *, now: datetime, note: str = "", tell: bool = True
) -> None:
    """This will hand the draft or revision to the authority and start its review clock. Needs EDIT. `tell`: the reviewers, of this
    item alone.

    Raises NothingToSubmit, ItemIncomplete, ItemWrong, ClassificationTooLow, DeedNotPossible.
    """
    if item.draft is None and item.is_live:
        raise errors.NothingToSubmit(code=item.code)
    after = _step(session, actor, item, "submit", "", now)
    version = queries.version_of(session, item, item.draft or 1)
    _complete(session, Content.of(version.content))
    _set(item, version, after, now)
    version.submitted_at, version.submitted_by, version.submitted_by_name = now, actor.subject, actor.name
    version.note = note or version.note
    _end_clock(session, actor, item, queries.ABOUT_UPDATE, now)
    _start_review(session, actor, item, now)
    if tell and actor is not SYSTEM:
        telling.tell_reviewers(session, item, "publication" if item.in_force is None else "revision", now=now)
    audit.record(session, actor, "catalogue.item_submitted", item, after={"number": version.number}, at=now)
    finding.put_items(session, [item])


def recall_item(session: Session, actor: Actor, item: Item, *, now: datetime) -> None:
    """This will take a submission back before it is reviewed. Needs EDIT. Raises DeedNotPossible."""
    after = _step(session, actor, item, "recall", "", now)
    version = queries.version_of(session, item, item.draft or 1)
    _set(item, version, after, now)
    _drop_clock(session, actor, item, "提交已撤回 | taken back", now)
    audit.record(session, actor, "catalogue.item_recalled", item, after={"number": version.number}, at=now)
    finding.put_items(session, [item])


def publish_item(session: Session, actor: Actor, item: Item, *, now: datetime) -> None:
    """This will put the submitted version in force in place of the one before. Needs REVIEW.

    Raises DeedNotPossible, ItemIncomplete, ItemWrong, ClassificationTooLow (an element's level rose meanwhile).
    """
    _step(session, actor, item, "publish", "", now)
    version = queries.version_of(session, item, item.draft or 1)
    content = Content.of(version.content)
    _complete(session, content)
    former = queries.version_of(session, item, item.in_force) if item.in_force else None
    if former:
        former.state, former.ended_at = VersionState.SUPERSEDED, now
    version.state, version.reviewed_at, version.reviewed_by_name = VersionState.PUBLISHED, now, actor.name
    version.published_at = now
    before = Content.of(former.content) if former else None
    writing.keep_types(item, before or content, content)
    item.in_force, item.draft, item.draft_state = version.number, None, None
    if not item.is_live:
        item.state, item.withdrawn_at, item.reason = State.PUBLISHED, None, ""
        item.published_at = now
    item.changed_at = now
    showing.show(session, item, content)
    showing.note_uses(session, item, before, content)
    _promise(item, before, now)
    _end_clock(session, actor, item, queries.ABOUT_REVIEW, now)
    telling.tell_keepers(session, item, "catalogue.published", version, now=now)
    told = {"number": version.number, "level": item.level.value}
    audit.record(session, actor, "catalogue.item_published", item, after=told, at=now)
    finding.put_items(session, [item])
    _announce(session, item, version, former, now)


def send_back(session: Session, actor: Actor, item: Item, *, reason: str, now: datetime) -> None:
    """This will send the submission back to its department. Needs REVIEW. Raises DeedNotPossible, ReasonNeeded."""
    after = _step(session, actor, item, "send_back", reason, now)
    version = queries.version_of(session, item, item.draft or 1)
    _set(item, version, after, now)
    version.reviewed_at, version.reviewed_by_name, version.reason = now, actor.name, reason
    _end_clock(session, actor, item, queries.ABOUT_REVIEW, now)
    telling.tell_keepers(session, item, "catalogue.sent_back", version, now=now, reason=reason)
    audit.record(session, actor, "catalogue.item_sent_back", item, after={"reason": reason}, at=now)
    finding.put_items(session, [item])


def ask_withdrawal(session: Session, actor: Actor, item: Item, *, reason: str, now: datetime) -> None:
    """This will ask the authority to take the item out of the catalogue. Needs EDIT. Raises DeedNotPossible, ReasonNeeded,
    RevisionWaiting."""
    if item.draft_state is VersionState.IN_REVIEW and item.is_live:
        raise errors.RevisionWaiting(code=item.code)
    item.state, item.reason = _step(session, actor, item, "ask_withdrawal", reason, now), reason
    item.changed_at = now
    _start_review(session, actor, item, now)
    telling.tell_reviewers(session, item, "withdrawal", now=now)
    audit.record(session, actor, "catalogue.withdrawal_asked", item, after={"reason": reason}, at=now)
    finding.put_items(session, [item])


def drop_withdrawal(session: Session, actor: Actor, item: Item, *, now: datetime) -> None:
    """This will take the request for withdrawal back. Needs EDIT. Raises DeedNotPossible."""
    item.state, item.changed_at = _step(session, actor, item, "drop_withdrawal", "", now), now
    _drop_clock(session, actor, item, "撤销申请已取消 | request dropped", now)
    audit.record(session, actor, "catalogue.withdrawal_dropped", item, at=now)
    finding.put_items(session, [item])


def withdraw_item(session: Session, actor: Actor, item: Item, *, now: datetime) -> None:
    """This will take the item out of the catalogue, for the reason its department gave. Needs REVIEW. Raises DeedNotPossible.

    Its data and versions stay; a revision that was begun stays as the draft to go on from.
    """
    item.state = _step(session, actor, item, "withdraw", "", now)
    item.withdrawn_at, item.changed_at, item.due_at, item.overdue_since = now, now, None, None
    showing.note_uses(session, item, queries.content_of(session, item), None)
    _end_clock(session, actor, item, queries.ABOUT_REVIEW, now)
    for clock in deadlines.clocks_about(session, (queries.ABOUT_UPDATE, str(item.id))):
        deadlines.withdraw_clock(session, actor, clock.id, reason="数据项已撤销 | item withdrawn", now=now)
    telling.tell_keepers(session, item, "catalogue.withdrawn", None, now=now, reason=item.reason)
    audit.record(session, actor, "catalogue.item_withdrawn", item, after={"reason": item.reason}, at=now)
    finding.put_items(session, [item])
    announce(session, ItemWithdrawn(item.id, item.code, item.department_id, item.reason, now))


def refuse_withdrawal(session: Session, actor: Actor, item: Item, *, reason: str, now: datetime) -> None:
    """This will keep the item in the catalogue. Needs REVIEW. Raises DeedNotPossible, ReasonNeeded."""
    item.state, item.changed_at = _step(session, actor, item, "refuse_withdrawal", reason, now), now
    item.reason = reason
    _end_clock(session, actor, item, queries.ABOUT_REVIEW, now)
    telling.tell_keepers(session, item, "catalogue.sent_back", None, now=now, reason=reason)
    audit.record(session, actor, "catalogue.withdrawal_refused", item, after={"reason": reason}, at=now)
    finding.put_items(session, [item])


def reopen_item(session: Session, actor: Actor, item: Item, *, now: datetime) -> None:
    """This will make a withdrawn item a draft again, beginning with what it said last. Needs EDIT. Raises DeedNotPossible."""
    item.state, item.changed_at = _step(session, actor, item, "reopen", "", now), now
    if item.in_force:
        former = queries.version_of(session, item, item.in_force)
        former.state, former.ended_at, item.in_force = VersionState.SUPERSEDED, item.withdrawn_at, None
    if item.draft is None:
        last = queries.versions_of(session, item)[0]
        item.draft = last.number + 1
        told = {"changed_at": now, "changed_by": actor.subject, "changed_by_name": actor.name}
        session.add(
            ItemVersion(item_id=item.id, number=item.draft, state=VersionState.CREATED, content=last.content, **told)
        )
    item.draft_state = VersionState.CREATED
    session.flush()
    showing.show(session, item, Content.of(queries.version_of(session, item, item.draft).content))
    audit.record(session, actor, "catalogue.item_reopened", item, at=now)
    finding.put_items(session, [item])


def delete_item(session: Session, actor: Actor, item: Item, *, reason: str, now: datetime) -> None:
    """This will delete a draft or a withdrawn item: nobody sees it any more, its evidence stays. Needs EDIT.

    Raises DeedNotPossible, ReasonNeeded.
    """
    item.state, item.changed_at = _step(session, actor, item, "delete", reason, now), now
    item.reason, item.draft_state, item.number = reason, None, None
    audit.record(session, actor, "catalogue.item_deleted", item, after={"reason": reason}, at=now)
    finding.put_items(session, [item])


def note_change(
    session: Session, actor: Actor, item: Item, *, reason: str, now: datetime, happened_at: datetime | None = None
) -> None:
    """This will note that a law or duty behind the item changed; its department has the law's days to submit the revision.

    Needs EDIT. Raises DeedNotPossible (not live), DutyRunning, ReasonNeeded.
    """
    deed = queries.life_cycle().deeds["submit"]
    require(actor, needed_for(deed), item, now=now)
    if not item.is_live:
        raise errors.DeedNotPossible(code=item.code, state=_state_words(item), deed=telling.NOTE_CHANGE)
    if deadlines.clocks_about(session, (queries.ABOUT_UPDATE, str(item.id))):
        raise errors.DutyRunning(code=item.code)
    _start(session, actor, item, rule=UPDATE_RULE, kind=queries.ABOUT_UPDATE, now=now, started_at=happened_at)
    item.changed_at = now
    audit.record(session, actor, "catalogue.change_noted", item, after={"reason": reason}, at=now)
    finding.put_items(session, [item])


def _step(session: Session, actor: Actor, item: Item, name: str, reason: str, now: datetime) -> State:
    """The state after the deed. A revision of a live item goes through the same review, on its own track."""
    table = queries.life_cycle()
    deed = table.deeds[name]
    require(actor, needed_for(deed), item, now=now)
    revised = item.is_live and item.draft_state is not None and name in ("submit", "recall", "publish", "send_back")
    state = item.draft_state.as_item if revised and item.draft_state else item.state
    after = rules.step(table, state, name)
    if after is None:
        raise errors.DeedNotPossible(code=item.code, state=table.states[state].label, deed=deed.label)
    if rules.reason_lacks(deed, reason):
        said = Field("reason", "请说明理由。", "Give a reason.")
        raise errors.ReasonNeeded(deed=deed.label, fields=[said])
    return after


def _set(item: Item, version: ItemVersion, after: State, now: datetime) -> None:
    version.state = item.draft_state = VersionState(after.value)
    if not item.is_live:
        item.state = after
    item.changed_at = now


def _complete(session: Session, content: Content) -> None:
    known = queries.vocabulary()
    if missing := rules.missing_metadata(content, known):
        names = "、".join(dict.fromkeys(rules.LABELS[one.name.split(".")[0]].zh for one in missing))
        raise errors.ItemIncomplete(count=len(missing), missing=names, fields=missing)
    queries.check(content, queries.standing(session))
    level = rules.level_of(content, queries.LADDER, least=queries.LADDER[0])
    if rules.opened_too_far(content, known, level=level):
        words = queries.level_words(level)
        said = Field(
            "open_type", f"{words.zh}的数据项不能这样开放。", f"An item of level {words.en} cannot be opened so."
        )
        raise errors.ItemWrong(count=1, fields=[said])


def _promise(item: Item, before: Content | None, now: datetime) -> None:
    """The promise runs from the last batch; until there is one, from the publication."""
    if before is None or before.update_cycle != item.update_cycle or item.due_at is None:
        item.due_at = rules.due_after(item.last_batch_at or now, item.update_cycle, queries.promises())
        item.overdue_since = None


def _announce(session: Session, item: Item, version: ItemVersion, former: ItemVersion | None, now: datetime) -> None:
    session.flush()
    announce(
        session,
        ItemPublished(item.id, item.code, version.number, item.department_id, item.level.value, now),
    )
    if former is None:
        return
    changes = rules.difference(Content.of(former.content), Content.of(version.content))
    version.breaking = rules.is_breaking(changes)
    told: dict[str, Any] = {
        "fields_added": tuple(one.field for one in changes if one.what == "field" and one.before is None),
        "fields_removed": tuple(one.field for one in changes if one.what == "field" and one.after is None),
        "fields_changed": tuple(dict.fromkeys(one.field for one in changes if one.field and one.what != "field")),
    }
    announce(session, ItemChanged(item.id, item.code, former.number, version.number, version.breaking, **told))


def _start_review(session: Session, actor: Actor, item: Item, now: datetime) -> None:
    """The authority's clock belongs to no department: the data bureau is told."""
    _start(session, actor, item, rule=REVIEW_RULE, kind=queries.ABOUT_REVIEW, now=now)


def _start(
    session: Session,
    actor: Actor,
    item: Item,
    *,
    rule: str,
    kind: str,
    now: datetime,
    started_at: datetime | None = None,
) -> UUID:
    own = item.department_id if kind == queries.ABOUT_UPDATE else None
    name, link = f"{item.number or item.code} {item.name_zh}", f"/catalogue/{item.id}"
    duty = deadlines.Duty(about=(kind, str(item.id)), name=name, department_id=own, link=link)
    return deadlines.start_clock(session, actor, rule=rule, duty=duty, now=now, started_at=started_at).id


def _end_clock(session: Session, actor: Actor, item: Item, kind: str, now: datetime) -> None:
    for clock in deadlines.clocks_about(session, (kind, str(item.id))):
        deadlines.meet_clock(session, actor, clock.id, now=now)


def _drop_clock(session: Session, actor: Actor, item: Item, reason: str, now: datetime) -> None:
    for clock in deadlines.clocks_about(session, (queries.ABOUT_REVIEW, str(item.id))):
        deadlines.withdraw_clock(session, actor, clock.id, reason=reason, now=now)


def _state_words(item: Item) -> Any:
    return queries.life_cycle().states[item.state].label
