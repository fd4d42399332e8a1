"""What the home page hears: every figure and every line of the day comes from an event of the room it is about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data import catalogue, entities, intake, quality
from zhengtong.insight.home import actions
from zhengtong.insight.home.rules import Figure, Kind
from zhengtong.kernel.events import Listener
from zhengtong.kernel.jobs import Job, Timer
from zhengtong.office import deadlines
from zhengtong.sharing import agreements, gateway, ledger

ANSWERS = {"agree": 1, "agree_in_part": 1, "refuse": 0}
MOVED = {"pass": Kind.ASKED, "agree": Kind.AGREED, "agree_in_part": Kind.AGREED, "refuse": Kind.REFUSED}


def hear_met(session: Session, event: deadlines.ClockMet, *, now: datetime) -> None:
    """A duty was done, in time or late."""
    if event.department_id:
        actions.add(session, Figure.ON_TIME, event.department_id, good=int(not event.late), whole=1, at=event.at)


def hear_expired(session: Session, event: deadlines.ClockExpired, *, now: datetime) -> None:
    """A duty is overdue."""
    clock = session.get(deadlines.Clock, event.clock_id)
    if clock is not None:
        link = clock.link or f"/deadlines?id={clock.id}"
        actions.tell(session, Kind.EXPIRED, clock.name, link, event.department_id, at=event.at)


def hear_batch(session: Session, event: intake.BatchLanded, *, now: datetime) -> None:
    """Rows came in; some were held back."""
    item = session.get(catalogue.Item, event.item_id)
    if item is not None:
        whole = event.rows_landed + event.rows_quarantined
        actions.add(session, Figure.CLEAN, item.department_id, good=event.rows_landed, whole=whole, at=event.at)
        link, owner = f"/intake/runs/{event.run_id}", item.department_id
        actions.tell(session, Kind.LANDED, item.name_zh, link, owner, at=event.at)
        if held := event.rows_quarantined:
            actions.tell(session, Kind.HELD_BACK, item.name_zh, "/intake/quarantine", owner, at=event.at, count=held)


def hear_run(session: Session, event: intake.RunEnded, *, now: datetime) -> None:
    """A run failed: somebody must look."""
    item = session.get(catalogue.Item, event.item_id) if event.item_id else None
    if event.state == "failed" and item is not None:
        actions.tell(
            session, Kind.RUN_FAILED, item.name_zh, f"/intake/runs/{event.run_id}", item.department_id, at=event.at
        )


def hear_measured(session: Session, event: quality.ItemMeasured, *, now: datetime) -> None:
    """An item was measured."""
    item = session.get(catalogue.Item, event.item_id)
    if item is not None:
        actions.add(session, Figure.PASSED, item.department_id, good=event.passed, whole=event.judged, at=event.at)


def hear_ticket(session: Session, event: quality.TicketOpened, *, now: datetime) -> None:
    """Something in the data is to be corrected."""
    actions.tell(
        session, Kind.TICKET, event.number, f"/quality/tickets/{event.ticket_id}", event.department_id, at=event.at
    )


def hear_lead(session: Session, event: entities.LeadFound, *, now: datetime) -> None:
    """Two bureaus' data contradict each other."""
    actions.tell(session, Kind.LEAD, event.number, f"/leads/{event.lead_id}", event.department_id, at=now)


def hear_published(session: Session, event: catalogue.ItemPublished, *, now: datetime) -> None:
    """An item, or a new version of it, is in the catalogue."""
    item = session.get(catalogue.Item, event.item_id)
    name = item.name_zh if item else event.code
    actions.tell(session, Kind.PUBLISHED, name, f"/catalogue/{event.item_id}", event.department_id, at=event.at)


def hear_withdrawn(session: Session, event: catalogue.ItemWithdrawn, *, now: datetime) -> None:
    """An item has left the catalogue."""
    item = session.get(catalogue.Item, event.item_id)
    name = item.name_zh if item else event.code
    actions.tell(session, Kind.WITHDRAWN, name, f"/catalogue/{event.item_id}", event.department_id, at=event.at)


def hear_application(session: Session, event: agreements.ApplicationMoved, *, now: datetime) -> None:
    """A request came to its provider, or was answered."""
    if kind := MOVED.get(event.deed):
        link = f"/sharing/applications/{event.application_id}"
        actions.tell(session, kind, event.number, link, event.provider_id, at=event.at)
    if event.deed in ANSWERS:
        actions.add(session, Figure.AGREED, event.provider_id, good=ANSWERS[event.deed], whole=1, at=event.at)


def hear_in_force(session: Session, event: agreements.AgreementInForce, *, now: datetime) -> None:
    """Both departments have signed."""
    _tell_agreement(session, Kind.IN_FORCE, event.agreement_id, event.number, event.provider_id, event.at)


def hear_suspended(session: Session, event: agreements.AgreementSuspended, *, now: datetime) -> None:
    """Nothing flows under the agreement for now."""
    _tell_agreement(session, Kind.SUSPENDED, event.agreement_id, event.number, None, event.at)


def hear_resumed(session: Session, event: agreements.AgreementResumed, *, now: datetime) -> None:
    """It flows again."""
    _tell_agreement(session, Kind.RESUMED, event.agreement_id, event.number, None, event.at)


def hear_ended(session: Session, event: agreements.AgreementEnded, *, now: datetime) -> None:
    """Nothing flows under the agreement any more."""
    _tell_agreement(session, Kind.ENDED, event.agreement_id, event.number, None, event.at)


def hear_served(session: Session, event: gateway.DataServed, *, now: datetime) -> None:
    """Calls were answered."""
    actions.add(session, Figure.SERVED, event.provider_id, good=event.rows, whole=event.calls, at=event.at)
    actions.tell(
        session, Kind.SERVED, event.agreement, "/sharing/calls", event.provider_id, at=event.at, count=event.calls
    )


def hear_doubt(session: Session, event: gateway.DoubtRaised, *, now: datetime) -> None:
    """The person concerned asks why."""
    actions.tell(session, Kind.DOUBT, event.number, "/sharing/doubts", event.department_id, at=event.at)


def hear_alarm(session: Session, event: ledger.AlarmRaised, *, now: datetime) -> None:
    """Somebody saw that the ledger does not hold together."""
    actions.tell(session, Kind.ALARM, event.kind, "/ledger", None, at=event.at)


def _tell_agreement(
    session: Session, kind: Kind, agreement_id: UUID, number: str, department_id: UUID | None, at: datetime
) -> None:
    held = session.get(agreements.Agreement, agreement_id)
    owner = department_id or (held.provider_id if held else None)
    actions.tell(session, kind, number, f"/sharing/agreements/{agreement_id}", owner, at=at)


def forget(session: Session, *, now: datetime) -> None:
    """This will delete the lines of the day that nobody reads any more."""
    actions.forget(session, now=now)


LISTENERS = (
    Listener("home.hear_met", deadlines.ClockMet, hear_met),
    Listener("home.hear_expired", deadlines.ClockExpired, hear_expired),
    Listener("home.hear_batch", intake.BatchLanded, hear_batch),
    Listener("home.hear_run", intake.RunEnded, hear_run),
    Listener("home.hear_measured", quality.ItemMeasured, hear_measured),
    Listener("home.hear_ticket", quality.TicketOpened, hear_ticket),
    Listener("home.hear_lead", entities.LeadFound, hear_lead),
    Listener("home.hear_published", catalogue.ItemPublished, hear_published),
    Listener("home.hear_withdrawn", catalogue.ItemWithdrawn, hear_withdrawn),
    Listener("home.hear_application", agreements.ApplicationMoved, hear_application),
    Listener("home.hear_in_force", agreements.AgreementInForce, hear_in_force),
    Listener("home.hear_suspended", agreements.AgreementSuspended, hear_suspended),
    Listener("home.hear_resumed", agreements.AgreementResumed, hear_resumed),
    Listener("home.hear_ended", agreements.AgreementEnded, hear_ended),
    Listener("home.hear_served", gateway.DataServed, hear_served),
    Listener("home.hear_doubt", gateway.DoubtRaised, hear_doubt),
    Listener("home.hear_alarm", ledger.AlarmRaised, hear_alarm),
)
FORGET = Job("home.forget", forget, retries=3)
JOBS = (FORGET,)
TIMERS = (Timer("home.forget", FORGET, cron="50 3 * * *"),)
