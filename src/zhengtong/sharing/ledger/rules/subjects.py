"""How a receipt names a person without naming them: a keyed digest that only who holds the person's key can make or recognise."""

from uuid import UUID

from zhengtong.sharing.ledger.rules.digests import hmac_sm3


def subject_reference(key: bytes, receipt_id: UUID) -> str:
    """HMAC-SM3 of the receipt's id under the person's own key, in hexadecimal: another one in each receipt, so that the receipts of one
    person cannot be put together; with the key destroyed nobody can tell whose they were."""
    return hmac_sm3(key, receipt_id.bytes).hex()
