"""Reports: what was measured, as PDF, HTML or a table."""

from zhengtong.data.quality.queries.reports.pointblank import html
from zhengtong.data.quality.queries.reports.sheets import board_sheet, csv, items_sheet, rules_sheet, tickets_sheet
from zhengtong.data.quality.queries.reports.telling import Report, report_of
from zhengtong.data.quality.queries.reports.typesetting import pdf

__all__ = ["Report", "board_sheet", "csv", "html", "items_sheet", "pdf", "report_of", "rules_sheet", "tickets_sheet"]
