"""The port's spec, run on every adapter present."""

import hashlib
import hmac as standard_hmac
import os
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengtong.engines import crypto
from zhengtong.engines.crypto import vectors
from zhengtong.kernel import errors

rounds = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
AAD = b"row 7"
KEY = bytes(range(16))


def test_the_standards_vectors_are_computed(engine: crypto.Crypto) -> None:
    checks = vectors.check_vectors(engine)
    assert len(checks) == (5 if engine.features.sm2_encryption else 4)
    assert [check.name for check in checks if not check.passed] == []
    vectors.self_test(engine)


@rounds
@given(data=st.binary(max_size=300), key=st.binary(min_size=1, max_size=150))
def test_sm3_and_its_hmac_agree_with_the_standard_library(engine: crypto.Crypto, data: bytes, key: bytes) -> None:
    assert engine.sm3(data) == hashlib.new("sm3", data).digest()
    assert engine.sm3_of([data[:10], data[10:]]) == engine.sm3(data)
    assert engine.hmac_sm3(key, data) == standard_hmac.new(key, data, "sm3").digest()


@rounds
@given(plain=st.binary(max_size=300), aad=st.binary(max_size=40), key=st.binary(min_size=16, max_size=16))
def test_what_sm4_seals_every_adapter_opens(
    engine: crypto.Crypto, oracle: crypto.Crypto, plain: bytes, aad: bytes, key: bytes
) -> None:
    assert oracle.sm4_open(key, engine.sm4_seal(key, plain, aad), aad) == plain
    assert engine.sm4_open(key, oracle.sm4_seal(key, plain, aad), aad) == plain


def test_blocks_are_enciphered_as_the_standard_says(engine: crypto.Crypto) -> None:
    known = vectors.vectors()["sm4_block"]
    key, block = bytes.fromhex(known["key"]), bytes.fromhex(known["plain"])
    assert engine.sm4_blocks(key, block * 3).hex().upper() == known["cipher"] * 3
    assert engine.sm4_blocks(key, b"") == b""


def test_sealing_twice_never_gives_the_same_bytes(engine: crypto.Crypto) -> None:
    assert len({engine.sm4_seal(KEY, b"same") for _ in range(200)}) == 200


def test_any_changed_bit_of_a_sealed_value_is_refused(engine: crypto.Crypto) -> None:
    sealed = engine.sm4_seal(KEY, b"plain text", AAD)
    for at in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(crypto.SealBroken):
            engine.sm4_open(KEY, bytes(changed), AAD)


@pytest.mark.parametrize("cut", range(0, 38, 3))
def test_a_truncated_sealed_value_is_refused(engine: crypto.Crypto, cut: int) -> None:
    with pytest.raises(crypto.SealBroken):
        engine.sm4_open(KEY, engine.sm4_seal(KEY, b"plain text", AAD)[:cut], AAD)


def test_other_attached_data_or_another_key_is_refused(engine: crypto.Crypto) -> None:
    sealed = engine.sm4_seal(KEY, b"plain", AAD)
    with pytest.raises(crypto.SealBroken):
        engine.sm4_open(KEY, sealed, b"row 8")
    with pytest.raises(crypto.SealBroken):
        engine.sm4_open(KEY[::-1], sealed, AAD)


@rounds
@given(message=st.binary(max_size=500), scalar=st.integers(1, crypto.N - 2))
def test_each_adapter_verifies_the_others_signature(
    engine: crypto.Crypto, oracle: crypto.Crypto, message: bytes, scalar: int
) -> None:
    key = engine.private_key(scalar.to_bytes(32))
    assert key == oracle.private_key(scalar.to_bytes(32))
    signature = engine.sign(key, message)
    assert len(signature) == 64
    assert oracle.verify(key.public, signature, message)
    assert engine.verify(key.public, oracle.sign(key, message), message)
    assert engine.verify(key.public, crypto.signature_to_der(signature), message)


def test_a_signature_holds_for_its_message_and_key_alone(engine: crypto.Crypto) -> None:
    key, other = engine.new_key(), engine.new_key()
    signature = engine.sign(key, b"message")
    assert not engine.verify(key.public, signature, b"messagf")
    assert not engine.verify(other.public, signature, b"message")
    for at in range(0, 512, 5):
        changed = bytearray(signature)
        changed[at // 8] ^= 1 << at % 8
        assert not engine.verify(key.public, bytes(changed), b"message")


@pytest.mark.parametrize(
    "signature",
    [b"", b"x", bytes(64), b"\xff" * 64, bytes(63), b"\x30\x06\x02\x01\x01\x02\x01\x01", b"\x30\x80", b"\x5a" * 70],
)
def test_a_malformed_signature_is_false_and_no_error(engine: crypto.Crypto, signature: bytes) -> None:
    assert engine.verify(engine.new_key().public, signature, b"message") is False


def test_one_signature_has_one_der_form(engine: crypto.Crypto) -> None:
    key = engine.new_key()
    der = crypto.signature_to_der(engine.sign(key, b"m"))
    padded = der[:1] + bytes([der[1] + 1]) + der[2:3] + bytes([der[3] + 1, 0]) + der[4:]
    assert engine.verify(key.public, der, b"m")
    assert not engine.verify(key.public, padded, b"m")
    assert not engine.verify(key.public, der + b"\0", b"m")


def test_the_signers_id_is_part_of_the_signature_or_refused_by_name(engine: crypto.Crypto) -> None:
    key = engine.new_key()
    if engine.features.any_id:
        signature = engine.sign(key, b"m", b"ALICE123@YAHOO.COM")
        assert engine.verify(key.public, signature, b"m", b"ALICE123@YAHOO.COM")
        assert not engine.verify(key.public, signature, b"m")
        assert crypto.z_of(engine, key.public, b"ALICE123@YAHOO.COM") != crypto.z_of(engine, key.public)
    else:
        with pytest.raises(crypto.NotOffered, match="libcrypto"):
            engine.sign(key, b"m", b"ALICE123@YAHOO.COM")


@pytest.mark.parametrize("size", [1, 2, 16, 31, 32, 33, 200, 5000])
def test_sm2_encryption_opens_in_both_forms_or_is_refused_by_name(engine: crypto.Crypto, size: int) -> None:
    key, plain = engine.new_key(), os.urandom(size)
    if not engine.features.sm2_encryption:
        with pytest.raises(crypto.NotOffered):
            engine.encrypt(key.public, plain)
        with pytest.raises(crypto.NotOffered):
            engine.decrypt(key, plain)
        return
    cipher = engine.encrypt(key.public, plain)
    raw = crypto.cipher_to_raw(cipher)
    assert crypto.cipher_to_der(raw) == cipher
    assert engine.decrypt(key, cipher) == plain == engine.decrypt(key, raw)
    with pytest.raises(crypto.SealBroken):
        engine.decrypt(engine.new_key(), cipher)


def test_any_changed_byte_of_an_sm2_cipher_is_refused(oracle: crypto.Crypto) -> None:
    key = oracle.new_key()
    cipher = oracle.encrypt(key.public, b"a data key of 16")
    for at in range(len(cipher)):
        changed = bytearray(cipher)
        changed[at] ^= 1
        with pytest.raises(crypto.SealBroken):
            oracle.decrypt(key, bytes(changed))


def test_a_one_byte_secret_never_stands_in_clear(oracle: crypto.Crypto) -> None:
    """With a key stream of one zero byte (1 in 256) the cipher would show the plain byte."""
    key = oracle.new_key()
    assert all(crypto.cipher_to_raw(oracle.encrypt(key.public, b"\x41"))[97:] != b"\x41" for _ in range(600))


@pytest.mark.parametrize("scalar", [0, crypto.N - 1, crypto.N, 2**256 - 1])
def test_a_scalar_out_of_range_is_no_key(engine: crypto.Crypto, scalar: int) -> None:
    with pytest.raises(crypto.KeyInvalid):
        engine.private_key(scalar.to_bytes(32))


def test_threads_sign_and_verify_at_once(engine: crypto.Crypto) -> None:
    keys = [engine.new_key() for _ in range(4)]
    wrong: list[int] = []

    def work(number: int) -> None:
        for turn in range(40):
            key, message = keys[turn % 4], f"{number}/{turn}".encode()
            good = engine.verify(key.public, engine.sign(key, message), message)
            sealed = engine.sm4_seal(KEY, message)
            if not good or engine.sm4_open(KEY, sealed) != message:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_more_keys_than_stay_loaded_still_work(engine: crypto.Crypto) -> None:
    keys = [engine.private_key(number.to_bytes(32)) for number in range(1, 301)]
    signatures = [engine.sign(key, b"m") for key in keys]
    assert all(engine.verify(key.public, one, b"m") for key, one in zip(keys, signatures, strict=True))


def test_no_error_and_no_repr_tells_key_material(engine: crypto.Crypto) -> None:
    key = engine.new_key()
    told = [repr(key), str(key)]
    for attempt in (
        lambda: engine.private_key(key.scalar + b"\0"),
        lambda: engine.sm4_open(KEY, engine.sm4_seal(KEY, key.scalar)[:-1]),
        lambda: crypto.scalar_from_pem(key.to_pem()[:120]),
    ):
        with pytest.raises(errors.Problem) as caught:
            attempt()
        told += [caught.value.say("zh"), caught.value.say("en"), repr(caught.value)]
    secret = {key.scalar.hex(), repr(key.scalar)[2:-1], str(int.from_bytes(key.scalar))}
    assert not any(piece in text for piece in secret for text in told)
