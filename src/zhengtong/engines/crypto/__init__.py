"""国密 cryptography: SM2 signatures and encryption, SM3 digests, SM4-GCM sealing; and the keyring that holds this city's keys.

The promise: keys are plain values that any adapter takes; signatures are r‖s of 64 bytes (DER is read as well); the signer's id is
1234567812345678 unless said otherwise (GB/T 32918.5); every method may be called from any thread; no error tells key material;
the standards' vectors (`vectors.py`) are computed before an engine is used. Adapters: `libcrypto` (the system's OpenSSL ≥ 3, the default)
and `tongsuo` (a wheel; no SM2 encryption, the default id only).
"""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from pydantic import Field as Setting

from zhengtong.kernel import errors, settings

DEFAULT_ID = b"1234567812345678"
NONCE, TAG = 12, 16

# The curve of GB/T 32918.5 (sm2p256v1): y² = x³ + ax + b over p, of order N.
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = bytes.fromhex(
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
_ALGORITHM = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")  # id-ecPublicKey, sm2p256v1
_INTEGER, _BITS, _OCTETS, _SEQUENCE = 0x02, 0x03, 0x04, 0x30


class CryptoSettings(settings.Section):
    """The cryptographic engine and the root key file."""

    engine: Literal["auto", "libcrypto", "tongsuo"] = Setting(
        default="auto",
        description="国密引擎；auto 先系统 libcrypto 后 tongsuo | 国密 engine; auto: libcrypto, then tongsuo",
    )
    libcrypto: Path | None = Setting(
        default=None,
        description="libcrypto（OpenSSL ≥ 3）的路径，空为系统自带 | path of libcrypto (OpenSSL ≥ 3); empty: the system's",
    )
    root_key: Path | None = Setting(
        default=None,
        description="根密钥文件，空为数据目录旁的 <数据目录名>.root.key | root key file; empty: beside the data folder",
    )


class CryptoAbsent(errors.Unavailable):
    zh = (
        "这台机器没有可用的国密算法（{why}）。请安装 OpenSSL 3 的 libcrypto（Debian/Ubuntu：apt install libssl3；"
        "或在 crypto.libcrypto 中指明路径），或执行 pip install 'zhengtong[tongsuo]'。"
    )
    en = (
        "No usable 国密 engine on this machine ({why}). Install OpenSSL 3's libcrypto (Debian/Ubuntu: apt install libssl3; "
        "or name its path in crypto.libcrypto), or pip install 'zhengtong[tongsuo]'."
    )


class NotOffered(errors.Unavailable):
    zh = "国密引擎 {engine} 不提供{what}；请安装 OpenSSL 3 的 libcrypto。"
    en = "The 国密 engine {engine} does not offer {what}; install OpenSSL 3's libcrypto."


class KeyInvalid(errors.Invalid):
    zh = "这不是有效的 SM2 密钥：{why}。"
    en = "This is no valid SM2 key: {why}."


class SignatureMalformed(errors.Invalid):
    zh = "签名格式不对：应为 64 字节的 r‖s 或 DER。"
    en = "The signature is malformed: expected 64 bytes of r‖s, or DER."


class SealBroken(errors.Invalid):
    zh = "密文无法解开：内容被改动过，或密钥、用途、附加数据不符。"
    en = "The sealed bytes do not open: they were changed, or the key, the purpose or the attached data differ."


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point of the SM2 curve, as 04‖x‖y (65 bytes). Raises KeyInvalid when it is not on the curve."""

    point: bytes

    def __post_init__(self) -> None:
        if len(self.point) != 65 or self.point[0] != 4:
            raise KeyInvalid(why=errors.Words("应为 04‖x‖y 共 65 字节", "expected 65 bytes of 04‖x‖y"))
        x, y = int.from_bytes(self.x), int.from_bytes(self.y)
        if x >= P or y >= P or (y * y - _right_side(x)) % P:
            raise KeyInvalid(why=errors.Words("该点不在 SM2 曲线上", "the point is not on the SM2 curve"))

    @property
    def x(self) -> bytes:
        return self.point[1:33]

    @property
    def y(self) -> bytes:
        return self.point[33:]

    @classmethod
    def from_bytes(cls, data: bytes) -> "PublicKey":
        """From 04‖x‖y, x‖y, or the compressed 02/03‖x."""
        if len(data) == 33 and data[0] in (2, 3):
            return cls(_decompressed(data))
        return cls(b"\x04" + data if len(data) == 64 else data)

    @classmethod
    def from_hex(cls, text: str) -> "PublicKey":
        try:
            return cls.from_bytes(bytes.fromhex(text))
        except ValueError:
            raise KeyInvalid(why=errors.Words("不是十六进制", "not hexadecimal")) from None

    @classmethod
    def from_pem(cls, text: str) -> "PublicKey":
        """From a SubjectPublicKeyInfo PEM, as `openssl pkey -pubout` writes it."""
        _, body = _pem(text, ("PUBLIC KEY",))
        with _reading_key():
            return cls.from_bytes(_whole(_BITS, _past_algorithm(_whole(_SEQUENCE, body)))[1:])

    def to_hex(self) -> str:
        return self.point.hex()

    def to_pem(self) -> str:
        return _armoured("PUBLIC KEY", self.to_der())

    def to_der(self) -> bytes:
        return _der(_SEQUENCE, _ALGORITHM + _der(_BITS, b"\0" + self.point))


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An SM2 key pair: the scalar d (32 bytes, never shown) and its public key. Made by `Crypto.new_key` or `Crypto.private_key`."""

    scalar: bytes = field(repr=False)
    public: PublicKey

    def to_pem(self) -> str:
        """Unencrypted PKCS #8: for a file of mode 0600 and nowhere else."""
        return _armoured("PRIVATE KEY", self.to_der())

    def to_der(self) -> bytes:
        inside = _der(_INTEGER, b"\1") + _der(_OCTETS, self.scalar) + _der(0xA1, _der(_BITS, b"\0" + self.public.point))
        return _der(_SEQUENCE, _der(_INTEGER, b"\0") + _ALGORITHM + _der(_OCTETS, _der(_SEQUENCE, inside)))


@dataclass(frozen=True, slots=True)
class Features:
    """What an adapter can do."""

    engine: str
    version: str
    sm2_encryption: bool
    any_id: bool
    caution: errors.Words | None = None
    """What an administrator should know before trusting keys to it here."""


class Crypto(Protocol):
    """The 国密 engine."""

    @property
    def features(self) -> Features: ...
    def sm3(self, data: bytes) -> bytes:
        """The 32-byte digest (GB/T 32905)."""

    def sm3_of(self, chunks: Iterable[bytes]) -> bytes:
        """The digest of a stream: a file, a batch."""

    def hmac_sm3(self, key: bytes, data: bytes) -> bytes:
        """The 32-byte keyed digest."""

    def sm4_seal(self, key: bytes, plain: bytes, aad: bytes = b"") -> bytes:
        """nonce (12, random) ‖ ciphertext ‖ tag (16), SM4-GCM under a 16-byte key."""

    def sm4_open(self, key: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
        """The plain bytes. Raises SealBroken."""

    def sm4_blocks(self, key: bytes, blocks: bytes) -> bytes:
        """Each 16-byte block under the key by itself: a permutation to name numbers by, never to hide a text with."""

    def new_key(self) -> PrivateKey: ...
    def private_key(self, scalar: bytes) -> PrivateKey:
        """The key pair of this scalar, 1 ≤ d ≤ n-2. Raises KeyInvalid."""

    def sign(self, key: PrivateKey, message: bytes, id: bytes = DEFAULT_ID) -> bytes:
        """r‖s, 64 bytes, over SM3(Z ‖ message)."""

    def verify(self, key: PublicKey, signature: bytes, message: bytes, id: bytes = DEFAULT_ID) -> bool:
        """True where the signature (r‖s or DER) is this key's over the message; False for anything else."""

    def encrypt(self, key: PublicKey, plain: bytes) -> bytes:
        """SM2 encryption, DER of GB/T 35276; for short secrets (a key). Raises NotOffered."""

    def decrypt(self, key: PrivateKey, cipher: bytes) -> bytes:
        """Opens DER or raw C1‖C3‖C2. Raises SealBroken, NotOffered."""


class Purpose(StrEnum):
    """Each purpose has keys of its own, so that one cannot open what another sealed."""

    DATABASE = "database"
    CREDENTIALS = "credentials"
    SUBJECTS = "subjects"
    SIGNING = "signing"


class Keyring(Protocol):
    """This city's keys, one a purpose. Every sealed value names its key, so that old ones open after a rotation."""

    @property
    def current(self) -> str:
        """The id of the key that seals now; `index` the one that makes blind indexes; `known` all that open, the newest first."""

    @property
    def index(self) -> str: ...
    @property
    def known(self) -> tuple[str, ...]: ...
    def seal(self, purpose: Purpose, plain: bytes, aad: bytes = b"") -> bytes: ...
    def open(self, purpose: Purpose, sealed: bytes, aad: bytes = b"") -> bytes:
        """Raises SealBroken, KeyUnknown."""

    def reseal(self, purpose: Purpose, sealed: bytes, aad: bytes = b"") -> bytes:
        """The same under the current key; unchanged where it is current already."""

    def blind_index(self, purpose: Purpose, text: str) -> str:
        """64 hex digits by which equal texts are found without being read. `text` as it is to match: normalise before."""

    def blind_indexes(self, purpose: Purpose, text: str) -> tuple[str, ...]:
        """The present index first, then those of older keys: for `IN` while an index is being moved."""

    def rotate(self, *, index: bool = False) -> str:
        """This will add a key and seal with it from now on; `index` moves the blind index too. Returns its id."""

    def retire(self, key: str) -> None:
        """This will forget an old key for good; what it sealed can never be opened again. Raises KeyInUse."""


def z_of(engine: Crypto, key: PublicKey, id: bytes = DEFAULT_ID) -> bytes:
    """Z of GB/T 32918.2 §5.5: SM3(bit length of id ‖ id ‖ a ‖ b ‖ G ‖ x ‖ y); the signature is over SM3(Z ‖ message)."""
    return engine.sm3((len(id) * 8).to_bytes(2) + id + A.to_bytes(32) + B.to_bytes(32) + G + key.x + key.y)


def same(one: bytes, other: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(one, other)


def random(count: int) -> bytes:
    """`count` bytes from the operating system."""
    return secrets.token_bytes(count)


def signature_to_der(raw: bytes) -> bytes:
    """SEQUENCE { r, s } of r‖s."""
    if len(raw) != 64:
        raise SignatureMalformed
    return _der(_SEQUENCE, _number(raw[:32]) + _number(raw[32:]))


def signature_to_raw(signature: bytes) -> bytes:
    """r‖s of a DER signature; 64 bytes are taken as r‖s already. Raises SignatureMalformed.

    >>> signature_to_raw(signature_to_der(bytes(range(64)))) == bytes(range(64))
    True
    """
    if len(signature) == 64:
        return signature
    try:
        r, rest = _take(_INTEGER, _whole(_SEQUENCE, signature))
        raw = _fixed(r) + _fixed(_whole(_INTEGER, rest))
    except ValueError:
        raise SignatureMalformed from None
    if signature_to_der(raw) != signature:
        raise SignatureMalformed
    return raw


def cipher_to_der(raw: bytes) -> bytes:
    """GB/T 35276 SM2Cipher of raw 04‖x‖y‖C3‖C2, as browsers' libraries write it."""
    if len(raw) < 98 or raw[0] != 4:
        raise SealBroken
    parts = _number(raw[1:33]) + _number(raw[33:65]) + _der(_OCTETS, raw[65:97]) + _der(_OCTETS, raw[97:])
    return _der(_SEQUENCE, parts)


def cipher_to_raw(der: bytes) -> bytes:
    """04‖x‖y‖C3‖C2 of the DER form. Raises SealBroken."""
    try:
        x, rest = _take(_INTEGER, _whole(_SEQUENCE, der))
        y, rest = _take(_INTEGER, rest)
        digest, rest = _take(_OCTETS, rest)
        return b"\x04" + _fixed(x) + _fixed(y) + digest + _whole(_OCTETS, rest)
    except ValueError:
        raise SealBroken from None


def scalar_from_pem(text: str) -> bytes:
    """The private scalar in a PKCS #8 or SEC 1 PEM; give it to `Crypto.private_key`. Raises KeyInvalid."""
    label, body = _pem(text, ("PRIVATE KEY", "EC PRIVATE KEY"))
    with _reading_key():
        inside = _whole(_SEQUENCE, body)
        if label == "PRIVATE KEY":
            _, rest = _take(_INTEGER, inside)
            inside = _whole(_SEQUENCE, _take(_OCTETS, _past_algorithm(rest))[0])
        _, rest = _take(_INTEGER, inside)
        return _take(_OCTETS, rest)[0].rjust(32, b"\0")


def _right_side(x: int) -> int:
    return (x * x * x + A * x + B) % P


def _decompressed(data: bytes) -> bytes:
    x = int.from_bytes(data[1:])
    y = pow(_right_side(x), (P + 1) // 4, P)
    return b"\x04" + data[1:] + (y if y & 1 == data[0] & 1 else P - y).to_bytes(32)


class _reading_key:
    """Within the block a malformed DER is told as KeyInvalid, with nothing of its content."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is ValueError:
            raise KeyInvalid(why=errors.Words("内容残缺或格式不对", "truncated or malformed")) from None


def _pem(text: str, labels: tuple[str, ...]) -> tuple[str, bytes]:
    for label in labels:
        found = re.search(f"-----BEGIN {label}-----(.+?)-----END {label}-----", text, re.DOTALL)
        if found:
            try:
                return label, base64.b64decode("".join(found[1].split()), validate=True)
            except binascii.Error:
                break
    raise KeyInvalid(why=errors.Words(f"没有 {labels[0]} 的 PEM 段", f"no PEM block {labels[0]}"))


def _armoured(label: str, body: bytes) -> str:
    text = base64.b64encode(body).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _der(tag: int, body: bytes) -> bytes:
    if (size := len(body)) < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 128 + len(length)]) + length + body


def _number(fixed: bytes) -> bytes:
    body = fixed.lstrip(b"\0") or b"\0"
    return _der(_INTEGER, b"\0" + body if body[0] & 128 else body)


def _fixed(number: bytes) -> bytes:
    value = int.from_bytes(number)
    if not number or number[0] & 128 or value >> 256:
        raise ValueError
    return value.to_bytes(32)


def _take(tag: int, data: bytes) -> tuple[bytes, bytes]:
    """The content of the first element, which must have this tag, and what follows it. Raises ValueError."""
    if len(data) < 2 or data[0] != tag:
        raise ValueError
    size, start = data[1], 2
    if size & 128:
        start += size & 127
        size = int.from_bytes(data[2:start])
    if start + size > len(data):
        raise ValueError
    return data[start : start + size], data[start + size :]


def _whole(tag: int, data: bytes) -> bytes:
    body, rest = _take(tag, data)
    if rest:
        raise ValueError
    return body


def _past_algorithm(data: bytes) -> bytes:
    """What follows the algorithm's name, which must be SM2's."""
    if not data.startswith(_ALGORITHM):
        raise KeyInvalid(why=errors.Words("不是 SM2 曲线的密钥", "not a key of the SM2 curve"))
    return data[len(_ALGORITHM) :]
