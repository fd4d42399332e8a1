"""Text to tree. The grammar, loosest first: implies · or · and · not · comparison · + - · * / · sign · name, value, call."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

LONGEST = 1000
MOST_NODES = 200
DEEPEST = 30
TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]{1,18}(?:\.[0-9]{1,10})?)|(?P<string>'(?:[^'\\]|'')*'|\"[^\"\\]*\")"
    r"|(?P<name>[^\W\d]\w*)|(?P<sign><=|>=|!=|<>|=>|==|[=<>+\-*/%(),，（）]))"
)
WORDS = {"且": "and", "或": "or", "非": "not", "若": "if", "则": "then", "=>": "implies", "==": "=", "<>": "!="}
WORDS |= {"，": ",", "（": "(", "）": ")"}
RESERVED = frozenset({"and", "or", "not", "implies", "if", "then", "in", "between", "is", "null", "true", "false"})
COMPARED = frozenset({"=", "!=", "<", "<=", ">", ">="})


class Fault(Exception):
    """The text cannot be read. `at`: the place, from 0."""

    def __init__(self, at: int, zh: str, en: str) -> None:
        super().__init__(zh)
        self.at, self.zh, self.en = at, zh, en


@dataclass(frozen=True, slots=True)
class Node:
    """One part: `op` is name, number, string, truth, an operator, or `call:NAME`. `at`: where it stands in the text."""

    op: str
    at: int
    parts: tuple["Node", ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Node:
    """The tree. Raises Fault.

    >>> parse("a > 1 and b is null").op
    'and'
    """
    if len(text) > LONGEST:
        raise Fault(
            LONGEST, f"最多 {LONGEST} 个字，请拆成几条规则。", f"At most {LONGEST} characters; make several rules."
        )
    reader = _Reader(_tokens(text), len(text))
    tree = reader.implied()
    if reader.token.kind != "end":
        raise reader.unexpected()
    return tree


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise Fault(
                at, f"看不懂“{text[at]}”。文字请放在单引号里。", f"Cannot read “{text[at]}”; put text in single quotes."
            )
        kind = match.lastgroup or ""
        said = match[kind]
        plain = WORDS.get(said, said.lower() if said.lower() in RESERVED else said)
        if kind == "name" and plain in RESERVED:
            kind = "word"
        found.append(_Token(kind, plain if kind != "string" else said, match.start(match.lastgroup or 0)))
        at = match.end()
    return found


class _Reader:
    """Walks the tokens; one method a level of the grammar."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = [*tokens, _Token("end", "", end)]
        self._place = 0
        self._nodes = 0
        self._depth = 0

    @property
    def token(self) -> _Token:
        return self._tokens[self._place]

    def unexpected(self) -> Fault:
        if self.token.kind == "end":
            return Fault(self.token.at, "句子没有写完。", "The condition is not complete.")
        said = self.token.text
        return Fault(self.token.at, f"这里不该是“{said}”。", f"“{said}” does not belong here.")

    def implied(self) -> Node:
        """`if a then b`, or `a implies b`."""
        at = self.token.at
        if self._takes("if"):
            condition = self._either()
            self._need("then")
            return self._node("implies", at, condition, self._either())
        left = self._either()
        return self._node("implies", at, left, self._either()) if self._takes("implies") else left

    def _either(self) -> Node:
        return self._chain(self._both, ("or",))

    def _both(self) -> Node:
        return self._chain(self._negated, ("and",))

    def _negated(self) -> Node:
        at = self.token.at
        if not self._takes("not"):
            return self._compared()
        self._deeper(at)
        found = self._node("not", at, self._negated())
        self._depth -= 1
        return found

    def _compared(self) -> Node:
        at, left = self.token.at, self._sum()
        if self.token.text in COMPARED and self.token.kind == "sign":
            return self._node(self._next().text, at, left, self._sum())
        if self._takes("is"):
            op = "not null" if self._takes("not") else "null"
            self._need("null")
            return self._node(op, at, left)
        negated = self._takes("not")
        found = self._among(at, left)
        if found is None and negated:
            raise self.unexpected()
        return self._node("not", at, found) if negated and found else found or left

    def _among(self, at: int, left: Node) -> Node | None:
        if self._takes("in"):
            self._need("(")
            return self._node("in", at, left, *self._list())
        if self._takes("between"):
            low = self._sum()
            self._need("and")
            return self._node("between", at, left, low, self._sum())
        return None

    def _sum(self) -> Node:
        return self._chain(self._product, ("+", "-"))

    def _product(self) -> Node:
        return self._chain(self._signed, ("*", "/", "%"))

    def _signed(self) -> Node:
        at = self.token.at
        if not self._takes("-"):
            return self._value()
        self._deeper(at)
        found = self._node("negative", at, self._signed())
        self._depth -= 1
        return found

    def _value(self) -> Node:
        token = self.token
        if token.kind == "number":
            return self._leaf("number", f"{Decimal(token.text):f}")
        if token.kind == "string":
            said = token.text[1:-1]
            return self._leaf("string", said.replace("''", "'") if token.text[0] == "'" else said)
        if token.text in ("true", "false") and token.kind == "word":
            return self._leaf("truth", token.text)
        if token.kind == "name":
            return self._named()
        if self._takes("("):
            self._deeper(token.at)
            inner = self.implied()
            self._need(")")
            self._depth -= 1
            return inner
        raise self.unexpected()

    def _named(self) -> Node:
        token = self._next()
        if not self._takes("("):
            return self._node("name", token.at, value=token.text)
        self._deeper(token.at)
        parts = () if self._takes(")") else self._list()
        self._depth -= 1
        return self._node(f"call:{token.text.lower()}", token.at, *parts)

    def _list(self) -> tuple[Node, ...]:
        parts = [self._sum()]
        while self._takes(","):
            parts.append(self._sum())
        self._need(")")
        return tuple(parts)

    def _chain(self, below: Callable[[], Node], signs: tuple[str, ...]) -> Node:
        left = below()
        while self.token.kind in ("sign", "word") and self.token.text in signs:
            at, sign = self.token.at, self._next().text
            left = self._node(sign, at, left, below())
        return left

    def _leaf(self, op: str, value: str) -> Node:
        return self._node(op, self._next().at, value=value)

    def _node(self, op: str, at: int, *parts: Node, value: str = "") -> Node:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise Fault(at, "太长了，请拆成几条规则。", "Too long; make several rules of it.")
        return Node(op, at, parts, value)

    def _deeper(self, at: int) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Fault(at, "括号套得太深，请拆成几条规则。", "Nested too deep; make several rules of it.")

    def _takes(self, text: str) -> bool:
        if self.token.text == text and self.token.kind in ("sign", "word"):
            self._place += 1
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._takes(text):
            said = self.token.text or "…"
            raise Fault(self.token.at, f"“{said}”之前应有“{text}”。", f"“{text}” is missing before “{said}”.")

    def _next(self) -> _Token:
        token = self.token
        self._place += 1
        return token
