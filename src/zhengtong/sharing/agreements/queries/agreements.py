"""Agreements as they go out: in a list, and one with its seals, terms, text and history."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.office import identity
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import rules, schemas
from zhengtong.sharing.agreements.permissions import Desk, agreement_abilities, signs_for
from zhengtong.sharing.agreements.queries import naming, packs, refs, wording
from zhengtong.sharing.agreements.rules import Side
from zhengtong.sharing.agreements.tables import Agreement, AgreementSeal, AgreementTerms, Application


def agreement_lines(session: Session, found: Iterable[Agreement], *, now: datetime) -> list[schemas.AgreementLine]:
    """Agreements in a list."""
    rows = list(found)
    places = refs.parties(session, [each for one in rows for each in (one.department_id, one.provider_id)])
    keys = {(one.id, one.in_force or one.terms_version) for one in rows}
    held = select(AgreementTerms).where(AgreementTerms.agreement_id.in_([one.id for one in rows]))
    terms = {key: one.terms for one in session.scalars(held) if (key := (one.agreement_id, one.number)) in keys}
    today = identity.law_day(now)
    return [
        schemas.AgreementLine(
            id=one.id,
            number=one.number,
            status=one.status,
            label=refs.both(rules.STATUS_WORDS[one.status]),
            item=refs.item(one.item),
            provider=places[one.provider_id],
            consumer=places[one.department_id],
            purposes=refs.purposes(terms[one.id, one.in_force or one.terms_version]),
            terms_version=one.terms_version,
            in_force=one.in_force,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            days_left=(one.valid_to - today).days,
            awaits=one.awaits,
            changed_at=one.changed_at,
        )
        for one in rows
    ]


def agreement_out(
    session: Session, desk: Desk, one: Agreement, *, number: int | None = None, now: datetime
) -> schemas.AgreementOut:
    """One agreement; of its newest version, or version `number`."""
    (line,) = agreement_lines(session, [one], now=now)
    written = session.get(AgreementTerms, (one.id, number or one.terms_version)) or wording.newest_terms(session, one)
    terms = rules.Terms.of(written.terms)
    names = naming.names(session, terms, one.department_id)
    signed = wording.signed(session, one)
    seals = _seals(session, one, written.number)
    signer = signs_for(desk, one)
    kept = ledger.contract(session, one.id)
    return schemas.AgreementOut(
        **line.model_dump(),
        version=one.version,
        digest=written.digest,
        text_digest=wording.text_facts(written).get("text_digest", ""),
        level=terms.level,
        sentences=refs.sentences(terms, names),
        terms=written.terms,
        seals=seals,
        awaited=_awaited(session, one, seals),
        versions=_versions(session, one),
        text_title=schemas.BothWords(**written.text["title"]),
        text=[_article(each) for each in written.text["articles"]],
        checklist=_checklist(session, one, written),
        to_confirm=_to_confirm(one, written, signer),
        personal=written.personal,
        stopped_by=one.stopped_by,
        reason=one.reason,
        succeeds=one.succeeds_id,
        contract_seq=ledger.contract_seq(session),
        on_ledger=kept is not None and kept.version >= written.number,
        deeds=refs.deeds(session, one.id),
        abilities=agreement_abilities(desk, one, signed),
    )


def _seals(session: Session, one: Agreement, number: int) -> list[schemas.SealOut]:
    found = select(AgreementSeal).where(AgreementSeal.agreement_id == one.id, AgreementSeal.number == number)
    rows = list(session.scalars(found))
    places = refs.parties(session, [each.department_id for each in rows])
    there = refs.indices(session, [each.entry_id for each in rows])
    return [
        schemas.SealOut(
            side=Side.PROVIDER if each.department_id == one.provider_id else Side.CONSUMER,
            department=places[each.department_id],
            waiting=not each.signature,
            custody=each.custody,
            key_id=each.key_id,
            signature=each.signature,
            by=each.by_name,
            at=each.at,
            index=there.get(each.entry_id) if each.entry_id else None,
        )
        for each in sorted(rows, key=lambda row: row.department_id != one.provider_id)
    ]


def _awaited(session: Session, one: Agreement, seals: list[schemas.SealOut]) -> list[schemas.PartyRef]:
    there = {each.department.id for each in seals if not each.waiting}
    left = [each for each in (one.provider_id, one.department_id) if each not in there]
    return list(refs.parties(session, left).values())


def _versions(session: Session, one: Agreement) -> list[schemas.VersionOut]:
    rows = session.scalars(
        select(AgreementTerms).where(AgreementTerms.agreement_id == one.id).order_by(AgreementTerms.number.desc())
    ).all()
    ids = [each.application_id for each in rows if each.application_id]
    found = session.execute(select(Application.id, Application.number, Application.kind).where(Application.id.in_(ids)))
    asked: dict[UUID | None, Any] = {row.id: row for row in found}
    return [
        schemas.VersionOut(
            number=each.number,
            digest=each.digest,
            created_at=each.created_at,
            in_force_at=each.in_force_at,
            application_id=each.application_id,
            application_number=application.number if application else None,
            kind=application.kind if application else None,
        )
        for each in rows
        for application in [asked.get(each.application_id)]
    ]


def _article(told: dict[str, dict[str, str]]) -> schemas.ArticleOut:
    return schemas.ArticleOut(title=schemas.BothWords(**told["title"]), words=schemas.BothWords(**told["words"]))


def _checklist(session: Session, one: Agreement, written: AgreementTerms) -> list[schemas.PointOut]:
    pack = packs.pack("checklist")
    seal = select(AgreementSeal.checklist).where(
        AgreementSeal.agreement_id == one.id,
        AgreementSeal.number == written.number,
        AgreementSeal.department_id == one.department_id,
        AgreementSeal.signature != "",
    )
    confirmed = {*written.checklist, *(session.scalar(seal) or ())}
    return [
        schemas.PointOut(
            key=key,
            stage=schemas.BothWords(**pack["stages"][told["stage"]]),
            by=told["by"],
            words=refs.both(packs.point_words(key)),
            confirmed=None if told["by"] == "platform" else key in confirmed,
        )
        for key, told in pack["points"].items()
        if written.personal or not told.get("personal")
    ]


def _to_confirm(one: Agreement, written: AgreementTerms, signer: UUID | None) -> list[str]:
    if signer == one.department_id:
        return packs.points(personal=written.personal, by="consumer")
    if signer == one.provider_id:
        left = packs.points(personal=written.personal, by="provider")
        return [key for key in left if key not in written.checklist]
    return []
