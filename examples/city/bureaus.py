"""What four bureaus keep about the same people and firms, each in its own way, and the truth about it.

Market, tax, police and civil affairs; block by block, so that the largest city needs the memory of one block. The truth
names what was planted: other ways to write the same thing, contradictions between bureaus, near misses, faults.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from . import business, population
from .business import Firm
from .dice import Dice, Weighted
from .faults import address_variant, firm_variant, full_width, name_variant, transposed
from .population import AS_OF, BLOCK, Resident

Row = dict[str, str | int | None]
PERIODS = ("202605", "202606", "202607", "202608", "202609", "202610")
HIGH_WAGE_FEN = 800_000  # a month; far above the line of the relief
_STATUS = {"active": "存续", "deregistered": "注销", "revoked": "吊销", "moved_out": "迁出"}
_NATIONS = Weighted([("01", 912), ("15", 30), ("06", 20), ("12", 15), ("03", 12), ("11", 11)])
_WAGES = Weighted([(320_000, 20), (450_000, 30), (620_000, 25), (850_000, 14), (1_300_000, 8), (2_400_000, 3)])
_KINDS = (("最低生活保障", 72_000), ("最低生活保障", 58_000), ("特困供养", 125_000))
_TAXES = ("增值税", "企业所得税", "城市维护建设税")


@dataclass(frozen=True, slots=True)
class Planted:
    """Something planted on purpose. `sort`: variant, contradiction, near_miss or fault; `kind` says which;
    `records` are (table, key); `subject` the true id number or credit code; `field` where one is meant."""

    sort: str
    kind: str
    subject: str
    records: tuple[tuple[str, str], ...]
    field: str = ""


@dataclass(slots=True)
class Kept:
    """What the bureaus keep about one block, and what was planted in it."""

    companies: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    wages: list[Row] = field(default_factory=list)
    residents: list[Row] = field(default_factory=list)
    relief: list[Row] = field(default_factory=list)
    truth: list[Planted] = field(default_factory=list)
    whose: dict[str, str] = field(default_factory=dict)  # relief case → the true id number


def kept(seed: int, of_residents: int, of_firms: int) -> Iterator[Kept]:
    """What the bureaus keep, block by block of the city."""
    firms = _by_block(business.firms(seed, of_firms, of_residents))
    waiting = next(firms, None)
    for block in range(-(-of_residents // BLOCK)):
        people = [one for one in population.block_of(seed, block) if one.number <= of_residents]
        there: list[Firm] = []
        if waiting and waiting[0] == block:
            there, waiting = waiting[1], next(firms, None)
        yield _Block(seed, block, people, there).filled()


def _by_block(firms: Iterator[Firm]) -> Iterator[tuple[int, list[Firm]]]:
    block = -1
    found: list[Firm] = []
    for firm in firms:
        here = (firm.legal_person - 1) // BLOCK
        if found and here != block:
            yield block, found
            found = []
        block = here
        found.append(firm)
    if found:
        yield block, found


class _Block:
    def __init__(self, seed: int, block: int, people: list[Resident], firms: list[Firm]) -> None:
        self._seed, self._number = seed, block
        self._people, self._firms = people, firms
        self._kept = Kept()

    def filled(self) -> Kept:
        self._market()
        self._taxes()
        earning = self._wages()
        self._police()
        self._civil(earning)
        return self._kept

    def _dice(self, bureau: str) -> Dice:
        return Dice("city", self._seed, bureau, self._number)

    def _plant(self, sort: str, kind: str, subject: str, *records: tuple[str, str], at: str = "") -> None:
        self._kept.truth.append(Planted(sort, kind, subject, records, at))

    def _market(self) -> None:
        dice = self._dice("market")
        people = {one.number: one for one in self._people}
        for firm in self._firms:
            row = company(firm, people[firm.legal_person].id_number, dice)
            if dice.chance(1.5):
                at, kind = _spoil_company(row, dice)
                self._plant("fault", kind, firm.code, ("market.company", firm.code), at=at)
            self._kept.companies.append(row)

    def _taxes(self) -> None:
        dice = self._dice("tax")
        for firm in self._firms:
            ended = _ended_on(firm)
            late = firm.status == "deregistered" and dice.chance(12)
            if firm.status not in ("active", "deregistered") or not (late or dice.chance(85)):
                continue
            name, kind = firm_variant(dice, firm.name) if dice.chance(12) else (firm.name, "")
            rows = [payment(firm, name, period, dice) for period in PERIODS]
            if firm.status == "deregistered" and not late:
                rows = [row for row in rows if ended and str(row["paid_on"]) <= ended.isoformat()]
            self._pay(firm, rows, kind, late=late, ended=ended, dice=dice)

    def _pay(self, firm: Firm, rows: list[Row], kind: str, *, late: bool, ended: date | None, dice: Dice) -> None:
        self._kept.payments += rows
        keys = [("tax.payment", str(row["payment_id"])) for row in rows]
        if kind and rows:
            self._plant("variant", f"firm_{kind}", firm.code, *keys, at="taxpayer_name")
        if late and ended:
            after = [key for key, row in zip(keys, rows, strict=True) if str(row["paid_on"]) > ended.isoformat()]
            if after:
                self._plant("contradiction", "deregistered_pays", firm.code, ("market.company", firm.code), *after)
        for row in rows:
            if dice.chance(0.6):
                row["uscc"] = None if dice.chance(50) else transposed(dice, firm.code)
                kind = "missing" if row["uscc"] is None else "transposed"
                self._plant("fault", kind, firm.code, ("tax.payment", str(row["payment_id"])), at="uscc")

    def _wages(self) -> dict[int, int]:
        """The wage of each who earns one, by the resident's number."""
        dice, earning = self._dice("wages"), {}
        employers: list[str | None] = [firm.code for firm in self._firms if firm.status == "active"]
        employers = employers or [None]
        for one in self._people:
            if not 20 <= one.age(AS_OF) <= 60 or not dice.chance(55):
                continue
            wage, employer = dice.draw(_WAGES) + dice.below(60) * 1_000, dice.pick(employers)
            earning[one.number] = wage
            self._kept.wages += [wage_row(one, period, wage, employer) for period in PERIODS]
        return earning

    def _police(self) -> None:
        dice = self._dice("police")
        for one in self._people:
            row = resident(one, dice)
            if dice.chance(2):
                at, kind = _spoil_resident(row, dice)
                self._plant("fault", kind, one.id_number, ("police.resident", one.id_number), at=at)
            self._kept.residents.append(row)

    def _civil(self, earning: dict[int, int]) -> None:
        dice = self._dice("civil")
        for one in self._people:
            if one.age(AS_OF) < 18 or not dice.chance(9 if one.age(AS_OF) >= 60 else 7):
                continue
            row = relief(one, dice, open_ended=dice.chance(70))
            key = ("civil.relief", str(row["case_id"]))
            self._kept.whose[str(row["case_id"])] = one.id_number
            self._written_otherwise(one, row, key, dice)
            self._against_wages(one, row, key, earning.get(one.number, 0), dice)
            self._kept.relief.append(row)

    def _written_otherwise(self, one: Resident, row: Row, key: tuple[str, str], dice: Dice) -> None:
        if dice.chance(18) and (other := name_variant(dice, one.name)):
            row["name"], kind = other
            self._plant("variant", f"name_{kind}", one.id_number, key, at="name")
        if dice.chance(35):
            row["address"], kind = address_variant(dice, one.address)
            self._plant("variant", f"address_{kind}", one.id_number, key, at="address")
        if dice.chance(14):
            row["id_number"] = None if dice.chance(60) else transposed(dice, one.id_number)
            kind = "code_missing" if row["id_number"] is None else "code_transposed"
            self._plant("variant", kind, one.id_number, key, at="id_number")

    def _against_wages(self, one: Resident, row: Row, key: tuple[str, str], wage: int, dice: Dice) -> None:
        """Relief in force beside a high wage contradicts; a small wage, or relief that ended before, does not."""
        wages = [("tax.wage", f"{one.id_number}-{period}") for period in PERIODS]
        if not wage:
            return
        if wage >= HIGH_WAGE_FEN and dice.chance(55):
            row["from_date"], row["to_date"] = "2024-03-01", "2026-03-31"
        overlapping = row["to_date"] is None or str(row["to_date"]) >= "2026-05-01"
        if wage >= HIGH_WAGE_FEN and overlapping:
            self._plant("contradiction", "relief_and_wage", one.id_number, key, *wages)
        else:
            self._plant("near_miss", "relief_and_wage", one.id_number, key, *wages)


def company(firm: Firm, legal_person_id: str, dice: Dice) -> Row:
    """A row of market.company."""
    ended = _ended_on(firm)
    updated = (ended or firm.established).isoformat()
    return {
        "uscc": firm.code,
        "name": firm.name,
        "status": _STATUS[firm.status],
        "legal_person": firm.legal_person_name,
        "legal_person_id": legal_person_id,
        "address": firm.address,
        "registered_on": firm.established.isoformat(),
        "ended_on": ended.isoformat() if ended else None,
        "capital_fen": firm.capital_yuan * 100,
        "industry": firm.section,
        "phone": firm.phone,
        "updated_at": f"{updated} {dice.between(8, 17):02d}:{dice.below(60):02d}:{dice.below(60):02d}",
    }


def payment(firm: Firm, name: str, period: str, dice: Dice) -> Row:
    """A message of tax.payments: what a firm paid for a month, in the month after."""
    paid_on = _month_after(period) + timedelta(days=dice.below(15))
    return {
        "payment_id": f"TX{period}{firm.number:06d}",
        "uscc": firm.code,
        "taxpayer_name": name,
        "period": period,
        "tax_kind": dice.pick(_TAXES),
        "amount_fen": dice.bell(5_000, 40_000 + firm.capital_yuan // 20) * 10,
        "paid_on": paid_on.isoformat(),
    }


def wage_row(one: Resident, period: str, wage_fen: int, employer: str | None) -> Row:
    """A message of tax.wages."""
    return {
        "wage_id": f"{one.id_number}-{period}",
        "id_number": one.id_number,
        "name": one.name,
        "period": period,
        "wage_fen": wage_fen,
        "employer_uscc": employer,
    }


def resident(one: Resident, dice: Dice) -> Row:
    """A line of the police's drops."""
    return {
        "id_number": one.id_number,
        "name": one.name,
        "sex": "1" if one.sex == "male" else "2",
        "nationality": dice.draw(_NATIONS),
        "birth_date": one.born.isoformat(),
        "address": one.address,
        "division": one.area,
        "phone": one.phone,
        "changed_on": (AS_OF - timedelta(days=dice.below(3_000))).isoformat(),
    }


def relief(one: Resident, dice: Dice, *, open_ended: bool) -> Row:
    """A case of civil.relief as it ought to be written."""
    kind, monthly = dice.pick(_KINDS)
    begun = AS_OF - timedelta(days=dice.between(260, 1_500))
    ended = None if open_ended else min(AS_OF, begun + timedelta(days=dice.between(200, 1_200)))
    return {
        "case_id": f"JZ{one.number:07d}",
        "id_number": one.id_number,
        "name": one.name,
        "kind": kind,
        "monthly_fen": monthly,
        "from_date": begun.isoformat(),
        "to_date": ended.isoformat() if ended else None,
        "address": one.address,
        "phone": one.phone,
    }


def _ended_on(firm: Firm) -> date | None:
    """The day a deregistered firm ended: between its beginning and three months before the story."""
    if firm.status != "deregistered":
        return None
    latest = AS_OF - timedelta(days=90)
    span = max(1, (latest - firm.established).days)
    return max(firm.established, latest - timedelta(days=firm.number * 37 % min(span, 700)))


def _month_after(period: str) -> date:
    year, month = int(period[:4]), int(period[4:])
    return date(year + month // 12, month % 12 + 1, 1)


def _spoil_company(row: Row, dice: Dice) -> tuple[str, str]:
    at, kind, value = dice.pick(
        (
            ("industry", "unknown_code", "Z"),
            ("registered_on", "future_date", "2031-01-01"),
            ("address", "missing", None),
            ("legal_person_id", "transposed", transposed(dice, str(row["legal_person_id"]))),
            ("status", "missing", None),
        )
    )
    row[at] = value
    return at, kind


def _spoil_resident(row: Row, dice: Dice) -> tuple[str, str]:
    at, kind, value = dice.pick(
        (
            ("sex", "unknown_code", "3"),
            ("nationality", "unknown_code", "99"),
            ("birth_date", "wrong_form", str(row["birth_date"]).replace("-", "/")),
            ("birth_date", "impossible_date", "2026-02-30"),
            ("phone", "full_width", full_width(str(row["phone"]))),
            ("changed_on", "future_date", "2031-01-01"),
            ("division", "unknown_code", "110000000"),
            ("name", "missing", None),
        )
    )
    row[at] = value
    return at, kind
