"""Sealed files (`zhengtong-file@1`): opened with the system's own SM2 key. pip install 'zhengtong-client[files]'

header, data = open_file(client.fetch_file(file_id), account.key)
(folder / header["name"]).write_bytes(data)
"""

import json
from collections.abc import Mapping
from typing import Any

from zhengtong_client.errors import ZhengtongError
from zhengtong_client.sm2 import PrivateKey, sm3

MAGIC, FORMAT = b"ZTF1\n", "zhengtong-file@1"
NONCE, TAG = 12, 16


class FileBroken(ZhengtongError):
    """The file is not whole, was changed, or is sealed to another key."""

    zh, en = (
        "文件不完整、被改动过，或不是封给这把密钥的",
        "the file is not whole, was changed, or is sealed to another key",
    )


def open_file(sealed: bytes, key: PrivateKey) -> tuple[Mapping[str, Any], bytes]:
    """The header (name, item, agreement, receipts …) and the content. Raises FileBroken, KeyWrong."""
    from cryptography.exceptions import InvalidTag

    try:
        header, about, pieces = _parts(sealed)
        file_key = key.decrypt(bytes.fromhex(header["wrapped"]))
        last = len(pieces) - 1
        opened = [
            _opened(file_key, piece, about + number.to_bytes(8, "big") + bytes([number == last]))
            for number, piece in enumerate(pieces)
        ]
    except (InvalidTag, IndexError, KeyError, ValueError):
        raise FileBroken from None
    data = b"".join(opened)
    if sm3(data).hex() != header["plain"]:
        raise FileBroken
    return header, data


def _parts(sealed: bytes) -> tuple[dict[str, Any], bytes, list[bytes]]:
    if not sealed.startswith(MAGIC):
        raise FileBroken
    at = len(MAGIC)
    told, at = _framed(sealed, at)
    header = json.loads(told)
    if header["format"] != FORMAT:
        raise FileBroken
    pieces = []
    while at < len(sealed):
        piece, at = _framed(sealed, at)
        pieces.append(piece)
    if not pieces:
        raise FileBroken
    return header, sm3(told), pieces


def _framed(sealed: bytes, at: int) -> tuple[bytes, int]:
    end = at + 4 + int.from_bytes(sealed[at : at + 4], "big")
    if end > len(sealed):
        raise FileBroken
    return sealed[at + 4 : end], end


def _opened(key: bytes, piece: bytes, about: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes
    from cryptography.hazmat.primitives.ciphers.algorithms import SM4

    nonce, body, tag = piece[:NONCE], piece[NONCE:-TAG], piece[-TAG:]
    opening = Cipher(SM4(key), modes.GCM(nonce, tag)).decryptor()
    opening.authenticate_additional_data(about)
    return opening.update(body) + opening.finalize()
