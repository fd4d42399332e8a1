"""The rule pack in force, and its words."""

from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import standards
from zhengtong.data.quality import rules, schemas
from zhengtong.kernel import assets

NATIONAL = "cn-national"


@cache
def pack() -> rules.Pack:
    """The pack that came with this release, checked. Raises ValueError naming what is wrong with it."""
    return rules.Pack.of(assets.load_yaml((assets.path("rules") / "quality" / f"{NATIONAL}.yaml").read_text("utf-8")))


def words(session: Session, known: rules.Pack) -> schemas.QualityWords:
    """The words of the pack, and the code lists that a rule may name."""
    lists = session.scalars(select(standards.CodeList).order_by(standards.CodeList.key))
    own = set(rules.OWN_FORMS)
    return schemas.QualityWords.model_validate(
        {
            "pack": known.name.model_dump(),
            "dimensions": [{"key": key, **one.model_dump()} for key, one in known.dimensions.items()],
            "grades": [one.model_dump() for one in known.grades],
            "severities": [
                {**one.model_dump(), "key": key, "ticket_below": f"{one.ticket_below:f}"}
                for key, one in known.severities.items()
            ],
            "forms": [
                {"key": key, "own": key in own, **one.model_dump(), **rules.FORM_WORDS[key]}
                for key, one in known.forms.items()
            ],
            "functions": [
                {
                    "name": one.name,
                    "zh": one.zh,
                    "en": one.en,
                    "takes": [dict(zip(("zh", "en"), rules.KIND_WORDS[kinds[0]], strict=True)) for kinds in one.takes],
                }
                for one in rules.FUNCTIONS.values()
            ],
            "lists": [{"key": one.key, "zh": one.name_zh, "en": one.name_en or one.name_zh} for one in lists],
        }
    )
