"""One firm by its code, with the reason where it is refused: python one_firm.py 91350100M000100Y43"""

import sys

from common import AGREEMENT, CASE, CITY, ITEM, PURPOSE, account

from zhengtong_client import Client, Denied


def main(code: str) -> None:
    with Client(CITY, account()) as city:
        taxes = city.item(AGREEMENT, ITEM, purpose=PURPOSE, case=CASE)
        try:
            answer = taxes.lookup({"uscc": code})
        except Denied as refused:
            print(refused, "receipt", refused.problem.get("receipt"))
            return
        print(answer.row or "not found", "| data of", answer.data_at, "| receipt", answer.receipt_id)


if __name__ == "__main__":
    main(sys.argv[1])
