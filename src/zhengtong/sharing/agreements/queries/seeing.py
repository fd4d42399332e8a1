"""Who sees which application, agreement, dispute and wish; and how lists of them are narrowed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from zhengtong.data import catalogue
from zhengtong.kernel.actor import Permission
from zhengtong.office import deadlines, identity
from zhengtong.sharing.agreements import errors, schemas
from zhengtong.sharing.agreements.permissions import ANSWER, APPLY, CHECK, READ, SIGN, Desk
from zhengtong.sharing.agreements.rules import State, Status, Step
from zhengtong.sharing.agreements.tables import Agreement, AgreementSeal, Application, Dispute, Wish

OPEN = (State.CHECKING, State.ANSWERING, State.SUPPLEMENTING, State.SENT_BACK, State.AGREED, State.PROVIDING)


def visible_applications(desk: Desk) -> Select[Application]:
    """All for who supervises or audits; else those of either side where the actor's scope reaches. A draft is its department's."""
    statement, reach = select(Application), desk.reach(READ)
    if not desk.actor.may(READ):
        return statement.where(false())
    own = or_(Application.department_id.in_(reach), Application.created_by == desk.actor.subject)
    if desk.everywhere(READ):
        return statement.where(or_(Application.state != State.CREATED, own))
    return statement.where(or_(own, and_(Application.provider_id.in_(reach), _passed_on())))


def visible_agreements(desk: Desk) -> Select[Agreement]:
    """All for who supervises or audits; else those of either side where the actor's scope reaches."""
    statement, reach = select(Agreement), desk.reach(READ)
    if not desk.actor.may(READ):
        return statement.where(false())
    if desk.everywhere(READ):
        return statement
    return statement.where(or_(Agreement.department_id.in_(reach), Agreement.provider_id.in_(reach)))


def visible_disputes(desk: Desk) -> Select[Dispute]:
    """As agreements."""
    statement, reach = select(Dispute), desk.reach(READ)
    if not desk.actor.may(READ):
        return statement.where(false())
    if desk.everywhere(READ):
        return statement
    return statement.where(or_(Dispute.department_id.in_(reach), Dispute.against_id.in_(reach)))


def visible_wishes(desk: Desk) -> Select[Wish]:
    """The list of wishes is for everybody who sees applications: who has the data should find it there."""
    return select(Wish) if desk.actor.may(READ) else select(Wish).where(false())


def get_application(session: Session, desk: Desk, application_id: UUID) -> Application:
    """The application, for who may see it. Raises ApplicationNotFound."""
    found = session.scalar(visible_applications(desk).where(Application.id == application_id))
    if found is None:
        raise errors.ApplicationNotFound()
    return found


def get_visible_agreement(session: Session, desk: Desk, agreement_id: UUID) -> Agreement:
    """The agreement, for who may see it. Raises AgreementNotFound."""
    found = session.scalar(visible_agreements(desk).where(Agreement.id == agreement_id))
    if found is None:
        raise errors.AgreementNotFound()
    return found


def get_agreement(session: Session, agreement_id: UUID) -> Agreement:
    """The agreement, whoever asks. Raises AgreementNotFound."""
    found = session.get(Agreement, agreement_id)
    if found is None:
        raise errors.AgreementNotFound()
    return found


def get_dispute(session: Session, desk: Desk, dispute_id: UUID) -> Dispute:
    """The dispute, for who may see it. Raises DisputeNotFound."""
    found = session.scalar(visible_disputes(desk).where(Dispute.id == dispute_id))
    if found is None:
        raise errors.DisputeNotFound()
    return found


def get_wish(session: Session, desk: Desk, wish_id: UUID) -> Wish:
    """One wish. Raises WishNotFound."""
    found = session.scalar(visible_wishes(desk).where(Wish.id == wish_id))
    if found is None:
        raise errors.WishNotFound()
    return found


def find_applications(
    desk: Desk, wanted: schemas.ApplicationsWanted, *, text: str | None, now: datetime
) -> Select[Application]:
    """Visible applications by how they stand for the actor, by state, department, item, number or words."""
    statement = visible_applications(desk).where(_which(desk, wanted.which, now))
    if wanted.state:
        statement = statement.where(Application.state == wanted.state)
    if wanted.department:
        sides = (Application.department_id == wanted.department, Application.provider_id == wanted.department)
        statement = statement.where(or_(*sides))
    if wanted.item:
        statement = statement.where(Application.item_id == wanted.item)
    if text:
        statement = statement.where(
            or_(Application.number.startswith(text.upper(), autoescape=True), _item_named(Application.item_id, text))
        )
    return statement


def find_agreements(desk: Desk, wanted: schemas.AgreementsWanted, *, text: str | None, on: date) -> Select[Agreement]:
    """Visible agreements by what they need, by state, side, item, number or words."""
    statement = visible_agreements(desk).where(_agreement_which(desk, wanted.which, on))
    if wanted.status:
        statement = statement.where(Agreement.status == wanted.status)
    if wanted.department:
        sides = (Agreement.department_id == wanted.department, Agreement.provider_id == wanted.department)
        statement = statement.where(or_(*sides))
    if wanted.item:
        statement = statement.where(Agreement.item_id == wanted.item)
    if text:
        statement = statement.where(
            or_(Agreement.number.startswith(text.upper(), autoescape=True), _item_named(Agreement.item_id, text))
        )
    return statement


def find_disputes(desk: Desk, wanted: schemas.DisputesWanted) -> Select[Dispute]:
    """Visible disputes, live or settled, or about one thing."""
    statement = visible_disputes(desk)
    if wanted.which != "all":
        closed = Dispute.step == Step.CLOSED
        statement = statement.where(closed if wanted.which == "closed" else ~closed)
    if wanted.agreement:
        statement = statement.where(Dispute.agreement_id == wanted.agreement)
    if wanted.application:
        statement = statement.where(Dispute.application_id == wanted.application)
    return statement


def find_wishes(desk: Desk, wanted: schemas.WishesWanted, *, text: str | None) -> Select[Wish]:
    """Wishes, open or answered, one's own or towards one's department."""
    statement = visible_wishes(desk)
    if wanted.which == "open":
        statement = statement.where(Wish.state == "open")
    elif wanted.which == "mine":
        statement = statement.where(Wish.department_id == desk.body)
    elif wanted.which == "to_answer":
        statement = statement.where(Wish.state == "open", Wish.provider_id == desk.body)
    if text:
        statement = statement.where(or_(Wish.title.contains(text, autoescape=True), Wish.number == text.upper()))
    return statement


def _which(desk: Desk, which: str, now: datetime) -> ColumnElement[bool]:
    own = Application.department_id == desk.body if desk.body else Application.created_by == desk.actor.subject
    todo = [
        and_(Application.state.in_((State.CREATED, State.SENT_BACK, State.SUPPLEMENTING)), own)
        if desk.actor.may(APPLY)
        else false(),
        and_(Application.state == State.CHECKING, _within(desk, CHECK, Application.department_id)),
        _to_answer(desk),
    ]
    late = deadlines.Clock.status == deadlines.Status.OVERDUE
    passed = and_(deadlines.Clock.status == deadlines.Status.RUNNING, deadlines.Clock.due_at <= now)
    clocks = select(deadlines.Clock.id).where(or_(late, passed))
    return {
        "all": true(),
        "mine": own,
        "todo": or_(*todo),
        "to_answer": _to_answer(desk),
        "open": Application.state.in_(OPEN),
        "overdue": and_(Application.state.in_(OPEN), Application.clock_id.in_(clocks)),
    }[which]


def _to_answer(desk: Desk) -> ColumnElement[bool]:
    waits = Application.state.in_((State.ANSWERING, State.PROVIDING))
    return and_(waits, _within(desk, ANSWER, Application.provider_id))


def _agreement_which(desk: Desk, which: str, on: date) -> ColumnElement[bool]:
    signed = select(AgreementSeal.id).where(
        AgreementSeal.agreement_id == Agreement.id,
        AgreementSeal.number == Agreement.terms_version,
        AgreementSeal.department_id == desk.body,
        AgreementSeal.signature != "",
    )
    party = or_(Agreement.provider_id == desk.body, Agreement.department_id == desk.body)
    waits = or_(Agreement.in_force.is_(None), Agreement.in_force != Agreement.terms_version)
    to_sign = (
        and_(Agreement.status != Status.ENDED, waits, party, ~signed.exists()) if desk.actor.may(SIGN) else false()
    )
    ends = date.fromordinal(on.toordinal() + schemas.ENDS_SOON_DAYS)
    return {
        "all": true(),
        "live": Agreement.status != Status.ENDED,
        "to_sign": to_sign,
        "uses": Agreement.department_id == desk.body,
        "provides": Agreement.provider_id == desk.body,
        "ending": and_(Agreement.status.in_((Status.IN_FORCE, Status.SUSPENDED)), Agreement.valid_to <= ends),
    }[which]


def _within(desk: Desk, permission: Permission, column: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """One's own body's, for who holds it everywhere; else where it is held."""
    if desk.everywhere(permission):
        return column == desk.body if desk.body else true()
    return column.in_(desk.reach(permission))


def _passed_on() -> ColumnElement[bool]:
    """What the own office has not passed on is not the provider's to see."""
    return Application.state.not_in((State.CREATED, State.CHECKING, State.SENT_BACK))


def _item_named(column: InstrumentedAttribute[UUID], text: str) -> ColumnElement[bool]:
    named = or_(
        catalogue.Item.name_zh.contains(text, autoescape=True),
        catalogue.Item.code == text,
        catalogue.Item.number == text.upper(),
    )
    departments = select(identity.Department.id).where(identity.Department.name_zh.contains(text, autoescape=True))
    items = select(catalogue.Item.id).where(or_(named, catalogue.Item.department_id.in_(departments)))
    return column.in_(items)
