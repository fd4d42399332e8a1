"""Who may see, apply, check, answer, sign, suspend and supervise."""

from dataclasses import dataclass
from uuid import UUID

from zhengtong.kernel.actor import Actor, Permission
from zhengtong.sharing.agreements.rules import Course, Side, State, Status, step
from zhengtong.sharing.agreements.tables import Agreement, Application

READ = Permission("agreements.read", "查看申请与协议", "See applications and agreements")
APPLY = Permission("agreements.apply", "申请使用数据", "Apply for data")
CHECK = Permission("agreements.check", "核对本部门的申请", "Check the own department's applications")
ANSWER = Permission("agreements.answer", "答复共享申请", "Answer applications")
SIGN = Permission("agreements.sign", "签署共享协议", "Sign agreements", step_up=True)
STOP = Permission("agreements.stop", "暂停、恢复、终止协议", "Suspend, resume and end agreements", step_up=True)
SUPERVISE = Permission(
    "agreements.supervise", "监督共享、处理争议", "Supervise sharing and settle disputes", step_up=True
)

PERMISSIONS = (READ, APPLY, CHECK, ANSWER, SIGN, STOP, SUPERVISE)
_NEEDS = {"applicant": APPLY, "office": CHECK, "provider": ANSWER, "bureau": SUPERVISE}


@dataclass(frozen=True, slots=True)
class Desk:
    """From where an actor acts: `body` is the department in law, of which the actor's own may be a section (科室).

    What is held in a section is held for its body: a section's officer applies for the bureau.
    """

    actor: Actor
    body: UUID | None = None

    def everywhere(self, permission: Permission) -> bool:
        """True where the permission reaches the whole city."""
        return self.actor.scope(permission).everywhere

    def reach(self, permission: Permission) -> frozenset[UUID]:
        """The departments in which the permission is held, when not everywhere."""
        scope = self.actor.scope(permission)
        held = scope.departments
        inside = self.body is not None and scope.covers(self.actor.department)
        return held | {self.body} if inside and self.body else held

    def covers(self, permission: Permission, place: UUID) -> bool:
        """True where the permission is held at the place. Held over the whole city, it still acts for one's own body alone."""
        return place in self.reach(permission)


def does(desk: Desk, who: str, application: Application) -> bool:
    """True when the actor is `who` (of the table of deeds) for this application."""
    needs = _NEEDS.get(who)
    if needs is None:
        return False
    if who == "bureau":
        return desk.everywhere(needs)
    return desk.covers(needs, application.provider_id if who == "provider" else application.department_id)


def application_abilities(desk: Desk, course: Course, application: Application, done: set[str]) -> dict[str, bool]:
    """What the actor can do with an application as it stands."""
    able = {
        name: step(course, application.state, name, done=done) is not None and does(desk, deed.who, application)
        for name, deed in course.deeds.items()
        if deed.who != "platform"
    }
    able["reopen"] = False  # by settling its dispute
    editable = application.state in (State.CREATED, State.SENT_BACK, State.SUPPLEMENTING)
    able["edit"] = editable and does(desk, "applicant", application)
    able["dispute"] = application.state is State.REFUSED and does(desk, "applicant", application)
    return able


def side_of(desk: Desk, permission: Permission, agreement: Agreement) -> Side | None:
    """For which side the actor holds the permission: a party's, or as the authority; None: neither."""
    sides = ((Side.PROVIDER, agreement.provider_id), (Side.CONSUMER, agreement.department_id))
    for side, department in sides:
        if desk.body == department and desk.covers(permission, department):
            return side
    if desk.everywhere(SUPERVISE):
        return Side.BUREAU
    return next((side for side, department in sides if department in desk.reach(permission)), None)


def signs_for(desk: Desk, agreement: Agreement) -> UUID | None:
    """The party whose key the actor may use: their own body, else one that they hold the permission in."""
    parties = (agreement.provider_id, agreement.department_id)
    if desk.body in parties:
        return desk.body if desk.body and desk.covers(SIGN, desk.body) else None
    return next((one for one in parties if one in desk.reach(SIGN)), None)


def agreement_abilities(desk: Desk, agreement: Agreement, signed: set[UUID]) -> dict[str, bool]:
    """What the actor can do with an agreement as it stands."""
    side, status = side_of(desk, STOP, agreement), agreement.status
    live = status in (Status.IN_FORCE, Status.SUSPENDED)
    signer = signs_for(desk, agreement)
    unsigned = agreement.in_force != agreement.terms_version and status is not Status.ENDED
    asks = desk.body == agreement.department_id and desk.covers(APPLY, agreement.department_id)
    party = desk.body in (agreement.provider_id, agreement.department_id)
    return {
        "sign": unsigned and signer is not None and signer not in signed,
        "suspend": status is Status.IN_FORCE and side is not None,
        "resume": status is Status.SUSPENDED and side is not None and agreement.stopped_by in ("", side),
        "end": status is not Status.ENDED and side is not None,
        "change": live and asks,
        "renew": live and asks,
        "correct": live and asks,
        "dispute": status is not Status.ENDED and party and desk.actor.may(READ),
    }
