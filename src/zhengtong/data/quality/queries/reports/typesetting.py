"""The report on paper: typst sets it from rules/quality/report.typ; what it tells goes in as data, never as markup."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from zhengtong.data.quality import errors
from zhengtong.data.quality.queries.reports.sheets import rate, verdict
from zhengtong.data.quality.queries.reports.telling import Report
from zhengtong.kernel import assets

CITY_TIME = ZoneInfo("Asia/Shanghai")
SYSTEM_FONTS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".fonts",
    Path.home() / ".local/share/fonts",
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
CHINESE = (
    "NotoSansCJK*",
    "NotoSansSC*",
    "SourceHanSans*",
    "wqy-microhei*",
    "PingFang*",
    "msyh*",
    "HarmonyOS_Sans_SC*",
)


def pdf(told: Report, *, fonts: Path | None) -> bytes:
    """The report as PDF with its fonts embedded. Raises PdfAbsent when there is no Chinese font."""
    import typst

    places = [fonts] if fonts else list(SYSTEM_FONTS)
    if not any(_has_chinese(place) for place in places):
        raise errors.PdfAbsent()
    template = assets.path("rules") / "quality" / "report.typ"
    told_as_json = json.dumps(_told(told))
    own: list[Path] = [fonts] if fonts else []
    return typst.compile(template, format="pdf", font_paths=own, sys_inputs={"told": told_as_json})


def _has_chinese(place: Path) -> bool:
    return place.is_dir() and any(next(place.rglob(pattern), None) for pattern in CHINESE)


def _told(told: Report) -> dict[str, Any]:
    latest, pack = told.latest, told.pack
    grade = next((one for one in pack.grades if one.key == latest.grade), None)
    dimensions = {one.key: one for one in latest.dimensions}
    return {
        "item": {"name": told.item.name_zh, "code": told.item.code, "department": told.item.department.name_zh},
        "score": "—" if latest.score is None else f"{latest.score:.2f}",
        "grade": grade.zh if grade else "—",
        "measured": f"{latest.at.astimezone(CITY_TIME):%Y-%m-%d %H:%M}",
        "told": f"{told.at.astimezone(CITY_TIME):%Y-%m-%d %H:%M}",
        "reader": told.reader,
        "rows": f"{latest.rows:,}",
        "passed": f"{latest.passed:,}",
        "judged": f"{latest.judged:,}",
        "version": str(latest.table_version),
        "engine": latest.engine,
        "tickets": told.open_tickets,
        "pack": pack.name.zh,
        "dimensions": [
            {
                "name": part.zh,
                "meaning": part.meaning.zh,
                "weight": part.weight,
                "score": dimensions[key].score if key in dimensions else None,
                "passed": f"{dimensions[key].passed:,}" if key in dimensions else "",
                "judged": f"{dimensions[key].judged:,}" if key in dimensions else "",
                "rules": dimensions[key].rules if key in dimensions else 0,
            }
            for key, part in pack.dimensions.items()
        ],
        "rules": [
            {
                "name": one.name_zh,
                "says": one.says_zh,
                "dimension": pack.dimensions[one.dimension].zh,
                "passed": "" if one.passed is None else f"{one.passed:,}",
                "judged": "" if one.judged is None else f"{one.judged:,}",
                "rate": rate(one.passed, one.judged),
                "verdict": verdict(one),
                "failing": one.failing,
            }
            for one in told.rules
        ],
        "history": [
            {"at": f"{one.at.astimezone(CITY_TIME):%m-%d}", "score": one.score}
            for one in reversed(told.history[:12])
            if one.score is not None
        ],
        "sources": _sources(told),
    }


def _sources(told: Report) -> list[str]:
    pack = told.pack
    parts = [*pack.dimensions.values(), *pack.grades]
    named = {f"{one.source} {one.article}{'' if one.verified else '（条文未核对）'}" for one in parts}
    return sorted(named)
