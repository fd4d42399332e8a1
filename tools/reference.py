"""make reference: the reference pages that the code itself can write; --check says whether the kept ones are right.

docs/reference/{settings,permissions,events,errors,api,commands}.md, each with its .en.md beside it.
"""

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tools import golden
from tools.told import ROOT, Stop, say, stopped

FOLDER = ROOT / "docs" / "reference"
WRITTEN = {
    "zh": "<!-- 由 make reference 生成，请勿手改 -->",
    "en": "<!-- written by make reference; do not edit -->",
}
Say = Callable[[str, str], str]


def pages() -> dict[str, str]:
    """Every generated page, file name → content."""
    makers = {
        "settings": _settings,
        "permissions": _permissions,
        "events": _events,
        "errors": _errors,
        "api": _api,
        "commands": _commands,
    }
    made = {}
    for name, maker in makers.items():
        for language, suffix in (("zh", ".md"), ("en", ".en.md")):
            say_in: Say = (lambda zh, en: en) if language == "en" else (lambda zh, en: zh)
            made[f"{name}{suffix}"] = f"{WRITTEN[language]}\n" + "\n".join(maker(say_in)) + "\n"
    return made


def main(args: list[str]) -> int:
    """Write the pages that changed, or name them. The exit code."""
    made = pages()
    changed = [name for name, text in made.items() if _kept(name) != text]
    if changed and "--check" in args:
        names = ", ".join(changed)
        return stopped(
            Stop(f"参考页已过时：{names}。请运行 make reference。", f"Out of date: {names}. Run make reference.")
        )
    for name in changed:
        (FOLDER / name).write_text(made[name], "utf-8")
        say(f"已写好 docs/reference/{name}。", f"Wrote docs/reference/{name}.")
    return 0


def _kept(name: str) -> str:
    file = FOLDER / name
    return file.read_text("utf-8") if file.exists() else ""


def _settings(say_in: Say) -> Iterator[str]:
    from zhengtong import app

    yield f"# {say_in('设置一览', 'Settings')}\n"
    yield say_in(
        "写在 `zhengtong.toml` 的 `[段]` 里，或用环境变量 `ZT_段__键`；环境变量优先。`zhengtong settings` 显示当前值与来源。\n",
        "Written in `zhengtong.toml` under `[section]`, or as an environment variable `ZT_SECTION__KEY`, which wins. "
        "`zhengtong settings` shows each value and where it comes from.\n",
    )
    told = app.load_settings(file=ROOT / "build" / "none.toml", environment={}).told()
    for name in dict.fromkeys(one.section for one in told):
        yield f"## `[{name}]`\n"
        rows = (
            (f"`{one.key}`", f"`{one.value}`" if one.value else "", _half(one.description, say_in))
            for one in told
            if one.section == name
        )
        yield from _table((say_in("键", "Key"), say_in("默认值", "Default"), say_in("含义", "Meaning")), rows)


def _half(description: str, say_in: Say) -> str:
    zh, _, en = (half.strip() for half in description.partition("|"))
    return say_in(zh, en or zh)


def _permissions(say_in: Say) -> Iterator[str]:
    from zhengtong import app

    yield f"# {say_in('权限一览', 'Permissions')}\n"
    yield say_in(
        "权限授给角色，角色随岗位。“再验”表示要在十分钟内再次出示第二因素。\n",
        "Permissions are granted to roles, roles come with posts. “Step-up”: the second factor, shown within ten minutes.\n",
    )
    for room in app.CAPABILITIES:
        if room.permissions:
            yield f"## {say_in(room.zh, room.en)}\n"
            rows = (
                (f"`{one.name}`", say_in(one.zh, one.en), "✓" if one.step_up else "")
                for one in sorted(room.permissions, key=lambda one: one.name)
            )
            yield from _table(
                (say_in("名称", "Name"), say_in("可以做什么", "What it allows"), say_in("再验", "Step-up")), rows
            )


def _events(say_in: Say) -> Iterator[str]:
    from zhengtong import app

    yield f"# {say_in('事件一览', 'Events')}\n"
    yield say_in(
        "每个事件的结构已冻结；要改变就另立 `@2`。提交之后送达，每个听者各收到一次。\n",
        "The shape of an event is frozen; a change is a new `@2`. Delivered after commit, in effect once to each listener.\n",
    )
    heard: dict[str, list[str]] = {}
    for room in app.CAPABILITIES:
        for listener in room.listeners:
            heard.setdefault(listener.event.type, []).append(f"`{listener.name}`")
    for room in app.CAPABILITIES:
        if room.events:
            yield f"## {say_in(room.zh, room.en)}\n"
            rows = (
                (f"`{kind.type}`", _summary(kind), ", ".join(f"`{f}`" for f in golden.shape(kind).get("properties", {})),
                 ", ".join(heard.get(kind.type, [])))
                for kind in sorted(room.events, key=lambda kind: kind.type)
            )  # fmt: skip
            head = (
                say_in("事件", "Event"),
                say_in("发生了什么（英文）", "What happened"),
                say_in("字段", "Fields"),
                say_in("谁在听", "Heard by"),
            )
            yield from _table(head, rows)


def problems() -> set[type[Any]]:
    """Every anticipated failure of the program: all of its modules are imported to find them."""
    import zhengtong
    from zhengtong.kernel import errors

    for module in pkgutil.walk_packages(zhengtong.__path__, "zhengtong."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return _below(errors.Problem)


def _errors(say_in: Say) -> Iterator[str]:
    from zhengtong.kernel import errors

    found = problems()
    yield f"# {say_in('错误一览', 'Errors')}\n"
    yield say_in(
        "以 RFC 9457 的 `application/problem+json` 返回，文字随读者的语言；`reference` 可在日志里找到那一行。\n",
        "Sent as RFC 9457 `application/problem+json` in the reader's language; `reference` finds the line in the log.\n",
    )
    for family in errors.FAMILIES:
        yield f"## {family.__name__} · {family.status}\n"
        kinds = sorted((kind for kind in found if issubclass(kind, family)), key=lambda kind: kind.code())
        rows = ((f"`{kind.code()}`", say_in(kind.zh, kind.en).replace("|", "\\|")) for kind in kinds)
        yield from _table((say_in("代码", "Code"), say_in("说什么", "What it says")), rows)


def _below(kind: type[Any]) -> set[type[Any]]:
    children = [child for child in kind.__subclasses__() if child.__module__.startswith("zhengtong.")]
    return {deeper for child in children for deeper in (child, *_below(child))}


def _api(say_in: Say) -> Iterator[str]:
    from zhengtong import app

    yield f"# {say_in('接口一览', 'API')}\n"
    yield say_in(
        "完整描述在 `/api/openapi.json`。“需要”是权限名；`signed_in` 为已登录，`public` 为公开。\n",
        "The full description is at `/api/openapi.json`. “Needs” is a permission; or `signed_in`, or `public`.\n",
    )
    for room in app.CAPABILITIES:
        if room.routes:
            yield f"## {say_in(room.zh, room.en)}\n"
            routes = sorted(room.routes.router.routes, key=lambda route: (route.path, sorted(route.methods)))
            rows = (
                (
                    "/".join(sorted(route.methods)),
                    f"`{route.path}`",
                    route.summary or "",
                    f"`{route.openapi_extra['x-needs']}`",
                )
                for route in routes
            )
            head = (
                say_in("方法", "Method"),
                say_in("地址", "Path"),
                say_in("作用（英文）", "What it does"),
                say_in("需要", "Needs"),
            )
            yield from _table(head, rows)


def _commands(say_in: Say) -> Iterator[str]:
    from zhengtong.cli import commands

    yield f"# {say_in('命令一览', 'Commands')}\n"
    yield say_in(
        "任何命令都可加 `--lang en`（英文）与 `--debug`（完整错误）。退出码：0 完成，1 被拒或失败，2 写法不对，70 程序出错。\n",
        "Every command takes `--lang en` and `--debug`. Exit codes: 0 done, 1 refused or failed, 2 called wrongly, 70 a fault of ours.\n",
    )
    for name, command in _flat("zhengtong", commands.build()):
        yield f"## `{name}`\n"
        yield f"{_of_two(command.help or '', say_in)}\n"
        options = [one for one in command.params if not getattr(one, "hidden", False)]
        rows = ((f"`{one.opts[0]}`", _of_two(getattr(one, "help", None) or "", say_in)) for one in options)
        if options:
            yield from _table((say_in("写法", "Option"), say_in("含义", "Meaning")), rows)
    yield "## make\n"
    targets = re.findall(r"^([a-z-]+):[^\n]*## ([^\n]+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    rows = ((f"`make {name}`", _of_two(says, say_in)) for name, says in targets)
    yield from _table((say_in("目标", "Target"), say_in("作用", "What it does")), rows)


def _flat(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """The commands with nothing below them, and groups that do something by themselves."""
    below = getattr(command, "commands", {})
    if not below or command.invoke_without_command:
        yield name, command
    for part, child in below.items():
        yield from _flat(f"{name} {part}", child)


def _of_two(text: str, say_in: Say) -> str:
    """The half of “中文 · English” that this page wants, first paragraph only."""
    zh, _, en = text.split("\n\n")[0].replace("\n", " ").partition(" · ")
    return say_in(zh, en or zh).replace("|", "\\|")


def _summary(kind: type[Any]) -> str:
    """The first line of its own docstring (a dataclass invents one from its signature), or its name as words."""
    told = (kind.__doc__ or "").strip().splitlines()[:1]
    if told and not told[0].startswith(f"{kind.__name__}("):
        return told[0]
    return re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).capitalize() + "."


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |\n|{'---|' * len(head)}"
    yield from (f"| {' | '.join(cell.replace(chr(10), ' ') for cell in row)} |" for row in rows)
    yield ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
