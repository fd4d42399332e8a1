"""Each receipt kept as a file and verified with one's own keys: python keep_receipts.py keys.txt receipts/ CODE …

keys.txt: the city's ledger keys, one a line, copied from its ledger page on the day the agreement was signed.
"""

import sys
from pathlib import Path

from common import AGREEMENT, CASE, CITY, ITEM, PURPOSE, account

from zhengtong_client import Client


def main(keys: str, folder: str, *codes: str) -> None:
    trusted = [line for line in Path(keys).read_text("utf-8").splitlines() if line.strip()]
    Path(folder).mkdir(exist_ok=True)
    with Client(CITY, account()) as city:
        taxes = city.item(AGREEMENT, ITEM, purpose=PURPOSE, case=CASE)
        for code in codes:
            answer = taxes.lookup({"uscc": code})
            receipt = city.receipt(answer)
            proved = receipt.verify(trusted)
            answer.check(proved)
            receipt.save(Path(folder) / f"{answer.receipt_id}.json")
            print(code, "proved at", proved.index, "of", proved.size, "on", proved.origin)


if __name__ == "__main__":
    main(*sys.argv[1:])
