"""The command line: `zhengtong run`, `demo`, `migrate`, `doctor`, `settings`, `openapi`, `work`; one thin module each.

What goes wrong is told in one sentence with its remedy, in 中文 or, with `--lang en` or an English LANG, in English;
`--debug` shows the traceback as well. Exit codes: 0 done, 1 refused or failed, 2 called wrongly, 70 a bug of ours.
"""

import atexit
import contextlib
import gc
import os
import sys
import warnings
from typing import NoReturn

from zhengtong.cli import words
from zhengtong.kernel.errors import Problem

FAILED, CALLED_WRONGLY, BUG = 1, 2, 70


def main(arguments: list[str] | None = None) -> NoReturn:
    """This will run one command and end the process with its exit code."""
    gc.disable()  # while all is imported, which makes no garbage; opening.chosen turns it on
    given, debug = _taken(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if not debug:
        warnings.showwarning = _unseen
    code = _run(given, debug=debug)
    if arguments is None and "duckdb" in sys.modules:
        _end(code)
    sys.exit(code)


def _end(code: int) -> NoReturn:
    """All is closed by now. What DuckDB's binding still holds it would name on a hundred lines; nobody who presses Ctrl-C wants them."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _unseen(*_: object, **__: object) -> None:
    """Warnings of libraries are for developers: `--debug` and the tests show them."""


def _run(given: list[str], *, debug: bool) -> int:
    """The exit code of the command."""
    from typer.exceptions import Abort, TyperException

    from zhengtong.cli import commands

    try:
        return commands.build()(given, prog_name="zhengtong", standalone_mode=False) or 0
    except Problem as problem:
        return _complained(problem, problem.say(words.language.get()), debug=debug)
    except TyperException as misuse:
        told = misuse.format_message()
        return _complained(misuse, _called_wrongly(told), debug=debug, code=CALLED_WRONGLY)
    except (Abort, KeyboardInterrupt):
        words.tell("已取消。", "Cancelled.")
        return FAILED
    except BrokenPipeError:
        return FAILED
    except Exception as bug:  # noqa: BLE001 - the edge of a command
        return _unexpected(bug, debug=debug)


def _unexpected(bug: Exception, *, debug: bool) -> int:
    from zhengtong.kernel.settings import SettingsWrong

    if isinstance(bug, SettingsWrong):
        return _complained(bug, words.half(str(bug)), debug=debug)
    reason = f"{type(bug).__name__}: {bug}".splitlines()[0]
    sentence = words.say(
        f"程序出错：{reason}。请加 --debug 再试一次，并把输出交给维护者。",
        f"A fault of the program: {reason}. Try again with --debug and give the output to its maintainers.",
    )
    return _complained(bug, sentence, debug=debug, code=BUG)


def _complained(failure: BaseException, sentence: str, *, debug: bool, code: int = FAILED) -> int:
    if debug:
        import traceback

        traceback.print_exception(failure)
    words.complain(sentence)
    return code


def _called_wrongly(told: str) -> str:
    told = told.rstrip(".")
    return words.say(
        f"命令写得不对（{told}）。请看 zhengtong --help。", f"{told}. See zhengtong --help for what there is."
    )


def _taken(arguments: list[str]) -> tuple[list[str], bool]:
    """The arguments without `--lang` and `--debug`, which may stand anywhere; the language is set."""
    left, chosen, debug, rest = [], words.preferred(), False, iter(arguments)
    for argument in rest:
        if argument == "--debug":
            debug = True
        elif argument == "--lang" or argument.startswith("--lang="):
            told = next(rest, "") if argument == "--lang" else argument.partition("=")[2]
            chosen = "en" if told.lower().startswith("en") else "zh"
        else:
            left.append(argument)
    words.language.set(chosen)
    return left, debug
