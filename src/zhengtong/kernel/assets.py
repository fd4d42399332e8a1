"""Where the files that are not code lie: beside the source in a checkout, inside the package in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_CHECKOUT = _PACKAGE.parent.parent
_IN_CHECKOUT = {"rules": "rules", "migrations": "migrations", "city": "examples/city", "tools": "tools"}


def path(name: str) -> Path:
    """The folder `rules`, `migrations`, `city` or `tools`, wherever this installation keeps it.

    Raises FileNotFoundError naming both places when neither is there (a damaged installation).
    """
    places = (_CHECKOUT / _IN_CHECKOUT[name], _PACKAGE / "_assets" / name)
    for place in places:
        if place.is_dir() and (_CHECKOUT / "pyproject.toml").exists() == (place == places[0]):
            return place
    raise FileNotFoundError(f"no {name} in {places[0]} or {places[1]}; install zhengtong again")
