"""How a Chinese name is spelled in pinyin, so that it is found by `shenruochuan`, `ruochuan` or `src`."""

import re

SURNAMES = {
    "单": "shan",
    "曾": "zeng",
    "解": "xie",
    "仇": "qiu",
    "查": "zha",
    "任": "ren",
    "区": "ou",
    "朴": "piao",
    "盖": "ge",
    "尉迟": "yuchi",
    "万俟": "moqi",
    "缪": "miao",
    "召": "shao",
    "乐": "yue",
    "翟": "zhai",
    "华": "hua",
    "覃": "qin",
    "冼": "xian",
    "员": "yun",
    "哈": "ha",
    "祭": "zhai",
    "折": "she",
    "黑": "he",
    "种": "chong",
}


def syllables(name: str, *, surname: bool = False) -> list[str]:
    """The syllables of a name in pinyin without tones; other letters stay as they are, in small.

    >>> syllables("单田芳", surname=True), syllables("单位")
    (['shan', 'tian', 'fang'], ['dan', 'wei'])
    """
    import pypinyin

    known = next((name[:size] for size in (2, 1) if name[:size] in SURNAMES), "") if surname else ""
    head = [SURNAMES[known]] if known else []
    parts = [*head, *pypinyin.lazy_pinyin(name[len(known) :])]
    return [letters for part in parts if (letters := re.sub(r"[^a-z0-9]", "", part.lower()))]


def spelling(name: str, *, surname: bool = False) -> str:
    """What a search looks through: the whole name spelled, then its initials.

    >>> spelling("沈若川", surname=True), spelling("税务局")
    ('shenruochuan src', 'shuiwuju swj')
    """
    parts = syllables(name, surname=surname)
    return f"{''.join(parts)} {''.join(part[0] for part in parts)}".strip()


def login_for(name: str) -> str:
    """A login name to propose: the surname, a dot, the given name.

    >>> login_for("沈若川"), login_for("单明")
    ('shen.ruochuan', 'shan.ming')
    """
    parts = syllables(name, surname=True)
    return ".".join(part for part in (parts[0], "".join(parts[1:])) if part)[:32] if parts else ""
