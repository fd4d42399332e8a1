"""The city as files: one CSV a table (UTF-8, commas, first line headings) and a manifest with their fingerprints."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import business, government, places, population, staffing

SEED = 2026


@dataclass(frozen=True, slots=True)
class Size:
    """How large a city: residents and firms. Departments and staff are the same in all."""

    residents: int
    firms: int


SIZES = {"small": Size(2_000, 300), "large": Size(200_000, 30_000)}
Row = tuple[str | int, ...]


def write(folder: Path, size: Size, *, seed: int = SEED) -> dict[str, str]:
    """This will write every table into the folder and return the SHA-256 of each file, which `manifest.json` keeps."""
    folder.mkdir(parents=True, exist_ok=True)
    prints = {name: _write(folder / f"{name}.csv", rows) for name, rows in tables(size, seed=seed).items()}
    manifest = {"seed": seed, "residents": size.residents, "firms": size.firms, "sha256": prints}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8", newline="\n")
    return prints


def tables(size: Size, *, seed: int = SEED) -> dict[str, Iterator[Row]]:
    """Each table's rows, headings first, made as they are read."""
    return {
        "divisions": _divisions(),
        "departments": _departments(seed),
        "people": _people(seed),
        "posts": _posts(seed),
        "residents": _residents(seed, size),
        "firms": _firms(seed, size),
    }


def _write(path: Path, rows: Iterable[Row]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _divisions() -> Iterator[Row]:
    yield "code", "name", "name_en", "level", "parent"
    for one in places.divisions():
        if one.level != "elsewhere":
            yield one.code, one.name, one.name_en, one.level, one.parent


def _departments(seed: int) -> Iterator[Row]:
    yield (
        *("number", "parent", "name", "name_en", "short_name", "code", "level", "kind", "category"),
        *("cdo", "duties", "duties_en"),
    )
    for one in government.departments():
        parent = government.department(one.parent).number if one.parent else ""
        cdo = "" if one.parent else staffing.chief_data_officer(seed, one.key).login
        names = (one.name, one.name_en, one.short_name)
        yield one.number, parent, *names, one.code, one.level, one.kind, one.category, cdo, one.duties, one.duties_en


def _people(seed: int) -> Iterator[Row]:
    yield "staff_number", "login", "name", "name_en", "sex", "phone", "email"
    for one in staffing.staff(seed):
        yield one.staff_number, one.login, one.name, one.name_en, one.sex, one.phone, one.email


def _posts(seed: int) -> Iterator[Row]:
    yield "login", "department", "title", "roles", "since", "until"
    for person in staffing.staff(seed):
        for post in person.posts:
            number = government.department(post.department).number
            until = post.until.isoformat() if post.until else ""
            yield person.login, number, post.title, " ".join(post.roles), post.since.isoformat(), until


def _residents(seed: int, size: Size) -> Iterator[Row]:
    yield (
        *("number", "name", "name_en", "sex", "born", "id_number", "area"),
        *("household", "relation", "address", "phone", "email"),
    )
    for one in population.residents(seed, size.residents):
        who = (one.number, one.name, one.name_en, one.sex, one.born.isoformat(), one.id_number)
        yield *who, one.area, one.household, one.relation, one.address, one.phone, one.email


def _firms(seed: int, size: Size) -> Iterator[Row]:
    yield (
        *("number", "code", "name", "kind", "legal_person", "legal_person_name", "area", "address"),
        *("capital_yuan", "status", "section", "industry", "established", "staff", "phone", "email"),
    )
    for one in business.firms(seed, size.firms, size.residents):
        who = (one.number, one.code, one.name, one.kind, one.legal_person, one.legal_person_name)
        trade = (f"{one.capital_yuan}.00", one.status, one.section, one.industry, one.established.isoformat())
        yield *who, one.area, one.address, *trade, one.staff, one.phone, one.email
