"""All agreed rows as one table, page by page, begun again where the data were renewed: python a_table.py firms.csv"""

import csv
import sys
from pathlib import Path

from common import AGREEMENT, CASE, CITY, ITEM, PURPOSE, account

from zhengtong_client import Answered, Client, Item


def rows_of(taxes: Item) -> list[dict[str, object]]:
    for _ in range(3):
        try:
            return [row for page in taxes.pages() for row in page.rows]
        except Answered as renewed:
            if renewed.status != 409:
                raise
    raise SystemExit("the data were renewed three times in a row; try again at night")


def main(path: str) -> None:
    with Client(CITY, account()) as city, Path(path).open("w", newline="", encoding="utf-8") as out:
        rows = rows_of(city.item(AGREEMENT, ITEM, purpose=PURPOSE, case=CASE))
        writer = csv.DictWriter(out, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)
        print(len(rows), "rows in", path)


if __name__ == "__main__":
    main(sys.argv[1])
