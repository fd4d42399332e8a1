"""Members' keys: made, used after step-up, replaced, revoked; kept here or by the department itself."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.sharing.ledger.ground import NOW, crypto, department, keyring
from zhengtong.kernel.actor import Actor, PermissionMissing, Scope, StepUpNeeded
from zhengtong.kernel.events import EventRow
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger import errors
from zhengtong.sharing.ledger.actions import keys, signing
from zhengtong.sharing.ledger.actions.members import add_member
from zhengtong.sharing.ledger.permissions import KEYS, MANAGE, SEAL
from zhengtong.sharing.ledger.queries.keys import keys_of, present_key
from zhengtong.sharing.ledger.tables import LedgerKey

Someone = Callable[..., Actor]
TERMS = b'{"terms":1}'


def test_a_platform_seal_holds_over_its_own_bytes_only(session: Session, someone: Someone, tmp_path: Path) -> None:
    tax = department(session)
    seal = ledger.seal(session, someone(SEAL), tax, TERMS, keyring=keyring(tmp_path), crypto=crypto(), now=NOW)
    assert (seal.member, seal.custody) == (ledger.member_of(tax), "platform")
    assert ledger.verify_seal(session, seal, TERMS, crypto=crypto())
    assert not ledger.verify_seal(session, seal, TERMS + b" ", crypto=crypto())
    told = ledger.member(session, seal.member)
    assert told
    assert (told["name"], told["key_id"]) == ("税务局", seal.key_id)
    assert ledger.Seal.of(seal.told()) == seal


def test_sealing_needs_the_permission_there_and_a_second_factor(
    session: Session, someone: Someone, tmp_path: Path
) -> None:
    tax, police = department(session), department(session, "公安局")
    ring = keyring(tmp_path)
    stranger = someone(SEAL, scope=Scope(departments=frozenset({police})))
    with pytest.raises(PermissionMissing):
        ledger.seal(session, stranger, tax, TERMS, keyring=ring, crypto=crypto(), now=NOW)
    with pytest.raises(StepUpNeeded):
        ledger.seal(session, someone(SEAL), tax, TERMS, keyring=ring, crypto=crypto(), now=NOW + timedelta(hours=1))


def test_a_private_key_is_nowhere_in_the_clear(session: Session, tmp_path: Path) -> None:
    ring = keyring(tmp_path)
    key = keys.join(session, department(session), keyring=ring, crypto=crypto(), now=NOW)
    secret = keys.private_key(key, ring).scalar
    assert key.sealed
    assert secret not in key.sealed
    assert len(key.sealed) > 40


def test_a_rotated_key_signs_and_what_the_old_one_signed_stays_valid(
    session: Session, someone: Someone, tmp_path: Path
) -> None:
    tax, ring, actor = department(session), keyring(tmp_path), someone(SEAL, KEYS)
    old = ledger.seal(session, actor, tax, TERMS, keyring=ring, crypto=crypto(), now=NOW)
    keys.rotate_key(session, actor, tax, public=None, keyring=ring, crypto=crypto(), now=NOW)
    new = ledger.seal(session, actor, tax, TERMS, keyring=ring, crypto=crypto(), now=NOW)
    assert new.key_id != old.key_id
    assert all(ledger.verify_seal(session, one, TERMS, crypto=crypto()) for one in (old, new))


def test_a_revoked_key_is_not_believed_and_signs_no_more(session: Session, someone: Someone, tmp_path: Path) -> None:
    tax, ring, actor = department(session), keyring(tmp_path), someone(SEAL, KEYS)
    seal = ledger.seal(session, actor, tax, TERMS, keyring=ring, crypto=crypto(), now=NOW)
    key = present_key(session, seal.member)
    assert key
    keys.revoke_key(session, actor, key, reason="遗失", now=NOW)
    assert not ledger.verify_seal(session, seal, TERMS, crypto=crypto())
    with pytest.raises(errors.KeyRevoked):
        ledger.seal(session, actor, tax, TERMS, keyring=ring, crypto=crypto(), now=NOW)
    keys.rotate_key(session, actor, tax, public=None, keyring=ring, crypto=crypto(), now=NOW)
    again = ledger.seal(session, actor, tax, TERMS, keyring=ring, crypto=crypto(), now=NOW)
    assert ledger.verify_seal(session, again, TERMS, crypto=crypto())


def test_a_seal_of_another_member_or_custody_is_not_taken(session: Session, someone: Someone, tmp_path: Path) -> None:
    tax, police, ring = department(session), department(session, "公安局"), keyring(tmp_path)
    seal = ledger.seal(session, someone(SEAL), tax, TERMS, keyring=ring, crypto=crypto(), now=NOW)
    ledger.join(session, police, keyring=ring, crypto=crypto(), now=NOW)
    for over in ({"member": ledger.member_of(police)}, {"custody": "department"}, {"signature": "zz"}, {"key_id": "x"}):
        assert not ledger.verify_seal(session, ledger.Seal(**{**seal.told(), **over}), TERMS, crypto=crypto())


def test_a_department_that_keeps_its_key_signs_on_its_own_machine(
    session: Session, someone: Someone, tmp_path: Path
) -> None:
    tax, ring, actor = department(session), keyring(tmp_path), someone(SEAL, KEYS)
    own = crypto().new_key()
    keys.rotate_key(session, actor, tax, public=own.public.point, keyring=ring, crypto=crypto(), now=NOW)
    assert ledger.custody_of(session, tax) == "department"
    with pytest.raises(errors.SignerNeeded):
        ledger.seal(session, actor, tax, TERMS, keyring=ring, crypto=crypto(), now=NOW)
    request = ledger.ask_signer(session, actor, tax, TERMS, about="协议 XY-1", now=NOW)
    assert ledger.ask_signer(session, actor, tax, TERMS, about="协议 XY-1", now=NOW) is request
    stranger = crypto().sign(crypto().new_key(), ledger.message_of(TERMS))
    with pytest.raises(errors.SealWrong):
        signing.take_signature(session, request, stranger, crypto=crypto(), now=NOW)
    signed = crypto().sign(own, ledger.message_of(TERMS))
    signing.take_signature(session, request, signed, crypto=crypto(), now=NOW)
    seal = ledger.seal(session, actor, tax, TERMS, keyring=ring, crypto=crypto(), now=NOW)
    assert seal.custody == "department"
    assert ledger.verify_seal(session, seal, TERMS, crypto=crypto())
    assert session.scalars(select(EventRow.type)).all() == ["ledger.seal_given@1"]
    assert session.scalar(select(LedgerKey.sealed).where(LedgerKey.custody == "department")) is None


def test_a_signer_is_known_by_its_key_and_a_fresh_greeting(session: Session, someone: Someone, tmp_path: Path) -> None:
    tax, actor, own = department(session), someone(KEYS), crypto().new_key()
    keys.rotate_key(session, actor, tax, public=own.public.point, keyring=keyring(tmp_path), crypto=crypto(), now=NOW)
    at = int(NOW.timestamp())
    hello = crypto().sign(own, ledger.greeting(ledger.member_of(tax), at))
    signing.recognise(session, tax, at, hello, crypto=crypto(), now=NOW, clock_s=120)
    other = crypto().sign(crypto().new_key(), ledger.greeting(ledger.member_of(tax), at))
    for seconds, said, now in [(at, hello, NOW + timedelta(minutes=3)), (at + 1, hello, NOW), (at, other, NOW)]:
        with pytest.raises(errors.SignerUnknown):
            signing.recognise(session, tax, seconds, said, crypto=crypto(), now=now, clock_s=120)


def test_a_department_joins_once(session: Session, someone: Someone, tmp_path: Path) -> None:
    tax, ring = department(session), keyring(tmp_path)
    add_member(session, someone(MANAGE), tax, keyring=ring, crypto=crypto(), now=NOW)
    with pytest.raises(errors.MemberAlready):
        add_member(session, someone(MANAGE), tax, keyring=ring, crypto=crypto(), now=NOW)
    assert len(keys_of(session, ledger.member_of(tax))) == 1
