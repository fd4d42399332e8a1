"""The steps of a thread in their order, what each is called, who may see it, and how proofs are judged. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from zhengtong.kernel.errors import Words

ANCHORED_WITHIN = timedelta(hours=1)
"""How long after a deed its entry may still be on its way to the ledger."""


class Kind(StrEnum):
    """Where a thread can be entered. `use`: a call that named the person who asks."""

    BATCH = "batch"
    ITEM = "item"
    AGREEMENT = "agreement"
    RECEIPT = "receipt"
    USE = "use"


class Step(StrEnum):
    SOURCE = "source"
    BATCH = "batch"
    RULES = "rules"
    ITEM = "item"
    AGREEMENT = "agreement"
    DECISION = "decision"
    CALL = "call"
    VIEW = "view"


LABELS: Mapping[Step, Words] = {
    Step.SOURCE: Words("来源", "Source"),
    Step.BATCH: Words("批次", "Batch"),
    Step.RULES: Words("校验", "Rules"),
    Step.ITEM: Words("入目录", "Item version"),
    Step.AGREEMENT: Words("约定", "Agreement"),
    Step.DECISION: Words("裁决", "Decision"),
    Step.CALL: Words("供出", "Call and receipt"),
    Step.VIEW: Words("本人看见", "The person's view"),
}
FANS = (Step.BATCH, Step.AGREEMENT, Step.CALL)
"""Steps of which there can be many; they are listed page by page."""


class Shown(StrEnum):
    """`open`: all of it; `named`: only what it is called; `closed`: not for this reader; `absent`: there is none (yet)."""

    OPEN = "open"
    NAMED = "named"
    CLOSED = "closed"
    ABSENT = "absent"


class Proved(StrEnum):
    """`proven`: on the ledger, under a signed root, and fits; `waiting`: on its way; `missing`: should be there; `broken`: does not fit."""

    PROVEN = "proven"
    WAITING = "waiting"
    MISSING = "missing"
    BROKEN = "broken"


class Held(StrEnum):
    """What a check found. `skipped`: it cannot be checked here, and says why."""

    HOLDS = "holds"
    WAITING = "waiting"
    SKIPPED = "skipped"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, in a sentence. `own`: the fault lies here; else it may be a consequence of another's."""

    state: Held
    said: Words
    own: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks of a step found, in their order."""

    step: str
    findings: Sequence[Finding] = field(default_factory=tuple)

    @property
    def state(self) -> Held:
        """The worst of them.

        >>> Checked("item", [Finding(Held.HOLDS, Words("", "")), Finding(Held.BROKEN, Words("", ""))]).state.value
        'broken'
        >>> Checked("rules").state.value
        'skipped'
        """
        found = {one.state for one in self.findings}
        return next((one for one in (Held.BROKEN, Held.WAITING, Held.HOLDS) if one in found), Held.SKIPPED)


def first_broken(checked: Sequence[Checked]) -> str | None:
    """The first step, as the data went, that does not hold by itself; else the first that does not hold.

    >>> broken = [Checked(step, [Finding(Held.BROKEN, Words("", ""), own=own)]) for step, own in (("batch", False), ("call", True))]
    >>> first_broken(broken), first_broken(broken[:1]), first_broken([])
    ('call', 'batch', None)
    """
    broken = [one for one in checked if one.state is Held.BROKEN]
    own = (one for one in broken if any(each.own and each.state is Held.BROKEN for each in one.findings))
    return next((one.step for one in (*own, *broken)), None)


def standing(*, found: bool, fits: bool, covered: bool, at: datetime | None, now: datetime) -> Proved:
    """How a proof stands: whether its entry was found, fits what it is of, and is under a signed root."""
    if not found:
        soon = at is not None and now - at <= ANCHORED_WITHIN
        return Proved.WAITING if soon else Proved.MISSING
    if not fits:
        return Proved.BROKEN
    return Proved.PROVEN if covered else Proved.WAITING


def served_from(copy: object) -> tuple[int, int] | None:
    """The item's version and the lake's version that a receipt's `copy` names; None where it names none.

    >>> served_from("3.17"), served_from("relay"), served_from(None)
    ((3, 17), None, None)
    """
    item, dot, lake = str(copy or "").partition(".")
    return (int(item), int(lake)) if dot and item.isdecimal() and lake.isdecimal() else None


def needs(permission: Words) -> Words:
    """Why a step is closed to who lacks a permission."""
    return Words(
        f"这一步只给有“{permission.zh}”权限、且在其范围内的人看。",
        f"Only who holds “{permission.en}” there may see this step.",
    )


NOT_FOR_PERSONS = Words(
    "这一步是部门内部的工作，不对个人展示；它有没有被改动，审计部门可以逐字节核对。",
    "This is the departments' own work and not shown to persons; auditors can check every byte of it.",
)
FOR_THE_PERSON = Words(
    "供出的内容只有本人和依法可看的人能看到。",
    "Who was named sees it, and nobody else by this page.",
)
