"""What a broken row probably should have been: each guess is proved by the rules of its field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data import catalogue, standards
from zhengtong.data.intake.rules import marking, mending
from zhengtong.data.intake.rules.mending import Broken, Mending
from zhengtong.data.intake.tables import QuarantinedRow


@dataclass(slots=True)
class Rules:
    """The definitions of an item's fields on a day, looked up once."""

    session: Session
    today: date
    _items: dict[UUID, dict[str, standards.Definition]] = field(default_factory=dict)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _needed: dict[UUID, frozenset[str]] = field(default_factory=dict)

    def mendings(self, row: QuarantinedRow) -> dict[str, Mending]:
        """The proposed mending of each field that the row breaks a rule of; none for a line that was no row."""
        broken: dict[str, list[str]] = {}
        for name, rule in marking.read(row.marks):
            broken.setdefault(name, []).append(rule)
        said = {**row.values, **row.mended}
        known = self._definitions(row.item_id)
        return {
            name: mending.propose(self._broken(known[name], said.get(name), rules))
            for name, rules in broken.items()
            if name in known
        }

    def _broken(self, definition: standards.Definition, value: str | None, rules: list[str]) -> Broken:
        return Broken(
            value=value,
            type=definition.type,
            rules=rules,
            passes=self._passes(definition),
            check=definition.check,
            codes=self._code_names(definition.code_list),
        )

    def _passes(self, definition: standards.Definition) -> Callable[[str], bool]:
        return lambda text: not standards.check_against(self.session, definition, text, on=self.today)

    def _definitions(self, item_id: UUID) -> Mapping[str, standards.Definition]:
        if item_id not in self._items:
            fields = catalogue.fields_of(self.session, item_id)
            self._items[item_id] = {one.name: catalogue.definition_of_field(self.session, one) for one in fields}
        return self._items[item_id]

    def _code_names(self, key: str) -> dict[str, str]:
        """The codes of a list by their names; a name that two codes share tells nothing."""
        if key and key not in self._codes:
            found: dict[str, str] = {}
            shared = set()
            for one in self.session.scalars(standards.valid_codes(key, on=self.today)):
                shared |= {one.name_zh} if one.name_zh in found else set()
                found[one.name_zh] = one.code
            self._codes[key] = {name: code for name, code in found.items() if name not in shared}
        return self._codes.get(key, {})
