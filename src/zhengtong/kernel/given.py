"""What the program hands to a function that asks for it by type: engines and the like.

`def send(session, *, mail: Given[Mail])` receives the open mail engine; tests hand in another.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

T = TypeVar("T")
_MARK = object()
Given = Annotated[T, _MARK]
Givens = Mapping[type[Any], Any]


def is_given(annotation: Any) -> bool:
    """True for `Given[X]`."""
    return get_origin(annotation) is Annotated and _MARK in get_args(annotation)[1:]


@cache
def wanted(function: Callable[..., Any]) -> dict[str, type[Any]]:
    """The parameters of `function` that are to be given, and their types."""
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    return {p.name: get_args(p.annotation)[0] for p in parameters if is_given(p.annotation)}


def fill(function: Callable[..., Any], givens: Givens) -> dict[str, Any]:
    """The arguments for the parameters that `function` wants given. KeyError names a type nobody provides."""
    return {name: givens[kind] for name, kind in wanted(function).items()}
