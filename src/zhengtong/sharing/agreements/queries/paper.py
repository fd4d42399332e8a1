"""The agreement on paper: typst sets it from rules/agreements/agreement.typ, with a QR code of where it can be verified."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from zhengtong.kernel import assets
from zhengtong.sharing.agreements import errors, schemas

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
CHINESE = ("NotoSansCJK*", "NotoSansSC*", "SourceHanSans*", "wqy-microhei*", "PingFang*", "msyh*", "HarmonyOS_Sans_SC*")


def pdf(one: schemas.AgreementOut, *, address: str, fonts: Path | None, at: datetime) -> bytes:
    """The agreement as PDF with its fonts embedded. Raises PaperFontAbsent when there is no Chinese font."""
    import typst

    places = [fonts] if fonts else list(SYSTEM_FONTS)
    if not any(_has_chinese(place) for place in places):
        raise errors.PaperFontAbsent()
    link = f"{address.rstrip('/')}/sharing/agreements/{one.id}"
    told = json.dumps(_told(one, link, at), ensure_ascii=False)
    own: list[Path] = [fonts] if fonts else []
    template = assets.path("rules") / "agreements" / "agreement.typ"
    return typst.compile(template, format="pdf", font_paths=own, sys_inputs={"told": told})


def _has_chinese(place: Path) -> bool:
    return place.is_dir() and any(next(place.rglob(pattern), None) for pattern in CHINESE)


def _told(one: schemas.AgreementOut, link: str, at: datetime) -> dict[str, Any]:
    return {
        "title": one.text_title.zh,
        "number": one.number,
        "version": one.terms_version,
        "status": one.label.zh,
        "parties": {"provider": one.provider.name_zh, "consumer": one.consumer.name_zh},
        "articles": [{"title": each.title.zh, "words": each.words.zh} for each in one.text],
        "sentences": [{"label": each.label.zh, "words": each.words.zh} for each in one.sentences],
        "checklist": [
            {"stage": each.stage.zh, "words": each.words.zh, "by": each.by, "done": each.confirmed is not False}
            for each in one.checklist
        ],
        "seals": [
            {
                "side": "甲方（提供方）" if each.side == "provider" else "乙方（使用方）",
                "name": each.department.name_zh,
                "by": each.by,
                "at": f"{each.at.astimezone(CITY_TIME):%Y-%m-%d %H:%M}",
                "custody": "平台代管" if each.custody == "platform" else "本部门自管",
                "key": each.key_id,
                "signature": each.signature,
                "index": "" if each.index is None else str(each.index),
            }
            for each in one.seals
            if not each.waiting
        ],
        "digest": one.digest,
        "text_digest": one.text_digest,
        "link": link,
        "modules": _qr(link),
        "told": f"{at.astimezone(CITY_TIME):%Y-%m-%d %H:%M}",
    }


def _qr(text: str) -> list[list[bool]]:
    """The modules of a QR code, row by row."""
    import segno

    return [[bool(module) for module in row] for row in segno.make(text, error="m").matrix]
