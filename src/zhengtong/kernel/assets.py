"""Where the files that are not code lie: beside the source in a checkout, inside the package in a wheel; and how packs are read."""

from functools import partial
from pathlib import Path

import yaml

_PACKAGE, _CHECKOUT = (Path(__file__).resolve().parents[up] for up in (1, 3))

load_yaml = partial(yaml.load, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
"""What a YAML text says, by libyaml where PyYAML has it: seven times as fast."""


def path(name: str) -> Path:
    """The folder `rules`, `migrations`, `city` or `tools`, wherever this installation keeps it.

    Raises FileNotFoundError naming the place when it is not there (a damaged installation).
    """
    beside = _CHECKOUT / {"city": "examples/city"}.get(name, name)
    place = beside if (_CHECKOUT / "pyproject.toml").exists() else _PACKAGE / "_assets" / name
    if place.is_dir():
        return place
    raise FileNotFoundError(f"no {place}; install zhengtong again")
