"""Seven families of failure. A room's error is a class of one of them, with its sentence in both languages.

>>> class ItemNotFound(NotFound):
...     zh = "没有 {code} 这个数据项，请核对编号。"
...     en = "There is no item {code}; check the code."
>>> str(ItemNotFound(code="SJ-1"))
'没有 SJ-1 这个数据项，请核对编号。'
"""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field that is wrong, why, and what to do, in both languages. `name` is a dotted path into the request."""

    name: str
    zh: str
    en: str

    def say(self, language: Language) -> str:
        return self.en if language == "en" else self.zh


class Problem(Exception):
    """Anticipated: something a person can be told and can do something about. Use one of the seven families."""

    status: ClassVar[int] = 500
    zh: ClassVar[str] = "出了问题。"
    en: ClassVar[str] = "Something went wrong."

    def __init__(self, *, fields: list[Field] | None = None, retry_after_s: int | None = None, **facts: Any) -> None:
        super().__init__()
        self.facts = facts
        self.fields = fields or []
        self.retry_after_s = retry_after_s

    def say(self, language: Language = "zh") -> str:
        """The sentence in the reader's language, with the facts set in."""
        facts = {name: _in(value, language) for name, value in self.facts.items()}
        return (self.en if language == "en" else self.zh).format(**facts)

    def __str__(self) -> str:
        return self.say()

    @classmethod
    def code(cls) -> str:
        """`item-not-found` for ItemNotFound: stable, in the problem's type."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


@dataclass(frozen=True, slots=True)
class Words:
    """A label in both languages."""

    zh: str
    en: str

    def say(self, language: Language) -> str:
        return self.en if language == "en" else self.zh


def _in(value: Any, language: Language) -> Any:
    return value.say(language) if isinstance(value, Words) else value


class NotFound(Problem):
    status = 404
    zh = "没有找到。"
    en = "Not found."


class Refused(Problem):
    status = 403
    zh = "您没有这项权限。"
    en = "You may not do this."


class SignInNeeded(Problem):
    status = 401
    zh = "请先登录。"
    en = "Please sign in first."


class Conflict(Problem):
    status = 409
    zh = "与现状冲突，请刷新后再试。"
    en = "This conflicts with the present state; reload and try again."


class Invalid(Problem):
    status = 422
    zh = "填写的内容有误，请按提示修改。"
    en = "Some of what was sent is not valid; mend it as told."


class TooMany(Problem):
    status = 429
    zh = "请求太频繁，请稍后再试。"
    en = "Too many requests; try again later."


class Unavailable(Problem):
    status = 503
    zh = "服务暂时不可用，请稍后再试。"
    en = "Temporarily unavailable; try again later."


FAMILIES = (NotFound, Refused, SignInNeeded, Conflict, Invalid, TooMany, Unavailable)
