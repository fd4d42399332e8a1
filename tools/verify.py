#!/usr/bin/env python3
"""Verify a receipt or a whole exported ledger of Zhengtong 政通. One file, Python's standard library only: trust nobody, read it.

    python verify.py receipt-42.json                       a receipt: one entry, its path, a signed root
    python verify.py XY-2026-0391-proof.jsonl              a proof (of an agreement, a thread): several receipts
    python verify.py ledger.jsonl                          an export: every entry, every checkpoint
    python verify.py FILE --key 'NAME+HASH+BASE64'         believe only these keys (else those in the file, which is said)
    python verify.py FILE --kept checkpoint.txt            and that a checkpoint you kept earlier is still true

What is checked: SM3 (GB/T 32905) leaves and paths as RFC 6962, SM2 (GB/T 32918.2) signatures of C2SP signed notes, the witnesses'
co-signatures, and that no entry is missing, altered or moved. Exit code 0: it holds; 1: it does not, and the first wrong entry is named.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator  # noqa: UP035 - older Pythons run it too

RECEIPT, PROOFS, EXPORT = "zhengtong-receipt@1", "zhengtong-proofs@1", "zhengtong-export@1"
KINDS = (
    ("sm2-cosignature", b"\xffzhengtong.sm2-sm3.cosignature.v1"),
    ("sm2", b"\xffzhengtong.sm2-sm3.v1"),
    ("ed25519-cosignature", b"\x04"),
    ("ed25519", b"\x01"),
)
ENTRY = re.compile(rb'\{"index":(\d+),"leaf":"([0-9a-f]{64})","entry":(\{.*\})\}\n?')
M32 = 0xFFFFFFFF
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
Point = tuple[int, int, int]
Key = tuple[str, bytes, str, bytes]


class Wrong(Exception):
    """Something does not hold; the sentence (中文 | English) says what, `index` which entry."""

    def __init__(self, zh: str, en: str, index: int | None = None) -> None:
        super().__init__(f"{zh} | {en}")
        self.index = index


def _left(word: int, by: int) -> int:
    by %= 32
    return (word << by | word >> (32 - by)) & M32


CONSTANTS = [_left(0x79CC4519 if j < 16 else 0x7A879D8A, j) for j in range(64)]


def plain_sm3(data: bytes) -> bytes:
    """SM3 by the standard's own steps: slow, and the same everywhere."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    data += b"\x80" + bytes((55 - len(data)) % 64) + (len(data) * 8).to_bytes(8, "big")
    for at in range(0, len(data), 64):
        state = [old ^ new for old, new in zip(state, _compressed(state, data[at : at + 64]))]  # noqa: B905 - older Pythons run it too
    return b"".join(word.to_bytes(4, "big") for word in state)


def _compressed(state: list[int], block: bytes) -> tuple[int, ...]:
    w = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _left(w[j - 3], 15)
        w.append(x ^ _left(x, 15) ^ _left(x, 23) ^ _left(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        turned = _left(a, 12)
        ss1 = _left((turned + e + CONSTANTS[j]) & M32, 7)
        if j < 16:
            ff, gg = a ^ b ^ c, e ^ f ^ g
        else:
            ff, gg = (a & b) | (a & c) | (b & c), (e & f) | (~e & g)
        tt1 = (ff + d + (ss1 ^ turned) + (w[j] ^ w[j + 4])) & M32
        tt2 = (gg + h + ss1 + w[j]) & M32
        d, c, b, a = c, _left(b, 9), a, tt1
        h, g, f, e = g, _left(f, 19), e, tt2 ^ _left(tt2, 9) ^ _left(tt2, 17)
    return a, b, c, d, e, f, g, h


def _chosen() -> Callable[[bytes], bytes]:
    """hashlib's SM3 where it is there and right by the standard's example, else the plain one."""
    try:
        if hashlib.new("sm3", b"abc").hexdigest() == plain_sm3(b"abc").hex():
            fresh = hashlib.new("sm3")

            def quick(data: bytes) -> bytes:
                hasher = fresh.copy()
                hasher.update(data)
                return hasher.digest()

            return quick
    except ValueError:
        pass
    return plain_sm3


sm3 = _chosen()


def _plus(one: Point, other: Point) -> Point:
    """The sum of two points in Jacobian coordinates; (x, y, 0) is the point at infinity."""
    x1, y1, z1 = one
    x2, y2, z2 = other
    if not z1 or not z2:
        return other if not z1 else one
    a, b = z1 * z1 % P, z2 * z2 % P
    u1, u2, s1, s2 = x1 * b % P, x2 * a % P, y1 * z2 * b % P, y2 * z1 * a % P
    h, r = (u2 - u1) % P, (s2 - s1) % P
    if not h:
        return _twice(one) if not r else (1, 1, 0)
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x = (r * r - hhh - 2 * v) % P
    return x, (r * (v - x) - s1 * hhh) % P, h * z1 * z2 % P


def _twice(one: Point) -> Point:
    x, y, z = one
    if not z or not y:
        return 1, 1, 0
    yy, zz = y * y % P, z * z % P
    s, m = 4 * x * yy % P, 3 * (x - zz) * (x + zz) % P
    x2 = (m * m - 2 * s) % P
    return x2, (m * (s - x2) - 8 * yy * yy) % P, 2 * y * z % P


def _times(count: int, point: tuple[int, int]) -> Point:
    total: Point = (1, 1, 0)
    step: Point = (*point, 1)
    while count:
        if count & 1:
            total = _plus(total, step)
        step, count = _twice(step), count >> 1
    return total


def sm2_verify(public: bytes, signature: bytes, message: bytes, signer: bytes = b"1234567812345678") -> bool:
    """True where r‖s is the signature of 04‖x‖y over the message (GB/T 32918.2 §7.1)."""
    if len(public) != 65 or public[0] != 4 or len(signature) != 64:
        return False
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if x >= P or y >= P or (y * y - x * x * x - A * x - B) % P or not 0 < r < N or not 0 < s < N or not (r + s) % N:
        return False
    curve = b"".join(one.to_bytes(32, "big") for one in (A, B, *G))
    z = sm3((len(signer) * 8).to_bytes(2, "big") + signer + curve + public[1:])
    e = int.from_bytes(sm3(z + message), "big")
    jx, _, jz = _plus(_times(s, G), _times((r + s) % N, (x, y)))
    return bool(jz) and (e + jx * pow(jz * jz, -1, P) % P) % N == r


def read_key(text: str) -> Key:
    """(name, four bytes, kind, public key) of a verifier key."""
    name, told, coded = text.strip().split("+", 2)
    data = base64.b64decode(coded, validate=True)
    kind, mark = next((kind, mark) for kind, mark in KINDS if data.startswith(mark))
    if hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8] != told:
        raise ValueError(text)
    return name, bytes.fromhex(told), kind, data[len(mark) :]


def read_note(told: str, keys: Iterable[Key]) -> tuple[str, int, bytes, set[str]]:
    """(origin, size, root, names of the witnesses) of a checkpoint that a known key of its origin signed. Raises Wrong."""
    text, _, lines = told.rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    known = {(name, mark): (kind, public) for name, mark, kind, public in keys}
    signed, witnesses = False, set[str]()
    for line in lines.strip().split("\n"):
        _, name, coded = line.split(" ")
        data = base64.b64decode(coded)
        kind, public = known.get((name, data[:4]), ("", b""))
        if not kind.startswith("sm2"):
            continue
        message, signature = text.encode(), data[4:]
        if kind == "sm2-cosignature":
            message = b"cosignature/v1\ntime %d\n" % int.from_bytes(data[4:12], "big") + message
            signature = data[12:]
        if not sm2_verify(public, signature, message):
            raise Wrong(
                f"检查点 {size} 上 {name} 的签名不对", f"{name}'s signature on the checkpoint of {size} does not hold"
            )
        if kind == "sm2-cosignature":
            witnesses.add(name)
        signed = signed or (kind == "sm2" and name == origin)
    if not signed:
        raise Wrong(
            f"检查点 {size} 没有 {origin} 的可信签名", f"no trusted key of {origin} signed the checkpoint of {size}"
        )
    return origin, int(size), base64.b64decode(root), witnesses


def root_of(leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """The root that an inclusion path leads to (RFC 9162 §2.1.3.2); None where its length is wrong."""
    number, last, root = index, size - 1, leaf
    for sibling in path:
        if not last:
            return None
        if number & 1 or number == last:
            root = sm3(b"\1" + sibling + root)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            root = sm3(b"\1" + root + sibling)
        number, last = number >> 1, last >> 1
    return None if last else root


def verify_receipt(told: dict[str, Any], keys: list[Key], needed: int) -> str:
    """Checks one receipt bundle; returns a line to print. Raises Wrong."""
    index, size = told["index"], told["tree_size"]
    origin, signed, root, witnesses = read_note(told["note"], keys)
    leaf = sm3(b"\0" + told["entry"].encode())
    found = root_of(leaf, index, size, [bytes.fromhex(one) for one in told["path"]])
    if signed != size or found != root or root.hex() != told["root"]:
        raise Wrong(
            f"第 {index} 条不在检查点 {signed} 之下",
            f"entry {index} does not stand under the checkpoint of {signed}",
            index,
        )
    entry = json.loads(told["entry"])
    _enough(witnesses, needed, size)
    return (
        f"在：{origin} 第 {index} 条（{entry['type']}，{entry['at']}），检查点 {size} 之下，{len(witnesses)} 家共签 | "
        f"holds: entry {index} of {origin} ({entry['type']}, {entry['at']}) under the checkpoint of {size}, {len(witnesses)} witnesses"
    )


def verify_proofs(lines: Iterator[bytes], keys: list[Key], needed: int) -> str:
    """Checks each receipt of a proof, and what is shown for them; returns a line to print. Raises Wrong at the first that does not hold."""
    head, held, last, bodies = json.loads(next(lines)), 0, -1, dict[str, Any]()
    for line in lines:
        told = json.loads(line)
        if "proves" in told:
            _check_shown(told, bodies)
            continue
        if told["format"] != RECEIPT or told["index"] <= last:
            raise Wrong(f"第 {held + 1} 张不是回执，或次序不对", f"line {held + 1} is no receipt, or out of order")
        verify_receipt(told, keys, needed)
        held, last, entry = held + 1, told["index"], json.loads(told["entry"])
        bodies[entry["id"]] = entry["body"]
    if held != head["count"]:
        raise Wrong(
            f"应有 {head['count']} 张回执，只有 {held} 张", f"{head['count']} receipts are told, {held} are there"
        )
    about, later = head["about"], head["later"]
    return f"{about} 的 {held} 条记录都在，另有 {later} 条待下一个检查点 | all {held} entries of {about} hold, {later} are still to come"


def _check_shown(told: dict[str, Any], bodies: dict[str, Any]) -> None:
    """Raises Wrong unless a text, or a batch by its chunks, is what its entry fixed; or a seal is by the key that its member has."""
    body = bodies[told["proves"]]
    if "key" in told:
        key, seal = bodies[told["key"]], body["seal"]
        public, signature = bytes.fromhex(key["public"]), bytes.fromhex(seal["signature"])
        holds = (key["member"], key["key_id"]) == (seal["member"], seal["key_id"])
        holds = holds and {**body, **json.loads(told["text"])} == body
        holds = holds and sm2_verify(public, signature, b"zhengtong-seal@1\n" + told["text"].encode())
    else:
        row = [bytes.fromhex(one) for one in told.get("leaves", ())] or [sm3(told["text"].encode())]
        while len(row) > 1:  # an odd one out goes up as it is: RFC 6962's tree
            pairs = [sm3(b"\1" + row[at] + row[at + 1]) for at in range(0, len(row) - 1, 2)]
            row = pairs + row[len(pairs) * 2 :]
        holds = row[0].hex() == body[told["field"]]
    if not holds:
        raise Wrong(f"{told['step']}：不是账本上记下的那一份", f"{told['step']}: not what the ledger fixed")


def _enough(witnesses: set[str], needed: int, size: int) -> None:
    if len(witnesses) < needed:
        raise Wrong(
            f"检查点 {size} 只有 {len(witnesses)} 家共签，应有 {needed} 家；新的十分钟后重取，或加 --needed 0",
            f"the checkpoint of {size} has {len(witnesses)} co-signatures, {needed} are needed; "
            "take what is new again in ten minutes, or add --needed 0",
        )


def _root(frontier: list[bytes]) -> bytes:
    found = frontier[-1]
    for left in reversed(frontier[:-1]):
        found = sm3(b"\1" + left + found)
    return found


def verify_export(lines: Iterator[bytes], keys: list[Key], needed: int, kept: dict[int, bytes]) -> str:
    """Checks a whole export, line by line; returns a line to print. Raises Wrong at the first that does not hold."""
    head = json.loads(next(lines))
    points, frontier, last_witnesses = dict(kept), list[bytes](), set[str]()
    at = begun = 0
    for line in lines:
        if line.startswith(b'{"checkpoint":'):
            origin, size, root, witnesses = read_note(json.loads(line)["checkpoint"], keys)
            if origin != head["origin"]:
                raise Wrong(
                    f"检查点 {size} 属于别的账本 {origin}", f"the checkpoint of {size} is of another log, {origin}"
                )
            if points.setdefault(size, root) != root:
                raise Wrong(
                    f"{size} 条处有两个不同的树根：账本分叉",
                    f"two roots over {size} entries: the log was forked",
                    size - 1,
                )
            last_witnesses = witnesses
            continue
        found = ENTRY.fullmatch(line)
        if found is None or int(found[1]) != at:
            raise Wrong(f"第 {at} 条缺失或残缺", f"entry {at} is missing or damaged", at)
        leaf = sm3(b"\0" + found[3])
        if leaf.hex().encode() != found[2]:
            raise Wrong(f"第 {at} 条的内容被改动", f"the content of entry {at} was altered", at)
        whole, node = at, leaf
        while whole & 1:
            node, whole = sm3(b"\1" + frontier.pop() + node), whole >> 1
        frontier.append(node)
        at += 1
        if at in points:
            if _root(frontier) != points[at]:
                raise Wrong(
                    f"第 {begun} 至 {at - 1} 条与检查点 {at} 不符：记录被改写",
                    f"entries {begun} to {at - 1} do not fit the checkpoint of {at}: they were rewritten",
                    begun,
                )
            begun = at
    _whole(at, head, points, begun)
    _enough(last_witnesses, needed, begun)
    return f"全部 {at} 条、{len(points)} 个检查点都对 | all {at} entries and {len(points)} checkpoints hold"


def _whole(at: int, head: dict[str, Any], points: dict[int, bytes], begun: int) -> None:
    """Raises Wrong unless the entries go as far as the last checkpoint and the file's own size."""
    size = max([head["size"], *points])
    if at < size:
        raise Wrong(
            f"第 {at} 条起缺失：应有 {size} 条", f"entries are missing from {at} on: there should be {size}", at
        )
    if begun != at:
        raise Wrong(f"第 {begun} 条之后没有检查点", f"no checkpoint covers the entries from {begun} on", begun)


def verify_file(name: str, *, trusted: Iterable[str] = (), needed: int | None = None, kept: Iterable[str] = ()) -> str:
    """Checks a file; returns a line to print. Raises Wrong, OSError, ValueError, KeyError."""
    with Path(name).open("rb") as file:
        first = file.readline()
        exported = first.startswith(b'{"format":"' + EXPORT.encode())
        several = first.startswith(b'{"format":"' + PROOFS.encode())
        file.seek(0)
        told = json.loads(first) if exported or several else json.load(file)
        if not exported and not several and told.get("format") != RECEIPT:
            raise ValueError(f"neither a {RECEIPT}, {PROOFS} nor a {EXPORT}")
        keys = [read_key(key) for key in trusted or told["keys"]]
        needed = told["witnesses_needed"] if needed is None else needed
        known = {size: root for _, size, root, _ in (read_note(note, keys) for note in kept)}
        if several:
            return verify_proofs(iter(file), keys, needed)
        return verify_export(iter(file), keys, needed, known) if exported else verify_receipt(told, keys, needed)


def main(arguments: list[str] | None = None) -> int:
    """Verify and print; returns the exit code."""
    parser = argparse.ArgumentParser(description="核验政通的回执或账本导出 | verify a receipt or an exported ledger")
    parser.add_argument("file", nargs="+", help="回执 .json 或导出 .jsonl | receipt or export")
    parser.add_argument("--key", action="append", default=[], help="只信这些公钥 | believe only these keys")
    parser.add_argument("--needed", type=int, help="至少几家共签 | least co-signatures")
    parser.add_argument("--kept", action="append", default=[], help="自己留存的检查点 | a checkpoint that you kept")
    given = parser.parse_args(arguments)
    if not given.key:
        print(
            "注意：公钥取自文件本身；请与公布的公钥核对，或用 --key 指定 | the keys are the file's own: compare them with the published ones, or give --key",
            file=sys.stderr,
        )
    failed = 0
    for name in given.file:
        try:
            kept = [Path(one).read_text("utf-8") for one in given.kept]
            print(f"✓ {name}: {verify_file(name, trusted=given.key, needed=given.needed, kept=kept)}")
        except Wrong as wrong:
            failed = 1
            print(f"✗ {name}: {wrong}", file=sys.stderr)
        except (OSError, ValueError, KeyError, IndexError, TypeError, StopIteration, RecursionError) as wrong:
            failed = 1
            print(
                f"✗ {name}: 读不懂这个文件：{wrong} | the file cannot be read: {type(wrong).__name__}: {wrong}",
                file=sys.stderr,
            )
    return failed


if __name__ == "__main__":
    sys.exit(main())
