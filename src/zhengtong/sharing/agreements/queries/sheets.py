"""Applications and agreements as tables."""

from collections.abc import Iterable

from zhengtong.sharing.agreements import schemas

MOST = 10_000
Sheet = tuple[list[str], list[list[str]]]


def applications(lines: Iterable[schemas.ApplicationLine]) -> Sheet:
    """Applications, with the state's code as other platforms know it."""
    columns = [
        "编号",
        "数据项",
        "数据项编号",
        "申请部门",
        "提供部门",
        "用途",
        "字段数",
        "状态",
        "状态编码",
        "时限",
        "申请人",
        "创建时间",
        "协议",
    ]
    rows = [
        [
            one.number,
            one.item.name_zh,
            one.item.code,
            one.department.name_zh,
            one.provider.name_zh,
            "、".join(each.zh for each in one.purposes),
            str(one.fields),
            one.label.zh,
            one.code,
            one.clock.words.zh if one.clock else "",
            one.created_by,
            one.created_at.isoformat(timespec="seconds"),
            one.agreement_number or "",
        ]
        for one in lines
    ]
    return columns, rows


def agreements(lines: Iterable[schemas.AgreementLine]) -> Sheet:
    """Agreements."""
    columns = ["编号", "数据项", "数据项编号", "提供方", "使用方", "用途", "状态", "合约版本", "起", "止", "剩余天数"]
    rows = [
        [
            one.number,
            one.item.name_zh,
            one.item.code,
            one.provider.name_zh,
            one.consumer.name_zh,
            "、".join(each.zh for each in one.purposes),
            one.label.zh,
            str(one.in_force or ""),
            one.valid_from.isoformat(),
            one.valid_to.isoformat(),
            str(one.days_left),
        ]
        for one in lines
    ]
    return columns, rows
