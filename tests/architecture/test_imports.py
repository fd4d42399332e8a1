"""What is imported, and when: the program starts without what it does not use, and rooms are entered by their faces."""

import subprocess
import sys

import pytest

from tools import face_contract

HEAVY = {
    "cedarpy", "connectorx", "deltalake", "docx", "duckdb", "fastexcel", "h3", "ibis", "lightgbm", "lxml", "numpy",
    "openpyxl", "opentelemetry.sdk", "ortools", "pandas", "playwright", "pointblank", "polars", "pptx", "psycopg", "pyarrow",
    "pyhanko", "pyspark", "scipy", "shapely", "sklearn", "splink", "tongsuopy", "typst", "webauthn",
}  # fmt: skip
OF_A_COMMAND = {"fastapi", "sqlalchemy", "uvicorn", "httpx"}


def loaded_by(statement: str, named: set[str]) -> set[str]:
    """Which of these libraries a fresh process has loaded after the statement."""
    told = "import sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", f"{statement}; {told}"], capture_output=True, text=True, check=True)
    return named & set(done.stdout.split())


@pytest.mark.slow
def test_the_program_starts_without_a_heavy_library() -> None:
    assert not loaded_by("import zhengtong.app", HEAVY)


def test_a_command_line_starts_without_the_web_or_the_database() -> None:
    assert not loaded_by("import zhengtong.cli", HEAVY | OF_A_COMMAND)


def test_a_loaded_library_is_noticed() -> None:
    assert loaded_by("import sqlalchemy", OF_A_COMMAND) == {"sqlalchemy"}


@pytest.mark.parametrize(
    ("importer", "imported", "crosses"),
    [
        ("zhengtong.data.intake.actions", "zhengtong.data.catalogue", False),
        ("zhengtong.data.intake.actions", "zhengtong.data.catalogue.tables", True),
        ("zhengtong.data.catalogue.queries", "zhengtong.data.catalogue.tables", False),
        ("zhengtong.app", "zhengtong.office.identity.actions", True),
        ("zhengtong.app", "zhengtong.kernel.web.site", False),
        ("zhengtong.office.identity.jobs", "zhengtong.engines.crypto.keyring", False),
    ],
)
def test_a_room_is_entered_by_its_face(importer: str, imported: str, crosses: bool) -> None:
    assert face_contract.crosses("zhengtong", importer, imported) is crosses
