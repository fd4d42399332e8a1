"""The OpenAPI description of what one agreement lets a system call: its items, its fields as they are masked, its limits. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from zhengtong.sharing.gateway.rules.columns import Field, Kind
from zhengtong.sharing.gateway.rules.examples import example_of

_TYPES: Mapping[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.DECIMAL: {"type": "string", "format": "decimal"},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.MOMENT: {"type": "string", "format": "date-time"},
    Kind.TRUTH: {"type": "boolean"},
}
_MASKS = {"partial": "部分隐去 masked in part", "pseudonym": "化名 pseudonym", "general": "概化 generalised"}
_REFUSALS = {
    "401": "签名、时间、nonce 或会话不对 | signature, time, nonce or session",
    "403": "合约不允许，detail 说明原因与办法 | refused by the contract; detail says why and what to do",
    "422": "格式不对 | not well formed",
    "429": "超过每秒次数 | over the agreed rate",
    "503": "暂时不可用，数据没有给出 | away for the moment; no data was given",
}


def describe(
    number: str, items: Sequence[tuple[str, str, str, Sequence[Field], Mapping[str, str]]], *, limits: Mapping[str, Any]
) -> dict[str, Any]:
    """OpenAPI 3.1. `items`: code, path, name, the agreed fields, their masks."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": _PROBLEM, "Fresh": _FRESH}
    for place, (code, path, name, fields, masks) in enumerate(items, 1):
        schemas[f"Row{place}"] = _row(fields, masks)
        asked, answer = example_of(fields, masks, code)
        for operation, body in _bodies(fields, masks, limits).items():
            paths[f"{path}/{operation}"] = {"post": _operation(operation, name, code, place, body, (asked, answer))}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"政通数据服务 {number}",
            "version": "1",
            "description": _ABOUT.format(number=number, **limits),
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
        "security": [{"service": []}],
    }


def _operation(
    operation: str,
    name: str,
    code: str,
    place: int,
    body: dict[str, Any],
    example: tuple[dict[str, Any], dict[str, Any]],
) -> dict[str, Any]:
    asked = {"example": example[0]} if operation == "lookup" else {}
    told = {"example": example[1]} if operation != "count" else {}
    answer = {"application/json": {"schema": _answer(operation, place), **told}}
    refused = {
        status: {
            "description": said,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, said in _REFUSALS.items()
    }
    return {
        "summary": f"{name} {code} · {_WORDS[operation]}",
        "operationId": f"item{place}.{operation}",
        "parameters": _HEADERS,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body, **asked}}},
        "responses": {
            "200": {
                "description": "数据与回执 | data, with its receipt in the headers",
                "headers": _ANSWER_HEADERS,
                "content": answer,
            },
            **refused,
        },
    }


def _bodies(fields: Sequence[Field], masks: Mapping[str, str], limits: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    names = {"type": "array", "items": {"type": "string", "enum": [one.name for one in fields]}}
    keys = [one for one in fields if one.key or one.subject]
    whole = [one.name for one in fields if masks[one.name] == "full"]
    condition = {
        "type": "object",
        "required": ["field", "op", "value"],
        "properties": {
            "field": {"type": "string", "enum": whole},
            "op": {"type": "string", "enum": ["eq", "ne", "lt", "le", "gt", "ge", "in", "prefix"]},
            "value": {},
        },
    }
    where = {"type": "array", "maxItems": 20, "items": condition}
    by_key = {one.name: _TYPES[one.kind] for one in keys}
    page = {"type": "integer", "minimum": 1, "maximum": min(500, limits["max_rows"])}
    values = {"type": "array", "minItems": 1, "maxItems": limits["batch"]}
    bodies = {
        "lookup": _object({"key": _object(by_key, []), "fields": names}, ["key"]),
        "batch": _object(
            {"key": {"type": "string", "enum": list(by_key)}, "values": values, "fields": names}, ["key", "values"]
        ),
        "rows": _object({"where": where, "fields": names, "limit": page, "after": {"type": "string"}}, []),
        "count": _object({"where": where}, []),
    }
    return bodies if keys else {name: body for name, body in bodies.items() if name in ("rows", "count")}


def _answer(operation: str, place: int) -> dict[str, Any]:
    said = {"item": {"type": "string"}, "version": {"type": "string"}, "fresh": {"$ref": "#/components/schemas/Fresh"}}
    if operation == "count":
        return _object({**said, "count": {"type": "integer"}}, ["count"])
    rows = {"type": "array", "items": {"$ref": f"#/components/schemas/Row{place}"}}
    more = {"next": {"type": ["string", "null"]}} if operation == "rows" else {}
    return _object({**said, "rows": rows, **more}, ["rows"])


def _row(fields: Sequence[Field], masks: Mapping[str, str]) -> dict[str, Any]:
    properties = {}
    for one in fields:
        mask = masks[one.name]
        told = _TYPES[one.kind] if mask == "full" else {"type": ["string", "boolean", "null"]}
        said = _MASKS.get(mask.partition(":")[0], "")
        properties[one.name] = {
            **told,
            "title": one.name_zh,
            "description": " · ".join(filter(None, (one.meaning, said))),
        }
    return _object(properties, [])


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


_WORDS = {"lookup": "按键查询 look-up", "batch": "批量查询 batch", "rows": "分页查询 pages", "count": "计数 count"}
_ABOUT = (
    "协议 {number}：每秒至多 {rate_per_second} 次，每日 {daily_quota} 个键，每次至多 {max_rows} 行。"
    "签名方法见《服务账号》。| Agreement {number}: at most {rate_per_second} calls a second, {daily_quota} keys a day, {max_rows} rows a call."
)
_PROBLEM = _object(
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "condition": {"type": "string", "description": "没有满足的合约条件 | the condition that was not met"},
        "receipt": {"type": "string", "description": "裁决在账本上的编号 | the decision's id on the ledger"},
        "reference": {"type": "string"},
    },
    ["type", "title", "status", "detail"],
)
_FRESH = _object(
    {
        "data_at": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "最近一批数据落湖时间 | when the newest batch landed",
        },
        "copied_at": {"type": ["string", "null"], "format": "date-time"},
    },
    [],
)
_SECURITY = {
    "service": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "ZT-HMAC-SM3 session=…, time=…, nonce=…, body=…, signature=…",
    }
}
_HEADERS = [
    {"name": name, "in": "header", "required": False, "description": said, "schema": {"type": "string"}}
    for name, said in (
        ("X-Zhengtong-Purpose", "用途代码 | code of the purpose"),
        ("X-Zhengtong-Case", "受理号，UTF-8 百分号编码 | case number, percent-encoded UTF-8"),
        ("X-Zhengtong-Person", "经办人的登录名或工号 | login or staff number of who sits at the system"),
        ("X-Zhengtong-Factor-At", "其通过第二因素验证的时间 | when they showed a second factor"),
        ("X-Request-Id", "调用方的消息编号 | the caller's message id"),
    )
]
_ANSWER_HEADERS = {
    name: {"description": said, "schema": {"type": "string"}}
    for name, said in (
        ("X-Zhengtong-Receipt", "回执编号 | the receipt's id"),
        ("X-Zhengtong-Index", "账本位置 | its place on the ledger"),
        ("X-Zhengtong-Salt", "与正文一起算出回执中的摘要 | with the body gives the receipt's digest"),
    )
}
