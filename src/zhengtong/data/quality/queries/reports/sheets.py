"""Tables to keep: items, rules with what they found, tickets."""

import csv as writing
from collections.abc import Iterable
from io import StringIO

from zhengtong.data.quality import rules, schemas
from zhengtong.data.quality.queries.packs import pack
from zhengtong.data.quality.queries.reports.telling import Report

Sheet = tuple[list[str], list[list[str]]]
FORMULA = ("=", "+", "-", "@", "\t")


def items_sheet(lines: Iterable[schemas.QualityLine]) -> Sheet:
    """How items stand."""
    grades = {one.key: one.zh for one in pack().grades}
    columns = [
        "编号",
        "数据项",
        "部门",
        "得分",
        "等级",
        "合格数",
        "判断数",
        "数据行数",
        "不达标规则",
        "在办校核",
        "检测时间",
    ]
    rows = [
        [
            one.item.code,
            one.item.name_zh,
            one.item.department.name_zh,
            _points(one.score),
            grades.get(one.grade, one.grade),
            str(one.passed),
            str(one.judged),
            str(one.rows),
            str(one.failing),
            str(one.open_tickets),
            one.measured_at.isoformat(timespec="seconds"),
        ]
        for one in lines
    ]
    return columns, rows


def board_sheet(told: schemas.QualityBoard) -> Sheet:
    """The scores of departments by month, the whole first."""
    columns = ["部门", "数据项数", *(one.month for one in told.months)]
    rows = [["全部", str(told.items), *(_points(one.score) for one in told.months)]]
    rows += [
        [one.department.name_zh, str(one.items), *(_points(month.score) for month in one.months)]
        for one in told.departments
    ]
    return columns, rows


def rules_sheet(told: Report) -> Sheet:
    """An item's rules with what they found."""
    dimensions = {key: one.zh for key, one in told.pack.dimensions.items()}
    severities = {key: one.zh for key, one in told.pack.severities.items()}
    columns = ["规则", "要求", "维度", "轻重", "来源", "合格数", "判断数", "合格率", "应达到", "结论"]
    rows = [
        [
            one.name_zh,
            one.says_zh,
            dimensions[one.dimension],
            severities[one.severity],
            "自定" if one.own else "数据标准",
            str(one.passed if one.passed is not None else ""),
            str(one.judged if one.judged is not None else ""),
            rate(one.passed, one.judged),
            f"{float(one.ticket_below):.2%}",
            verdict(one),
        ]
        for one in told.rules
    ]
    return columns, rows


def tickets_sheet(lines: Iterable[schemas.TicketLine]) -> Sheet:
    """Correction tickets."""
    columns = ["编号", "问题", "数据项", "提供部门", "提出方", "状态", "时限", "提出时间", "办结时间", "再次提出"]
    rows = [
        [
            one.number,
            one.title,
            f"{one.item.name_zh} {one.item.code}",
            one.department.name_zh,
            "质量规则" if one.by_rule else one.raised_department.name_zh if one.raised_department else one.raised_by,
            rules.STATE_WORDS[one.state][0],
            one.clock.words.zh if one.clock else "",
            one.opened_at.isoformat(timespec="seconds"),
            one.closed_at.isoformat(timespec="seconds") if one.closed_at else "",
            str(one.reopened),
        ]
        for one in lines
    ]
    return columns, rows


def csv(columns: list[str], rows: list[list[str]]) -> bytes:
    """UTF-8 with the mark that spreadsheets look for; no cell is taken for a formula."""
    out = StringIO()
    writer = writing.writer(out)
    writer.writerow(columns)
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def rate(passed: int | None, judged: int | None) -> str:
    """The pass rate, rounded down so that 100 % means all of them; nothing judged has none."""
    if not judged or passed is None:
        return "—"
    return f"{passed * 10_000 // judged / 100:.2f}%"


def verdict(one: schemas.QualityRuleOut) -> str:
    """What it comes to."""
    if not one.on:
        return "已停用"
    if not one.judged:
        return "没有可判断的数据"
    return "不达标" if one.failing else "达标"


def _points(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
