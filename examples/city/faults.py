"""How a bureau writes differently what another bureau writes too, and how it writes it wrongly."""

from functools import cache

from .dice import Dice
from .sheets import rows

_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@cache
def _others() -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows("variants"):
        found.setdefault(row["plain"], []).append((row["other"], row["kind"]))
        if row["kind"] == "homophone":
            found.setdefault(row["other"], []).append((row["plain"], row["kind"]))
    return {plain: tuple(others) for plain, others in found.items()}


def name_variant(dice: Dice, name: str) -> tuple[str, str] | None:
    """The name as another clerk would write it, and of which kind that is (traditional, homophone, typing)."""
    places = [place for place, sign in enumerate(name) if sign in _others()]
    if not places:
        return None
    place = dice.pick(places)
    other, kind = dice.pick(_others()[name[place]])
    return name[:place] + other + name[place + 1 :], kind


def firm_variant(dice: Dice, name: str) -> tuple[str, str]:
    """A firm's name as another bureau keeps it: another form, without the city, with brackets."""
    ways = ["city_in_brackets", "without_city"]
    if name.endswith("有限公司"):
        ways += ["long_form", "short_form"]
    way = dice.pick(ways)
    rest = name.removeprefix("云溪市").removeprefix("云溪")
    written = {
        "city_in_brackets": f"{rest}（云溪）" if not name.endswith("有限公司") else f"{rest[:-4]}（云溪）有限公司",
        "without_city": rest,
        "long_form": f"{name[:-4]}有限责任公司",
        "short_form": f"{name[:-4]}公司",
    }[way]
    return written, way


def address_variant(dice: Dice, address: str) -> tuple[str, str]:
    """An address without its prefixes, or with other words for house, unit and room."""
    ways = {
        "without_city": address.removeprefix("云溪市"),
        "without_districts": _without_districts(address),
        "other_words": address.replace("幢", "栋").replace("单元", "-").replace("室", ""),
        "full_width": address.translate(_FULL_WIDTH),
    }
    way, written = dice.pick([(way, written) for way, written in ways.items() if written != address])
    return written, way


def transposed(dice: Dice, code: str) -> str:
    """The code with two neighbouring unlike digits changed over: what a tired hand types."""
    places = [place for place in range(8, 16) if code[place] != code[place + 1]]
    place = dice.pick(places or [15])
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]


def full_width(text: str) -> str:
    """The digits as a Chinese keyboard in full-width mode gives them."""
    return text.translate(_FULL_WIDTH)


def _without_districts(address: str) -> str:
    for sign in ("街道", "镇", "乡"):
        _, found, tail = address.partition(sign)
        if found and tail:
            return tail
    return address
