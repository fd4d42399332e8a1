"""From a decision to the bytes of an answer: rows from the serving copy, only the agreed ones, masked, with how fresh they are."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from zhengtong.engines import serving as copies
from zhengtong.engines.crypto import Crypto, Keyring, Purpose
from zhengtong.engines.serving import Copy, Serving
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import errors, rules
from zhengtong.sharing.gateway.actions.committing import Answer, masks_of
from zhengtong.sharing.gateway.queries.plans import Plan
from zhengtong.sharing.gateway.rules import Asked, Field

PSEUDONYM = 16
INDEXED, LAID_KEPT = 10_000, 2_000
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class _Laid:
    """What answers alike have in common, as long as plan, copy and decision are these."""

    plan: Plan
    copy: Copy
    masks: Mapping[str, str]
    rules: Sequence[Any]
    given: list[Field]
    row_rules: list[copies.Condition]
    names: list[str]
    make: Callable[[Sequence[Any]], dict[str, Any]]
    subjects: list[int]
    begin: str

    def holds(self, plan: Plan, copy: Copy, decision: agreements.Decision) -> bool:
        same = self.plan is plan and (self.copy is copy or self.copy == copy)
        masks = self.masks is decision.masks or self.masks == masks_of(decision)
        return same and masks and (self.rules is decision.rows or self.rules == decision.rows)


class Answerer:
    """Makes answers from the serving copies."""

    def __init__(self, serving: Serving, crypto: Crypto, keyring: Keyring) -> None:
        self._serving, self._crypto, self._keyring = serving, crypto, keyring
        self._pseudonyms: dict[str, Callable[[str], str]] = {}
        self._indexed = lru_cache(INDEXED)(lambda _, text: keyring.blind_index(Purpose.SUBJECTS, text))
        self._laid: dict[tuple[Any, ...], _Laid] = {}

    def answer(self, asked: Asked, plan: Plan, fields: Sequence[str], decision: agreements.Decision) -> Answer:
        """The answer under a decision. `fields`: those to give. Raises FieldNotFilterable, CopyAbsent, CopyChanged, ValueUnfit."""
        copy = self._serving.copy_of(plan.copy)
        if copy is None or not plan.fields:
            if plan.fields:  # what an item that was never copied has as fields and keys is not known yet
                _check_filters(asked, plan, decision)
            raise copies.CopyAbsent(name=asked.item)
        key = (asked.agreement, asked.item, asked.operation, fields, tuple([one.field for one in asked.where]))
        laid = self._laid.get(key)
        if laid is None or not laid.holds(plan, copy, decision):
            laid = self._lay(asked, plan, fields, decision, copy)
            if len(self._laid) >= LAID_KEPT:
                self._laid.clear()
            self._laid[key] = laid
        where = [_condition(copy, one.field, one.op, one.value) for one in asked.where] + laid.row_rules
        return self._count(asked, copy, where) if asked.operation == "count" else self._rows(asked, laid, where)

    def pseudonym(self, agreement: str) -> Callable[[str], str]:
        """What writes a text as this agreement's pseudonym of it: HMAC-SM3 under a key that no other agreement has."""
        known = self._pseudonyms.get(agreement)
        if known is None:
            key = bytes.fromhex(self._keyring.blind_index(Purpose.SUBJECTS, f"pseudonym:{agreement}"))
            crypto = self._crypto

            def known(text: str) -> str:
                return crypto.hmac_sm3(key, text.encode())[:PSEUDONYM].hex()

            self._pseudonyms[agreement] = known
        return known

    def subject(self, value: Any) -> str:
        """The blind index of a person's or firm's number."""
        return self._indexed(self._keyring.index, str(value).upper())

    def _count(self, asked: Asked, copy: Copy, where: list[copies.Condition]) -> Answer:
        count = self._serving.count(copy.name, where=where)
        body = {"item": asked.item, **_fresh(copy), "count": count}
        return Answer(_dump(body).encode(), 0, copy.version)

    def _lay(self, asked: Asked, plan: Plan, fields: Sequence[str], decision: agreements.Decision, copy: Copy) -> _Laid:
        _check_filters(asked, plan, decision)
        given = [one for one in plan.fields if one.name in fields and copy.column(one.name)]
        subjects = [one for one in plan.subjects if one not in given]
        masks = masks_of(decision)
        return _Laid(
            plan,
            copy,
            decision.masks or masks,
            decision.rows,
            given,
            _row_rules(copy, decision),
            [one.name for one in (*given, *subjects)],
            rules.masker(given, masks, self.pseudonym(asked.agreement)),
            [place for place, one in enumerate((*given, *subjects), 1) if one.subject],
            _begin(asked, copy),
        )

    def _rows(self, asked: Asked, laid: _Laid, where: list[copies.Condition]) -> Answer:
        version, after = asked.after or ("", 0)
        found = self._serving.find(laid.plan.copy, columns=laid.names, where=where, after=after, limit=asked.limit)
        if version and found.copy.version != version:
            raise errors.CopyChanged()
        same = found.copy is laid.copy or found.copy == laid.copy
        begin = laid.begin if same else _begin(asked, found.copy)
        body = begin + _dump([laid.make(row[1:]) for row in found.rows])
        if asked.operation == "page":
            more = len(found.rows) == asked.limit
            body += ',"next":' + _dump(f"{found.copy.version}-{found.rows[-1][0]}" if more else None)
        named = {row[place] for row in found.rows for place in laid.subjects if row[place]}
        indexes = tuple(sorted([self.subject(one) for one in named]))
        return Answer((body + "}").encode(), len(found.rows), found.copy.version, indexes)


def _begin(asked: Asked, copy: Copy) -> str:
    """An answer up to its rows."""
    return _dump({"item": asked.item, **_fresh(copy)})[:-1] + ',"rows":'


def _check_filters(asked: Asked, plan: Plan, decision: agreements.Decision) -> None:
    """A condition on a masked field would tell by trying what the mask hides; a key is what the caller knows already."""
    for one in asked.where:
        by_key = asked.operation in ("lookup", "batch")
        known = plan.field(one.field) is not None and one.field in decision.fields
        fits = one.field in plan.keys if by_key else decision.fields.get(one.field) == "full"
        if not known or not fits:
            raise errors.FieldNotFilterable(field=one.field)


def _row_rules(copy: Copy, decision: agreements.Decision) -> list[copies.Condition]:
    """The agreement's rows; a rule on a field that the copy has not lets nothing through."""
    return [_condition(copy, one.field, one.op, one.value) for one in decision.rows]


def _condition(copy: Copy, name: str, op: str, value: Any) -> copies.Condition:
    column = copy.column(name)
    if column is None:
        raise errors.FieldNotFilterable(field=name)
    listed = tuple(copies.fitted(column, one) for one in value) if op == "in" else None
    known = next(one for one in copies.OPS if one == op)
    if known == "prefix" and column.kind is not copies.Kind.TEXT:
        raise copies.ValueUnfit(column=name, kind=column.kind.value)
    return copies.Condition(name, known, copies.fitted(column, value) if listed is None else listed)


def _fresh(copy: Copy) -> dict[str, Any]:
    return {"version": copy.version, "fresh": {"data_at": _said(copy.data_at), "copied_at": _said(copy.made_at)}}


def _said(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
