"""The city goes on: what changes in the bureaus while it is shown, a little at each tick, the same for the same seed."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from . import business, population
from .bureaus import PERIODS, Row, company, payment, relief, resident
from .business import Firm
from .dice import Dice
from .faults import full_width
from .population import AS_OF, Resident

FAULTY_TICK = 12  # every twelfth drop of the police has a bad line


@dataclass(frozen=True, slots=True)
class Change:
    """One row that a bureau adds or writes anew. `table` is market.company, tax.payment, police.resident or civil.relief."""

    table: str
    row: Row


def people_and_firms(seed: int, of_residents: int, of_firms: int) -> tuple[list[Resident], list[Firm]]:
    """Those of whom the changes tell: the residents and the firms of the city's first block."""
    people = population.block_of(seed, 0)[: min(population.BLOCK, of_residents)]
    numbers = {one.number for one in people}
    here = itertools.takewhile(lambda firm: firm.legal_person in numbers, business.firms(seed, of_firms, of_residents))
    return people, list(here)


def changes(seed: int, tick: int, people: Sequence[Resident], firms: Sequence[Firm]) -> Iterator[Change]:
    """What changes at a tick (0, 1, 2, …): a few payments, now and then a firm's seat, a move, a case of relief."""
    dice = Dice("city", seed, "changes", tick)
    today = AS_OF + timedelta(days=tick // 24)
    at = datetime(today.year, today.month, today.day, 8 + tick % 10, dice.below(60), dice.below(60))  # noqa: DTZ001
    for number in range(dice.between(1, 3)):
        yield Change("tax.payment", _payment(dice, tick * 8 + number, dice.pick(firms), today))
    if tick % 3 == 0:
        yield Change("market.company", _company(dice, dice.pick(firms), people, at))
    if tick % 4 == 1:
        for _ in range(dice.between(2, 5)):
            yield Change("police.resident", _moved(dice, dice.pick(people), today))
    if tick % FAULTY_TICK == 1:
        bad = _moved(dice, dice.pick(people), today)
        bad["phone"], bad["birth_date"] = full_width(str(bad["phone"])), "1988/02/30"
        yield Change("police.resident", bad)
    if tick % 5 == 2:
        yield Change("civil.relief", relief(dice.pick(people), dice, open_ended=True))


def _payment(dice: Dice, number: int, firm: Firm, today: date) -> Row:
    row = payment(firm, firm.name, PERIODS[-1], dice)
    return {
        **row,
        "payment_id": f"TX{today:%Y%m}{900_000 + number:08d}",
        "paid_on": today.isoformat(),
    }


def _company(dice: Dice, firm: Firm, people: Sequence[Resident], at: datetime) -> Row:
    owner = next(one for one in people if one.number == firm.legal_person)
    row = company(firm, owner.id_number, dice)
    return {**row, "phone": f"0600-8{dice.below(1_000_000):06d}", "updated_at": at.strftime("%Y-%m-%d %H:%M:%S")}


def _moved(dice: Dice, one: Resident, today: date) -> Row:
    there = dice.pick(("柳桥路", "文漪路", "望云路"))
    address = f"{one.address.partition('街道')[0]}街道{there}{dice.between(1, 90)}号"
    return {**resident(one, dice), "address": address, "changed_on": today.isoformat()}
