"""An agreement's proof as a file: every entry that made it what it is, and its parties' keys, each with its path to a signed root; then
the terms and the text that each seal is over (`proves`: the seal's entry), so that what was signed can be read and checked offline.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import errors
from zhengtong.sharing.agreements.queries import wording
from zhengtong.sharing.agreements.tables import Agreement, AgreementTerms

PROOFS = "zhengtong-proofs@1"


def proof_of(session: Session, one: Agreement, *, origin: str, needed: int) -> bytes:
    """The file, a line of JSON each: what it is, then a receipt for each entry. Raises ProofNotYet.

    Entries since the newest checkpoint come with the next; the file says how many it leaves out.
    """
    bundles = [ledger.receipt_bundle(session, index, origin=origin, needed=needed) for index in _places(session, one)]
    proved = [bundle for bundle in bundles if bundle is not None]
    if not any(_is_of_an_agreement(bundle) for bundle in proved):
        raise errors.ProofNotYet(number=one.number)
    head = {
        "format": PROOFS,
        "origin": origin,
        "about": one.number,
        "count": len(proved),
        "later": len(bundles) - len(proved),
        "keys": proved[-1]["keys"],
        "witnesses_needed": needed,
    }
    return b"".join(_lines([head, *proved, *_shown(session, one, proved)]))


def _shown(session: Session, one: Agreement, proved: Iterable[dict[str, object]]) -> Iterator[dict[str, object]]:
    """What each seal is over, word for word: the terms, the text, and the seal with the entry by which its key came on the ledger."""
    entries = [json.loads(str(bundle["entry"])) for bundle in proved]
    keys = {
        (body["member"], body["key_id"]): each["id"]
        for each in entries
        if each["type"].startswith(("member.joined@", "member.key_rotated@")) and (body := each["body"])
    }
    found = session.scalars(select(AgreementTerms).where(AgreementTerms.agreement_id == one.id))
    versions = {each.number: each for each in found}
    for each in entries:
        written = versions.get(each["body"].get("version"))
        if written is not None and each["type"].startswith("agreement.countersigned@"):
            yield from _sealed(each, written, keys)


def _sealed(
    entry: dict[str, Any], written: AgreementTerms, keys: dict[tuple[str, str], str]
) -> Iterator[dict[str, object]]:
    about, seal = {"step": "agreement", "proves": entry["id"]}, entry["body"]["seal"]
    yield {**about, "field": "terms_digest", "text": ledger.canonical(written.terms).decode()}
    if "text_digest" in entry["body"]:
        yield {**about, "field": "text_digest", "text": ledger.canonical(written.text).decode()}
    if key := keys.get((seal["member"], seal["key_id"])):
        yield {**about, "key": key, "text": wording.seal_payload(written).decode()}


def _places(session: Session, one: Agreement) -> list[int]:
    """Where they stand on the ledger: what was done to the agreement, and the keys of its two sides."""
    entry = ledger.LedgerEntry
    done = entry.about.in_((str(one.id), one.id.hex)) & entry.type.startswith("agreement.")
    keys = entry.about.in_((one.provider_id.hex, one.department_id.hex)) & entry.type.startswith("member.")
    return list(session.scalars(select(entry.index).where(or_(done, keys)).order_by(entry.index)))


def _is_of_an_agreement(bundle: dict[str, object]) -> bool:
    return str(json.loads(str(bundle["entry"]))["type"]).startswith("agreement.")


def _lines(told: list[dict[str, object]]) -> Iterator[bytes]:
    for one in told:
        yield json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
