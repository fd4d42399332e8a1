"""The authority's folder: ca.key (0600), ca.pem, index.json, crl.pem, issued/<serial>.{key,pem}."""

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from zhengtong.cli.authority import certificates
from zhengtong.cli.authority.certificates import Subject
from zhengtong.cli.errors import AuthorityAbsent, AuthorityThere, NoSuchCertificate
from zhengtong.engines.crypto import Crypto, PrivateKey, scalar_from_pem

AUTHORITY_LASTS, LIST_LASTS = timedelta(days=3652), timedelta(days=30)
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A certificate that is asked for; `names`: host names and addresses, needed for a server."""

    name: str
    names: tuple[str, ...] = ()
    for_client: bool = False
    days: int = 365


@dataclass(frozen=True, slots=True)
class Issued:
    """One certificate in the index."""

    serial: str
    name: str
    names: Sequence[str]
    use: str
    ends: str
    revoked: str = ""


class Authority:
    """An authority in its folder."""

    def __init__(self, crypto: Crypto, folder: Path) -> None:
        """Raises AuthorityAbsent."""
        self._crypto, self._folder = crypto, folder
        if not (folder / "ca.key").exists():
            raise AuthorityAbsent(folder=folder)
        self._key = crypto.private_key(scalar_from_pem((folder / "ca.key").read_text("ascii")))
        told = json.loads((folder / "index.json").read_text("utf-8"))
        self._name: str = told["name"]
        self._list_number: int = told["list_number"]
        self.issued = [Issued(**one) for one in told["issued"]]

    @classmethod
    def new(cls, crypto: Crypto, folder: Path, name: str, *, now: datetime) -> "Authority":
        """This will make an authority in an empty folder. Raises AuthorityThere."""
        if (folder / "ca.key").exists():
            raise AuthorityThere(folder=folder)
        (folder / "issued").mkdir(parents=True, exist_ok=True)
        key = crypto.new_key()
        subject = Subject(name, key.public, _serial(), now - CLOCKS_DIFFER, now + AUTHORITY_LASTS, is_authority=True)
        _write(folder / "ca.pem", _pem("CERTIFICATE", certificates.certificate(crypto, name, key, subject)))
        _write(folder / "index.json", json.dumps({"name": name, "list_number": 0, "issued": []}))
        _write(folder / "ca.key", key.to_pem(), secret=True)
        made = cls(crypto, folder)
        made._publish_list(now)
        return made

    def issue(self, wanted: Wanted, *, now: datetime) -> tuple[Issued, Path, Path]:
        """This will make a key and its certificate; returns them with the paths of key and chain."""
        key, serial = self._crypto.new_key(), _serial()
        ends = now + timedelta(days=wanted.days)
        subject = Subject(
            wanted.name, key.public, serial, now - CLOCKS_DIFFER, ends, wanted.names, for_client=wanted.for_client
        )
        body = certificates.certificate(self._crypto, self._name, self._key, subject)
        use = "client" if wanted.for_client else "server"
        one = Issued(f"{serial:x}", wanted.name, list(wanted.names), use, ends.isoformat())
        paths = (self._folder / "issued" / f"{one.serial}.key", self._folder / "issued" / f"{one.serial}.pem")
        _write(paths[0], key.to_pem(), secret=True)
        _write(paths[1], _pem("CERTIFICATE", body) + (self._folder / "ca.pem").read_text("ascii"))
        self.issued.append(one)
        self._keep()
        return one, *paths

    def revoke(self, serial: str, *, now: datetime) -> Issued:
        """This will revoke a certificate and publish the list anew. Raises NoSuchCertificate."""
        for place, one in enumerate(self.issued):
            if one.serial == serial.lower():
                self.issued[place] = replace(one, revoked=one.revoked or now.isoformat())
                self._publish_list(now)
                return self.issued[place]
        raise NoSuchCertificate(serial=serial)

    def _publish_list(self, now: datetime) -> None:
        self._list_number += 1
        revoked = [(int(one.serial, 16), datetime.fromisoformat(one.revoked)) for one in self.issued if one.revoked]
        body = certificates.revocation_list(
            self._crypto, self._name, self._key, revoked, number=self._list_number, now=now, until=now + LIST_LASTS
        )
        self._keep()
        _write(self._folder / "crl.pem", _pem("X509 CRL", body))

    def _keep(self) -> None:
        told = {"name": self._name, "list_number": self._list_number, "issued": [asdict(one) for one in self.issued]}
        _write(self._folder / "index.json", json.dumps(told, ensure_ascii=False, indent=1))

    @property
    def key(self) -> PrivateKey:
        return self._key


def _serial() -> int:
    return secrets.randbits(126) | 1 << 126


def _pem(label: str, body: bytes) -> str:
    text = base64.encodebytes(body).decode().replace("\n", "")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _write(path: Path, text: str, *, secret: bool = False) -> None:
    """Whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o600 if secret else 0o644)
    Path(name).replace(path)
