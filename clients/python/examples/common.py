"""What the examples share: the account, from the environment."""

import os

from zhengtong_client import Account, PrivateKey

CITY = os.environ.get("ZT_CITY", "http://localhost:8600")
AGREEMENT = os.environ.get("ZT_AGREEMENT", "XY-2026-0391")
ITEM = os.environ.get("ZT_ITEM", "SJ-3102")
PURPOSE = os.environ.get("ZT_PURPOSE", "job_subsidy")
CASE = os.environ.get("ZT_CASE", "稳岗〔2026〕12号")


def account() -> Account:
    """The service account: ZT_SYSTEM, ZT_KEY_ID, and the key file ZT_KEY."""
    return Account(os.environ["ZT_SYSTEM"], os.environ["ZT_KEY_ID"], PrivateKey.from_pem_file(os.environ["ZT_KEY"]))
