"""The same rules measured by pointblank, as its HTML report: a second opinion in a form that others know."""

import importlib.util
import re
from html import escape
from typing import Any

from zhengtong.data.quality import errors, rules
from zhengtong.data.quality.queries.reports.telling import Report
from zhengtong.data.quality.queries.scanning import judged_rows
from zhengtong.data.quality.queries.subjects import Subject
from zhengtong.engines.compute import Compute
from zhengtong.engines.lake import Lake

OUTSIDE = re.compile(r"@import\s+url\([^)]*\);?|<link[^>]+>|<script[^>]*>.*?</script>", re.DOTALL)


def html(compute: Compute, lake: Lake, subject: Subject, told: Report) -> bytes:
    """The report; it fetches nothing when opened. Raises ReportAbsent when pointblank is not installed, NothingMeasured."""
    if importlib.util.find_spec("pointblank") is None:
        raise errors.ReportAbsent()
    with judged_rows(compute, lake, subject) as (table, chosen):
        if table is None:
            raise errors.NothingMeasured(item=told.item.name_zh)
        shown = _interrogated(table, chosen, told)
    page = OUTSIDE.sub("", shown.as_raw_html())
    title = escape(f"{told.item.name_zh} {told.item.code}")
    return f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{title}</title>{page}</html>'.encode()


def _interrogated(table: Any, chosen: list[rules.Rule], told: Report) -> Any:
    import pointblank  # type: ignore[import-untyped]  # it has no type marks

    steps = pointblank.Validate(data=table, label=f"{told.item.name_zh} {told.item.code}", lang="zh-Hans")
    for place, rule in enumerate(chosen):
        steps = steps.col_vals_eq(
            columns=f"r{place}",
            value=1,
            na_pass=True,
            brief=f"{rule.name_zh}（{'、'.join(rule.fields) or rule.expression}）",
        )
    return steps.interrogate(collect_extracts=False).get_tabular_report()
