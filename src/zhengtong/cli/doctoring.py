"""`doctor`: what the city needs, checked one by one, before or while it runs. Looking changes nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from zhengtong.cli import checks, findings, opening
from zhengtong.cli.findings import Finding, Named, wrong
from zhengtong.kernel import errors
from zhengtong.kernel.settings import Settings, SettingsWrong


def examine(config: Path | None, given: Mapping[str, Any], *, as_json: bool) -> bool:
    """This will run every check and print what was found; True when nothing is wrong."""
    found = list(_all(config, given))
    if as_json:
        print(findings.as_json(found))
    else:
        findings.show(found)
    return all(one.mark != "wrong" for _, one in found)


def _all(config: Path | None, given: Mapping[str, Any]) -> Iterator[Named]:
    yield "Python", checks.python()
    try:
        settings = opening.chosen(config, given)
    except SettingsWrong as failure:
        yield "设置 | settings", wrong(str(failure))
        return
    yield "设置 | settings", checks.settings_read(settings)
    for name, check in checks.CHECKS.items():
        yield name, _found(check, settings)


def _found(check: checks.Check, settings: Settings) -> Finding:
    """The check's finding; an anticipated failure within it is a finding too."""
    try:
        return check(settings)
    except errors.Problem as problem:
        return wrong(f"{problem.say('zh')} | {problem.say('en')}")
    except (OSError, DBAPIError) as failure:
        return wrong(str(failure).splitlines()[0])
