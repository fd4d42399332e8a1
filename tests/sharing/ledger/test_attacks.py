"""Who tampers is found out, and the first wrong entry is named: by the auditor's file, the city's own check, a witness."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.sharing.ledger.ground import NOW, ORIGIN, checkpoint, crypto, fill, receipt
from tools import verify
from zhengtong.cli.witness_serving import Witness
from zhengtong.cli.witness_store import identity_in
from zhengtong.kernel.db import Database
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger.actions import checkpoints
from zhengtong.sharing.ledger.actions.checkpoints import Answer
from zhengtong.sharing.ledger.queries.checkpoints import best_checkpoint, cosignatures
from zhengtong.sharing.ledger.tables import LedgerAlarm, LedgerCheckpoint, LedgerWitness

COUNTS = (3, 4, 5)


@pytest.fixture
def city(database: Database, tmp_path: Path) -> Database:
    """A log of twelve entries under three checkpoints."""
    fill(database, COUNTS, tmp_path)
    return database


@pytest.fixture
def administrator(city: Database) -> Iterator[Callable[..., None]]:
    """A database administrator: does with rows what the program never would."""

    def work(statement: str, **values: object) -> None:
        with city.engine.begin() as connection:
            if city.is_sqlite:
                for verb in ("UPDATE", "DELETE"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS ledger_entry_no_{verb}")
            else:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.execute(text(statement), values)

    return work


def exported(database: Database, file: Path) -> Path:
    with database.read() as session:
        file.write_bytes(b"".join(ledger.export_lines(session, origin=ORIGIN, needed=0)))
    return file


def first_wrong(database: Database) -> tuple[str, int | None]:
    with database.read() as session:
        found = ledger.check_ledger(session, origin=ORIGIN, crypto=crypto())
    assert found
    return found[0].kind, found[0].index


def refused(file: Path, kept: tuple[str, ...] = ()) -> int | None:
    with pytest.raises(verify.Wrong) as wrong:
        verify.verify_file(str(file), kept=kept)
    return wrong.value.index


def keys_of(database: Database) -> list[ledger.Key]:
    with database.read() as session:
        return ledger.log_keys(session, ORIGIN)


def notes_of(database: Database) -> list[str]:
    with database.read() as session:
        return [session.get_one(LedgerCheckpoint, number).note for number in (1, 2, 3)]


def witness(database: Database, folder: Path, name: str = "w1", clock: float = NOW.timestamp()) -> Witness:
    return Witness(
        folder / name, identity_in(folder / name, name, crypto()), keys_of(database), crypto(), lambda: clock
    )


def asked(database: Database, number: int, old: int) -> str:
    with database.read() as session:
        return checkpoints.question(session, session.get_one(LedgerCheckpoint, number), old).to_text()


def test_a_whole_ledger_is_found_whole(city: Database, tmp_path: Path) -> None:
    assert "12" in verify.verify_file(str(exported(city, tmp_path / "ledger.jsonl")))
    with city.read() as session:
        assert ledger.check_ledger(session, origin=ORIGIN, crypto=crypto()) == []


def test_an_altered_entry_row_is_named(city: Database, administrator: Callable[..., None], tmp_path: Path) -> None:
    administrator('UPDATE ledger_entry SET entry = :entry WHERE "index" = 5', entry=receipt(99).to_bytes())
    assert first_wrong(city) == ("altered", 5)
    assert refused(exported(city, tmp_path / "ledger.jsonl")) == 5


def test_a_deleted_leaf_is_named(city: Database, administrator: Callable[..., None], tmp_path: Path) -> None:
    administrator('DELETE FROM ledger_entry WHERE "index" = 4')
    assert first_wrong(city) == ("missing", 4)
    assert refused(exported(city, tmp_path / "ledger.jsonl")) == 4


def test_an_entry_altered_with_its_leaf_is_found_under_the_first_checkpoint_over_it(
    city: Database, administrator: Callable[..., None], tmp_path: Path
) -> None:
    other = receipt(99).to_bytes()
    leaf = ledger.leaf_hash(ledger.sm3, other)
    administrator('UPDATE ledger_entry SET entry = :entry, leaf = :leaf WHERE "index" = 5', entry=other, leaf=leaf)
    assert first_wrong(city) == ("rewritten", 3)
    assert refused(exported(city, tmp_path / "ledger.jsonl")) == 3


def rewritten(database: Database, tmp_path: Path, name: str = "other") -> Database:
    """Another history of the same length, signed with the city's own key: what whoever holds everything here could make."""
    from tests.conftest import _all_tables
    from zhengtong.kernel.db import Base

    _all_tables()
    other = Database(f"sqlite:///{tmp_path / name}.sqlite")
    Base.metadata.create_all(other.engine)
    table = Base.metadata.tables["ledger_key"]
    with database.read() as session, other.engine.begin() as connection:
        rows = [dict(row._mapping) for row in session.execute(table.select())]
        connection.execute(table.insert(), rows)
    fill(other, COUNTS, tmp_path)
    return other


def test_rewritten_history_with_new_checkpoints_is_caught_by_a_kept_checkpoint(city: Database, tmp_path: Path) -> None:
    kept = notes_of(city)[1]
    other = rewritten(city, tmp_path)
    file = exported(other, tmp_path / "ledger.jsonl")
    assert "12" in verify.verify_file(str(file))
    assert refused(file, kept=(kept,)) == 6
    with city.read() as session:
        (old, new) = (session.get_one(LedgerCheckpoint, 2), other)
        with new.read() as there:
            path = ledger.consistency(there, old.size, 12)
            root = ledger.head(there).root
        assert not ledger_consistent(old.size, 12, old.root, root, path)


def ledger_consistent(old: int, new: int, first: bytes, second: bytes, path: tuple[bytes, ...]) -> bool:
    from zhengtong.sharing.ledger.rules import tree

    return tree.is_consistent(ledger.sm3, old, new, first, second, path)


def test_a_witness_never_signs_a_fork_and_keeps_the_evidence(city: Database, tmp_path: Path) -> None:
    one = witness(city, tmp_path)
    assert one.add_checkpoint(asked(city, 1, 0))[0] == 200
    assert one.add_checkpoint(asked(city, 2, 3))[0] == 200
    other = rewritten(city, tmp_path)
    status, kept = one.add_checkpoint(asked(other, 3, 7))
    assert status == 422
    assert kept.startswith(notes_of(city)[1].split("\n\n")[0])
    assert one.add_checkpoint(asked(other, 2, 3))[0] in (409, 422)
    assert [alarm.kind for alarm in one.store.alarms()].count("fork") >= 1
    assert one.add_checkpoint(asked(city, 3, 7))[0] == 200


def test_a_log_forked_between_two_witnesses_is_found_when_their_checkpoints_meet(
    city: Database, tmp_path: Path
) -> None:
    other = rewritten(city, tmp_path)
    left, right = witness(city, tmp_path, "left"), witness(city, tmp_path, "right")
    assert left.add_checkpoint(asked(city, 2, 0))[0] == 200
    assert right.add_checkpoint(asked(other, 2, 0))[0] == 200
    assert right.add_checkpoint(asked(city, 3, 7))[0] == 422
    with city.write() as session:
        row = named(session, right)
        told = checkpoints.question(session, session.get_one(LedgerCheckpoint, 3), 7)
        answer = Answer(*right.add_checkpoint(told.to_text()))
        take(session, row, 3, answer)
        alarm = session.query(LedgerAlarm).one()
        assert alarm.kind == "fork"
        evidence = json.loads(alarm.evidence)
        assert evidence["shown"] == notes_of(city)[2]
        assert evidence["kept"].startswith(notes_of(other)[1].split("\n\n")[0])


def named(session: Session, one: Witness) -> LedgerWitness:
    keys = [str(key) for key in one.identity.keys]
    row = LedgerWitness(id=ledger_id(), name=one.identity.name, url="http://w", keys=keys, added_at=NOW)
    session.add(row)
    session.flush()
    return row


def ledger_id() -> object:
    from zhengtong.kernel.db import new_id

    return new_id()


def take(session: Session, row: LedgerWitness, number: int, answer: Answer, old: int = 0) -> bool:
    shown = session.get_one(LedgerCheckpoint, number)
    question = checkpoints.question(session, shown, old)
    return checkpoints.take_answer(session, row, shown, question, answer, crypto=crypto(), now=NOW, clock_s=300)


def test_a_co_signature_counts_once_it_holds(city: Database, tmp_path: Path) -> None:
    one = witness(city, tmp_path)
    with city.write() as session:
        row = named(session, one)
        assert not take(session, row, 3, Answer(*one.add_checkpoint(asked(city, 3, 0))))
        assert (row.size, row.trouble, row.seen_at) == (12, "", NOW)
        assert len(cosignatures(session, [3])[3]) == 1
        best = best_checkpoint(session, 1, 1)
        assert best
        assert best.number == 3
        told = ledger.receipt_bundle(session, 0, origin=ORIGIN, needed=1)
        assert told
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(told), "utf-8")
    assert "1" in verify.verify_file(str(file), needed=1)
    with pytest.raises(verify.Wrong, match="2 are needed"):
        verify.verify_file(str(file), needed=2)


@pytest.mark.parametrize("off", [timedelta(hours=-3), timedelta(minutes=6), timedelta(days=400)])
def test_a_witness_with_a_wrong_clock_is_not_counted_and_raises_an_alarm(
    city: Database, tmp_path: Path, off: timedelta
) -> None:
    one = witness(city, tmp_path, clock=(NOW + off).timestamp())
    with city.write() as session:
        row = named(session, one)
        take(session, row, 1, Answer(*one.add_checkpoint(asked(city, 1, 0))))
        assert cosignatures(session, [1])[1] == []
        assert "clock" in row.trouble
        assert session.query(LedgerAlarm).one().kind == "clock"


def test_a_witness_whose_clock_goes_back_does_not_sign(city: Database, tmp_path: Path) -> None:
    assert witness(city, tmp_path).add_checkpoint(asked(city, 1, 0))[0] == 200
    late = witness(city, tmp_path, clock=NOW.timestamp() - 60)
    status, told = late.add_checkpoint(asked(city, 2, 3))
    assert (status, "went back" in told) == (503, True)
    assert [alarm.kind for alarm in late.store.alarms()] == ["clock"]


def test_a_replayed_co_signature_is_not_taken_for_another_checkpoint(city: Database, tmp_path: Path) -> None:
    one = witness(city, tmp_path)
    answer = Answer(*one.add_checkpoint(asked(city, 1, 0)))
    with city.write() as session:
        row = named(session, one)
        take(session, row, 2, answer)
        assert cosignatures(session, [2])[2] == []
        assert "does not hold" in row.trouble


def test_a_checkpoint_of_another_citys_origin_is_refused_by_witness_and_verifier(
    city: Database, tmp_path: Path
) -> None:
    one = witness(city, tmp_path)
    with city.write() as session:
        ledger.append(session, [receipt()], now=NOW)
        foreign = checkpoint(session, tmp_path, origin="zhengtong.110000.ledger")
        told = checkpoints.question(session, foreign, 0).to_text()
    assert one.add_checkpoint(told)[0] == 404
    assert [item.kind for item in one.store.alarms()] == []
    assert refused(exported(city, tmp_path / "ledger.jsonl")) is None


@pytest.mark.parametrize(("cut", "index"), [(1, 11), (5, 7), (12, 0)])
def test_a_truncated_export_is_named(city: Database, tmp_path: Path, cut: int, index: int) -> None:
    file = exported(city, tmp_path / "ledger.jsonl")
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-cut]))
    assert refused(file) == index


def test_an_export_cut_back_to_an_older_checkpoint_is_found_by_a_kept_one(city: Database, tmp_path: Path) -> None:
    file = exported(city, tmp_path / "ledger.jsonl")
    lines = file.read_bytes().splitlines(keepends=True)
    head = lines[0].replace(b'"size":12', b'"size":7')
    file.write_bytes(b"".join([head, *lines[1:3], *lines[4:11]]))
    assert "7" in verify.verify_file(str(file))
    assert refused(file, kept=(notes_of(city)[2],)) == 7


def test_a_forged_city_signature_is_refused(city: Database, tmp_path: Path) -> None:
    file = exported(city, tmp_path / "ledger.jsonl")
    data = file.read_text("utf-8")
    root = re.search(r"ledger\\n3\\n([^\\]+)\\n", data)
    assert root
    other = "A" * 43 + "="
    file.write_text(data.replace(root[1], other, 1), "utf-8")
    with pytest.raises(verify.Wrong, match="signature"):
        verify.verify_file(str(file))


def test_a_witness_shown_fewer_entries_than_it_signed_tells_that_the_tail_is_gone(
    city: Database, tmp_path: Path
) -> None:
    one = witness(city, tmp_path)
    assert one.add_checkpoint(asked(city, 3, 0))[0] == 200
    with city.write() as session:
        row = named(session, one)
        take(session, row, 2, Answer(*one.add_checkpoint(asked(city, 2, 0))))
        assert session.query(LedgerAlarm).one().kind == "lost_tail"


@pytest.mark.parametrize(
    ("body", "status"),
    [("", 400), ("old x\n\n", 400), ("old 0\n\nno note", 400), ("old -1\n\na\n\n— b c\n", 400)],
)
def test_a_witness_answers_nonsense_with_a_refusal(city: Database, tmp_path: Path, body: str, status: int) -> None:
    assert witness(city, tmp_path).add_checkpoint(body)[0] == status


def test_a_checkpoint_signed_by_a_stranger_is_refused(city: Database, tmp_path: Path) -> None:
    one = witness(city, tmp_path)
    stranger = ledger.Key(ORIGIN, "sm2", crypto().new_key().public.point)
    one.log_keys[:] = [stranger]
    assert one.add_checkpoint(asked(city, 1, 0))[0] == 403
