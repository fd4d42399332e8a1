"""Terms read, checked and put into words: levels, faults, the agreement's text."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Field, Words
from zhengtong.office import deadlines, identity
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import errors, rules, schemas
from zhengtong.sharing.agreements.queries import naming, packs
from zhengtong.sharing.agreements.queries.snapshots import field_levels
from zhengtong.sharing.agreements.tables import Agreement, AgreementSeal, AgreementTerms, Application, Deed

LIVE_CHANGE = (
    rules.State.CREATED,
    rules.State.CHECKING,
    rules.State.ANSWERING,
    rules.State.SUPPLEMENTING,
    rules.State.SENT_BACK,
    rules.State.AGREED,
)


def terms_of(session: Session, sent: schemas.TermsIn) -> rules.Terms:
    """The terms with the level that follows from their fields and masks (就高从严)."""
    bare = sent.terms("general_1")
    return sent.terms(rules.level_of(bare, field_levels(session, set(sent.fields))))


def faults(session: Session, terms: rules.Terms, application: Application, *, now: datetime) -> list[Field]:
    """What is to be mended in the terms of an application."""
    items = {UUID(one) for one in terms.item_ids}
    levels = field_levels(session, items)
    found = rules.terms_faults(
        terms,
        rules.Known(
            fields=levels,
            purposes={code: one["case"] for code, one in packs.pack("purposes")["purposes"].items()},
            systems=frozenset(one.id.hex for one in naming.own_systems(session, application.department_id)),
            today=identity.law_day(now).isoformat(),
        ),
    )
    if application.item_id.hex not in terms.item_ids:
        found.append(Field("fields", "申请须包含这个数据项。", "The application must name its item."))
    strangers = select(catalogue.Item.id).where(
        catalogue.Item.id.in_(items), catalogue.Item.department_id != application.provider_id
    )
    if session.scalar(strangers.limit(1)):
        found.append(
            Field("fields", "一件申请只能申请同一部门的数据项。", "One application is for items of one department.")
        )
    if not application.basis.strip() or not application.scene.strip():
        found.append(Field("basis", "请填写使用依据和场景。", "Give the basis and the scene."))
    return found


def is_personal(session: Session, terms: rules.Terms) -> bool:
    """True where what is given holds personal information: by the item's class, or what a field is called."""
    told = packs.pack("text")
    items = [UUID(one) for one in terms.item_ids]
    classes = session.scalars(select(catalogue.Item.class_code).where(catalogue.Item.id.in_(items)))
    if any(code.startswith(tuple(told["personal_classes"])) for code in classes):
        return True
    columns = (catalogue.Field.item_id, catalogue.Field.name, catalogue.Field.name_zh)
    rows = session.execute(select(*columns).where(catalogue.Field.item_id.in_(items)))
    given = ((name, said) for item, name, said in rows if name in terms.fields.get(item.hex, {}))
    return any(word in said for _, said in given for word in told["personal_words"])


def newest_terms(session: Session, agreement: Agreement) -> AgreementTerms:
    """The newest version of an agreement's terms."""
    return session.get_one(AgreementTerms, (agreement.id, agreement.terms_version))


def held_terms(session: Session, agreement: Agreement) -> AgreementTerms:
    """The version that holds; the newest where none does yet."""
    return session.get_one(AgreementTerms, (agreement.id, agreement.in_force or agreement.terms_version))


def signed(session: Session, agreement: Agreement) -> set[UUID]:
    """The parties whose seal stands on the newest version."""
    found = select(AgreementSeal.department_id).where(
        AgreementSeal.agreement_id == agreement.id,
        AgreementSeal.number == agreement.terms_version,
        AgreementSeal.signature != "",
    )
    return set(session.scalars(found))


def pending_change(session: Session, agreement_id: UUID) -> Application | None:
    """A change or renewal of the agreement that is under way."""
    found = select(Application).where(Application.agreement_id == agreement_id, Application.state.in_(LIVE_CHANGE))
    return session.scalar(found.limit(1))


def done(session: Session, about: UUID) -> set[str]:
    """The deeds that were done to a thing."""
    return set(session.scalars(select(Deed.deed).where(Deed.about == about)))


def seal_payload(written: AgreementTerms) -> bytes:
    """What a seal is over: the agreement, the version, the fingerprint of its terms, and that of its text."""
    told = {"agreement_id": str(written.agreement_id), "terms_digest": written.digest, "version": written.number}
    return rules.canonical(told | text_facts(written))


def text_facts(written: AgreementTerms) -> dict[str, str]:
    """The text's fingerprint as entries and seals bear it; nothing where the text is from before texts were signed."""
    digest = rules.text_digest(written.text, ledger.sm3)
    return {"text_digest": digest} if digest else {}


def own_body(session: Session, actor: Actor) -> UUID:
    """The department in law for which the actor acts. Raises NotYourStep for who has none."""
    if actor.department is None:
        raise errors.NotYourStep(deed=Words("申请", "apply"), who=Words("有岗位的人员", "somebody with a post"))
    return naming.body_of(session, actor.department)


def not_a_party(session: Session, provider_id: UUID, consumer_id: UUID) -> errors.NotAParty:
    """What somebody of neither side is told."""
    return errors.NotAParty(provider=name_of(session, provider_id), consumer=name_of(session, consumer_id))


def name_of(session: Session, department_id: UUID) -> Words:
    """A department's name."""
    return naming.department_words(session.get(identity.Department, department_id))


def clock_words(session: Session, clock_id: UUID | None, *, now: datetime) -> Words:
    """Until when it must be done, in words."""
    clock = session.get(deadlines.Clock, clock_id) if clock_id else None
    if clock is None:
        return Words("待定", "unknown")
    return deadlines.remaining(deadlines.state_of(clock), deadlines.calendar(session), now=now).words


def application_link(one: Application) -> str:
    """Its page."""
    return f"/sharing/applications/{one.id}"


def agreement_link(one: Agreement) -> str:
    """Its page."""
    return f"/sharing/agreements/{one.id}"


def write_text(
    session: Session,
    agreement: Agreement,
    terms: rules.Terms,
    application: Application | None,
    *,
    digest: str,
    personal: bool,
) -> dict[str, Any]:
    """The agreement's text in both languages, from the template, with its number and parties set in."""
    told = packs.pack("text")
    facts = {lang: _facts(session, agreement, terms, application, digest, lang) for lang in ("zh", "en")}
    articles = [*told["articles"], *([told["personal"]] if personal else [])]
    return {
        "format": rules.TEXT_FORMAT,
        "template": told["version"],
        "title": {lang: told["title"][lang].format(**facts[lang]) for lang in facts},
        "parties": {lang: told["parties"][lang].format(**facts[lang]) for lang in facts},
        "articles": [
            {"title": one["title"], "words": {lang: one[lang].format(**facts[lang]) for lang in facts}}
            for one in articles
        ],
    }


def _facts(
    session: Session, agreement: Agreement, terms: rules.Terms, application: Application | None, digest: str, lang: str
) -> dict[str, str]:
    names = naming.names(session, terms, agreement.department_id)
    said = {
        "item": Words(agreement.item.name_zh, agreement.item.name_en or agreement.item.name_zh),
        "items": _joined([names.items[one] for one in terms.item_ids if one in names.items]),
        "provider": name_of(session, agreement.provider_id),
        "consumer": names.consumer,
        "purposes": rules.purposes_in_words(terms, names),
        "fields": rules.fields_in_words(terms, names),
        "rows": rules.rows_in_words(terms, names),
        "ways": rules.ways_in_words(terms),
        "limits": rules.limits_in_words(terms),
    }
    told = {key: one.en if lang == "en" else one.zh for key, one in said.items()}
    own = application.basis if application else ""
    scene = application.scene if application else ""
    plain = {"basis": own, "scene": scene, "valid_from": terms.valid_from, "valid_to": terms.valid_to, "digest": digest}
    return told | plain


def _joined(said: list[Words]) -> Words:
    return Words("、".join(one.zh for one in said), ", ".join(one.en for one in said))
