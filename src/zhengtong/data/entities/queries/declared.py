"""What is declared: feeds, models, rules, and the packs that came with this release."""

from functools import cache
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.entities import errors, rules, schemas
from zhengtong.data.entities.permissions import DECLARE
from zhengtong.data.entities.queries.registers import item_refs, label
from zhengtong.data.entities.queries.reviews import level_words
from zhengtong.data.entities.queries.seen import bundled_model, model_in_use
from zhengtong.data.entities.rules import Kind, Model
from zhengtong.data.entities.tables import Feed, Lead, ModelRow, RuleRow
from zhengtong.kernel import assets
from zhengtong.kernel.actor import Actor
from zhengtong.office import identity


def item_by_number(session: Session, number: str) -> catalogue.Item | None:
    """The item with this short number (SJ-3102)."""
    return session.scalar(select(catalogue.Item).where(catalogue.Item.number == number))


@cache
def bundled_packs() -> tuple[str, ...]:
    """The packs that came with this release, by name."""
    folder = assets.path("rules") / "entities"
    return tuple(sorted(file.stem for file in folder.glob("*.yaml") if file.stem != "words"))


def bundled_pack(name: str) -> rules.Pack:
    """A pack that came with this release. Raises PackUnknown, PackInvalid."""
    if name not in bundled_packs():
        raise errors.PackUnknown(name=name, known="、".join(bundled_packs()))
    try:
        return rules.read_pack((assets.path("rules") / "entities" / f"{name}.yaml").read_text("utf-8"))
    except rules.PackWrong as wrong:
        raise errors.PackInvalid(why=wrong) from wrong


def sources_out(session: Session, actor: Actor) -> schemas.EntitySources:
    """What feeds the registers, by what they are compared, what contradicts."""
    feeds = session.scalars(select(Feed).order_by(Feed.kind, Feed.id)).all()
    found = session.scalars(select(RuleRow).order_by(RuleRow.code)).all()
    named = {feed.item_id for feed in feeds} | {UUID(item) for rule in found for item in rule.items.values()}
    refs = item_refs(session, named)
    return schemas.EntitySources(
        feeds=[feed_out(feed, refs[feed.item_id]) for feed in feeds if feed.item_id in refs],
        models=[one for kind in Kind for one in models_out(session, kind)],
        rules=[_rule_out(session, rule, refs) for rule in found],
        attributes={kind: {name: label(kind, name) for name in rules.ATTRIBUTES[kind]} for kind in Kind},
        packs=list(bundled_packs()),
        abilities={"declare": actor.may(DECLARE)},
    )


def feed_out(feed: Feed, item: schemas.EntityItem) -> schemas.EntityFeed:
    """One source of a register."""
    names = schemas.EntityFeed.model_fields.keys() - {"item"}
    return schemas.EntityFeed(**{name: getattr(feed, name) for name in names}, item=item)


def models_out(session: Session, kind: Kind) -> list[schemas.EntityModel]:
    """The models of a kind, the newest first, the bundled one last."""
    used = model_in_use(session, kind).number
    rows = session.scalars(select(ModelRow).where(ModelRow.kind == kind).order_by(ModelRow.number.desc())).all()
    found = [_model_out(Model.of(row.content), row, used) for row in rows]
    return [*found, _model_out(bundled_model(kind), None, used)]


def _model_out(model: Model, row: ModelRow | None, used: int) -> schemas.EntityModel:
    levels = [
        schemas.EntityModelLevel(
            comparison=schemas.EntityText(zh=one.zh, en=one.en),
            level=name,
            words=level_words(one, name),
            m=chance.m,
            u=chance.u,
            weight=round(chance.weight, 2),
        )
        for one in rules.COMPARISONS[model.kind]
        for name, chance in model.chances[one.name].items()
    ]
    return schemas.EntityModel(
        kind=model.kind,
        number=model.number,
        in_use=model.number == used,
        trained_on=row.trained_on if row else 0,
        made_at=row.made_at if row else None,
        made_by=row.made_by_name if row else "",
        review=model.review,
        link=model.link,
        levels=levels,
    )


def _rule_out(session: Session, row: RuleRow, refs: dict[UUID, schemas.EntityItem]) -> schemas.EntityRule:
    spec = rules.kept_rule(row.content)
    department = session.get(identity.Department, row.department_id) if row.department_id else None
    live = select(func.count()).select_from(Lead).where(Lead.rule_id == row.id, Lead.state.in_(rules.LIVE))
    return schemas.EntityRule(
        id=row.id,
        code=row.code,
        title=schemas.EntityText(zh=spec.zh, en=spec.en),
        why=schemas.EntityText(zh=spec.why.zh, en=spec.why.en),
        kind=row.kind,
        enabled=row.enabled,
        items={name: refs.get(UUID(row.items[name])) if name in row.items else None for name in spec.tables},
        department=identity.DepartmentRef.of(department) if department else None,
        ran_at=row.ran_at,
        found=row.found,
        open=session.scalar(live) or 0,
    )
