"""Alters a record in the journal of a LevelDB so that its checksum is right again: what somebody with root could do to a node's store."""

from pathlib import Path

BLOCK, HEADER, POLYNOMIAL = 32_768, 7, 0x82F63B78


def _table():
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
        yield crc


TABLE = list(_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def masked(crc):
    return ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def alter(folder: Path, old: bytes, new: bytes) -> int:
    """Puts `new` (as long as `old`) in its place in every record of the folder's journals; how many records were altered."""
    assert len(old) == len(new)
    return sum(_altered(file, old, new) for file in folder.glob("*.log"))


def _altered(file, old, new):
    data, changed = bytearray(file.read_bytes()), 0
    for start in range(0, len(data), BLOCK):
        at, end = start, min(start + BLOCK, len(data))
        while at + HEADER <= end:
            length = int.from_bytes(data[at + 4 : at + 6], "little")
            body = bytes(data[at + 6 : at + HEADER + length])
            if length == 0 and body[:1] == b"\0":
                break
            assert int.from_bytes(data[at : at + 4], "little") == masked(crc32c(body)), "no journal of LevelDB"
            if old in body[1:]:
                body = body[:1] + body[1:].replace(old, new)
                data[at : at + HEADER + length] = (
                    masked(crc32c(body)).to_bytes(4, "little") + length.to_bytes(2, "little") + body
                )
                changed += 1
            at += HEADER + length
    file.write_bytes(data)
    return changed
