"""One altered byte of any evidence is found, and the step where it is, is named: by the city's own check, and by the auditor's file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.insight.thread.place import Place
from tools import verify

Ask = Callable[..., Any]
Spoil = Callable[[Place], None]


def flipped(data: bytes, at: int = -5) -> bytes:
    """The bytes with one bit turned."""
    spoilt = bytearray(data)
    spoilt[at] ^= 1
    return bytes(spoilt)


def in_lake(place: Place) -> None:
    """One byte of the rows of the lake's file."""
    (file,) = (place.city.settings.kernel.data / "lake").rglob("*.parquet")
    file.write_bytes(flipped(file.read_bytes(), 40))


def out_of_lake(place: Place) -> None:
    (file,) = (place.city.settings.kernel.data / "lake").rglob("*.parquet")
    file.unlink()


def in_row(table: str, column: str, where: str = "1 = 1", *, old: str = "", new: str = "") -> Spoil:
    """One byte of a column: `old` by `new` in text, the fifth from the end in bytes. Done as a database administrator could."""

    def spoil(place: Place) -> None:
        with place.city.database.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_UPDATE")
            found = connection.execute(text(f'SELECT rowid, "{column}" FROM {table} WHERE {where}')).all()
            assert found
            row, value = found[0]
            changed = flipped(value) if isinstance(value, bytes) else value.replace(old, new, 1)
            assert changed != value
            told = text(f'UPDATE {table} SET "{column}" = :new WHERE rowid = :row')
            connection.execute(told, {"new": changed, "row": row})

    return spoil


def batch_digest(place: Place) -> None:
    with place.city.database.engine.begin() as connection:
        kept = connection.execute(text("SELECT digest FROM intake_batch")).scalar_one()
        told = ("0" if kept[0] != "0" else "1") + kept[1:]
        connection.execute(text("UPDATE intake_batch SET digest = :told"), {"told": told})


EVIDENCE: list[tuple[str, Spoil, str]] = [
    ("a row in the lake's file", in_lake, "batch"),
    ("the lake's file is gone", out_of_lake, "batch"),
    ("the batch's digest", batch_digest, "batch"),
    ("the batch's count", in_row("intake_batch", "leaves", old='["', new='["00'), "batch"),
    ("the batch's entry", in_row("ledger_entry", "entry", "type = 'batch.landed@1'"), "batch"),
    ("the item's version", in_row("catalogue_item_version", "content", old="Firms' taxes", new="Firms' taxed"), "item"),
    ("the item's entry", in_row("ledger_entry", "entry", "type = 'item.version@1'"), "item"),
    ("the terms", in_row("agreements_terms", "terms", old='"daily_quota": 1000', new='"daily_quota": 9000'), "agreement"),
    ("a seal's entry", in_row("ledger_entry", "entry", "type = 'agreement.countersigned@2'"), "agreement"),
    ("the text", in_row("agreements_terms", "text", old="destroys the data", new="passes on the data"), "agreement"),
    ("that the text was signed", in_row("agreements_terms", "text", old="zhengtong-agreement-text@1", new="-"), "agreement"),
    ("the decision's inputs", in_row("gateway_call", "inputs"), "decision"),
    ("the receipt", in_row("ledger_entry", "entry", "type = 'receipt@1'"), "call"),
    ("the record of the call", in_row("gateway_call", "purpose", old="job_subsidy", new="job_subsidx"), "call"),
    ("the leaf of the receipt", in_row("ledger_entry", "leaf", "type = 'receipt@1'"), "call"),
    ("the checkpoint", in_row("ledger_checkpoint", "note", old="\nstate ", new="\nStates "), "checkpoint"),
    ("the checkpoint's root", in_row("ledger_checkpoint", "root"), "checkpoint"),
]  # fmt: skip


def test_untouched_everything_holds(place: Place, ask: Ask) -> None:
    told = ask(place.auditor(), f"receipt/{place.receipt}/check").json()
    assert {one["state"] for one in told["steps"]} == {"holds"}
    assert (told["held"], told["broken"], told["first_broken"]) == (8, 0, None)


@pytest.mark.parametrize(("spoil", "named"), [one[1:] for one in EVIDENCE], ids=[one[0] for one in EVIDENCE])
def test_one_altered_byte_is_found_and_its_step_is_named(place: Place, ask: Ask, spoil: Spoil, named: str) -> None:
    spoil(place)
    answer = ask(place.auditor(), f"receipt/{place.receipt}/check")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["first_broken"] == named
    assert told["broken"] >= 1
    page = ask(place.auditor(), f"receipt/{place.receipt}")
    assert page.status_code == 200, page.text


def proofs(place: Place, ask: Ask, tmp_path: Path) -> Path:
    answer = ask(place.auditor(), f"receipt/{place.receipt}/proofs")
    file = tmp_path / "thread.jsonl"
    file.write_bytes(answer.content)
    assert "attachment" in answer.headers["content-disposition"]
    return file


def test_the_auditors_file_holds_without_the_city(place: Place, ask: Ask, tmp_path: Path) -> None:
    told = verify.verify_file(str(proofs(place, ask, tmp_path)))
    assert "7 条记录" in told


@pytest.mark.parametrize("step", ["batch", "item", "agreement", "decision"])
def test_altered_in_the_file_what_is_shown_for_a_step_is_named(
    place: Place, ask: Ask, tmp_path: Path, step: str
) -> None:
    file = proofs(place, ask, tmp_path)
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    one = next(line for line in lines if line.get("step") == step and "key" not in line)
    if "leaves" in one:
        one["leaves"][0] = flipped(bytes.fromhex(one["leaves"][0])).hex()
    else:
        one["text"] = one["text"].replace("a", "b", 1)
    file.write_text(
        "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines), "utf-8"
    )
    with pytest.raises(verify.Wrong, match=step):
        verify.verify_file(str(file))


@pytest.mark.parametrize("part", ["entry", "note", "path", "seal", "payload"])
def test_a_byte_of_the_export_itself_is_found(place: Place, ask: Ask, tmp_path: Path, part: str) -> None:
    file = proofs(place, ask, tmp_path)
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    first, sealed = lines[1], next(line for line in lines if "key" in line)
    if part == "entry":
        first["entry"] = first["entry"].replace('"version":1', '"version":2')
    elif part == "note":
        first["note"] = first["note"].replace("\n8\n", "\n9\n")
    elif part == "path":
        first["path"][0] = flipped(bytes.fromhex(first["path"][0])).hex()
    elif part == "seal":
        sealed["key"] = next(line["key"] for line in lines if "key" in line and line["key"] != sealed["key"])
    else:
        sealed["text"] = sealed["text"].replace('"version":1', '"version":2')
    file.write_text(
        "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines), "utf-8"
    )
    with pytest.raises(verify.Wrong):
        verify.verify_file(str(file))
