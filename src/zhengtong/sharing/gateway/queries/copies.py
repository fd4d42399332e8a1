"""Serving copies and services as people see them: what can be called, how, how fresh."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel.actor import Actor
from zhengtong.office import identity
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import errors, schemas
from zhengtong.sharing.gateway.permissions import READ
from zhengtong.sharing.gateway.queries.names import Names, names_of, purpose_words
from zhengtong.sharing.gateway.rules import Field, kind_of
from zhengtong.sharing.gateway.rules.examples import example_of
from zhengtong.sharing.gateway.tables import Quota, ServingCopy


def copies_out(session: Session, actor: Actor) -> list[schemas.CopyOut]:
    """The serving copies of items whose provider the actor sees, the oldest data first."""
    statement = select(ServingCopy, catalogue.Item).join(catalogue.Item, catalogue.Item.id == ServingCopy.item_id)
    reach = actor.scope(READ)
    if not reach.everywhere:
        statement = statement.where(catalogue.Item.department_id.in_(reach.departments))
    return [copy_out(row, item) for row, item in session.execute(statement.order_by(ServingCopy.data_at)).unique()]


def copy_out(row: ServingCopy, item: catalogue.Item) -> schemas.CopyOut:
    """One copy."""
    trouble = {"zh": row.trouble["zh"], "en": row.trouble["en"]} if row.trouble else None
    return schemas.CopyOut(
        item_id=item.id,
        item_code=item.number or item.code,
        item_zh=item.name_zh,
        item_en=item.name_en,
        version=f"{row.item_version}.{row.lake_version}",
        rows=row.rows,
        data_at=row.data_at,
        made_at=row.made_at,
        seconds=row.seconds,
        trouble=trouble,
    )


def services(session: Session, actor: Actor, *, text: str | None, now: datetime) -> list[schemas.ServiceLine]:
    """What can be called, for who sees either side: each item of each agreement in force or suspended."""
    found = session.scalars(_visible(actor).order_by(agreements.Agreement.number.desc())).unique().all()
    contracts = agreements.snapshot(session)
    lines = []
    for one in found:
        contract = contracts.find(one.number)
        if contract is None:
            continue
        names = _names(session, one, contract.terms.item_ids)
        for item_id in map(UUID, contract.terms.item_ids):
            line = _line(session, one, contract, item_id, names, now)
            if not text or any(text in part for part in (line.agreement, line.item_code, line.item_zh, line.item_en)):
                lines.append(line)
    return lines


def service_out(session: Session, actor: Actor, number: str, code: str, *, now: datetime) -> schemas.ServiceOut:
    """One of them with its fields, limits and examples. Raises AgreementNotYours, ItemNotServed."""
    one = session.scalars(_visible(actor).where(agreements.Agreement.number == number)).unique().one_or_none()
    contract = agreements.snapshot(session).find(number) if one else None
    if one is None or contract is None:
        raise errors.AgreementNotYours(number=number)
    item = session.scalar(select(catalogue.Item).where(or_(catalogue.Item.code == code, catalogue.Item.number == code)))
    if item is None or item.id.hex not in contract.terms.fields:
        raise errors.ItemNotServed(agreement=number, item=code)
    line = _line(session, one, contract, item.id, _names(session, one, contract.terms.item_ids), now)
    row, quota = session.get(ServingCopy, item.id), session.get(Quota, one.id)
    masks, terms = contract.terms.fields[item.id.hex], contract.terms
    fields = [field for field in _fields(session, item.id, row) if masks.get(field.name, "omit") != "omit"]
    asked, answer = example_of(fields, masks, line.item_code)
    accounts = _accounts(session, terms.systems)
    return schemas.ServiceOut(
        **line.model_dump(),
        path=f"/share/v1/agreements/{quote(number, safe='')}/items/{quote(line.item_code, safe='')}",
        fields=[
            schemas.ServedField(
                name=one.name,
                name_zh=one.name_zh,
                kind=one.kind.value,
                mask=masks[one.name],
                key=one.key or bool(one.subject),
                meaning=one.meaning,
            )
            for one in fields
        ],
        purposes=list(terms.purposes),
        purpose_words=[schemas.ServedPurpose(code=one, words=purpose_words(one)) for one in terms.purposes],
        case_required=terms.case_required,
        person_required=bool(terms.persons or terms.posts or terms.second_factor),
        factor_required=terms.second_factor,
        systems=[account.name for account in accounts],
        accounts=accounts,
        max_rows=terms.max_rows,
        rate_per_second=terms.rate_per_second,
        total_quota=terms.total_quota,
        used_total=quota.used_total if quota else 0,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        copy=copy_out(row, item) if row else None,
        example=asked,
        answer=answer,
    )


def _accounts(session: Session, systems: Sequence[str]) -> list[schemas.ServedAccount]:
    named = identity.System.id.in_([UUID(one) for one in systems])
    found = session.execute(
        select(identity.System.id, identity.System.name).where(named).order_by(identity.System.name)
    )
    return [schemas.ServedAccount(id=id, name=name) for id, name in found]


def _visible(actor: Actor) -> Select[agreements.Agreement]:
    live = (agreements.Status.IN_FORCE, agreements.Status.SUSPENDED)
    statement = select(agreements.Agreement).where(agreements.Agreement.status.in_(live))
    reach = actor.scope(READ)
    if reach.everywhere:
        return statement
    sides = (agreements.Agreement.department_id, agreements.Agreement.provider_id)
    return statement.where(or_(*(side.in_(reach.departments) for side in sides)))


def _names(session: Session, one: agreements.Agreement, items: tuple[str, ...]) -> Names:
    return names_of(session, departments=[one.department_id, one.provider_id], items=[UUID(item) for item in items])


def _line(
    session: Session,
    one: agreements.Agreement,
    contract: agreements.Contract,
    item_id: UUID,
    names: Names,
    now: datetime,
) -> schemas.ServiceLine:
    item, quota = catalogue.get_item(session, item_id), session.get(Quota, one.id)
    copy = session.get(ServingCopy, item_id)
    today = quota.used_day if quota and quota.day == identity.law_day(now) else 0
    return schemas.ServiceLine(
        agreement=one.number,
        agreement_id=one.id,
        status=contract.status.value,
        item_code=item.number or item.code,
        item_zh=item.name_zh,
        item_en=item.name_en,
        consumer=names.place(one.department_id),
        provider=names.place(one.provider_id),
        used_today=today,
        daily_quota=contract.terms.daily_quota,
        fresh=copy.data_at if copy else None,
        ways=list(contract.terms.ways),
    )


def _fields(session: Session, item_id: UUID, row: ServingCopy | None) -> list[Field]:
    """The fields as they are served; of an item without a copy, as the catalogue has them."""
    if row is not None:
        return [Field.of(one) for one in row.fields]
    return [
        Field(
            one.name,
            one.name_zh,
            kind_of(one.type.value, one.precision),
            one.level.value,
            key=one.is_key,
            meaning=one.meaning,
        )
        for one in catalogue.fields_of(session, item_id)
    ]
