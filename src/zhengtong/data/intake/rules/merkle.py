"""The digest of a canonical batch: a Merkle tree (RFC 6962, §2.1) over its chunks, so that one chunk can be proved alone.

>>> import hashlib
>>> sha = lambda data: hashlib.sha256(data).digest()
>>> root([], sha).hex()[:16]
'e3b0c44298fc1c14'
>>> root([leaf(b"", sha)], sha) == leaf(b"", sha)
True
"""

from collections.abc import Callable, Sequence

LEAF, NODE = b"\x00", b"\x01"
Digest = Callable[[bytes], bytes]


def leaf(chunk: bytes, digest: Digest) -> bytes:
    """The hash of one chunk of canonical bytes."""
    return digest(LEAF + chunk)


def root(leaves: Sequence[bytes], digest: Digest) -> bytes:
    """The hash of all leaves in order; of none, the digest of nothing."""
    if not leaves:
        return digest(b"")
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return digest(NODE + root(leaves[:half], digest) + root(leaves[half:], digest))
