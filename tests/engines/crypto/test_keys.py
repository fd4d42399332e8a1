"""Keys on paper: points, PEM, DER, and what is no key."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.engines import crypto

KNOWN = crypto.PublicKey.from_hex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
openssl = shutil.which("openssl")


def test_a_public_key_reads_back_from_every_form(oracle: crypto.Crypto) -> None:
    for _ in range(20):
        key = oracle.new_key().public
        compressed = bytes([2 + (key.y[-1] & 1)]) + key.x
        assert crypto.PublicKey.from_hex(key.to_hex().upper()) == key
        assert crypto.PublicKey.from_pem(key.to_pem()) == key
        assert crypto.PublicKey.from_bytes(key.x + key.y) == key
        assert crypto.PublicKey.from_bytes(compressed) == key


def test_a_private_key_reads_back_from_pem(oracle: crypto.Crypto) -> None:
    key = oracle.new_key()
    assert oracle.private_key(crypto.scalar_from_pem(key.to_pem())) == key


@pytest.mark.parametrize(
    "point",
    [
        b"",
        bytes(65),
        b"\x04" + bytes(64),
        KNOWN.point[:-1],
        KNOWN.point + b"\0",
        KNOWN.point[:-1] + b"\x14",
        b"\x04" + crypto.P.to_bytes(32) + KNOWN.y,
        b"\x02" + b"\xff" * 32,
    ],
)
def test_what_is_not_on_the_curve_is_no_key(point: bytes) -> None:
    with pytest.raises(crypto.KeyInvalid):
        crypto.PublicKey.from_bytes(point)


def test_a_key_of_another_curve_is_refused() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    foreign = ec.generate_private_key(ec.SECP256R1())
    public = foreign.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private = foreign.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(crypto.KeyInvalid):
        crypto.PublicKey.from_pem(public.decode())
    with pytest.raises(crypto.KeyInvalid):
        crypto.scalar_from_pem(private.decode())


@settings(max_examples=200)
@given(body=st.binary(max_size=120))
def test_rubbish_in_a_pem_is_told_as_no_key(body: bytes) -> None:
    text = base64.b64encode(body).decode()
    with pytest.raises(crypto.KeyInvalid):
        crypto.PublicKey.from_pem(f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----")
    with pytest.raises(crypto.KeyInvalid):
        crypto.scalar_from_pem(f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----")


@given(raw=st.binary(min_size=64, max_size=64))
def test_der_and_raw_signatures_are_one_to_one(raw: bytes) -> None:
    der = crypto.signature_to_der(raw)
    assert len(der) == 64 or crypto.signature_to_raw(der) == raw


@pytest.mark.skipif(openssl is None, reason="the openssl program is not installed")
def test_the_openssl_program_reads_our_keys_and_we_read_its(oracle: crypto.Crypto, tmp_path: Path) -> None:
    key, ours, theirs = oracle.new_key(), tmp_path / "ours.pem", tmp_path / "theirs.pem"
    ours.write_text(key.to_pem())
    shown = subprocess.run([str(openssl), "pkey", "-in", ours, "-pubout"], capture_output=True, text=True, check=True)
    assert crypto.PublicKey.from_pem(shown.stdout) == key.public
    curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"]
    subprocess.run([str(openssl), "genpkey", *curve, "-out", theirs], check=True, capture_output=True)
    foreign = oracle.private_key(crypto.scalar_from_pem(theirs.read_text()))
    (tmp_path / "message").write_bytes(b"message")
    (tmp_path / "signature").write_bytes(crypto.signature_to_der(oracle.sign(foreign, b"message")))
    signed = ["-in", str(tmp_path / "message"), "-sigfile", str(tmp_path / "signature")]
    checked = subprocess.run(
        [
            str(openssl),
            "pkeyutl",
            "-verify",
            "-inkey",
            theirs,
            "-rawin",
            "-digest",
            "sm3",
            "-pkeyopt",
            f"distid:{crypto.DEFAULT_ID.decode()}",
            *signed,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
