"""A sealed file fetched and opened with the system's own key: python open_a_file.py FILE_NUMBER folder/"""

import sys
from pathlib import Path

from common import CITY, account

from zhengtong_client import Client, open_file


def main(number: str, folder: str) -> None:
    own = account()
    with Client(CITY, own) as city:
        header, data = open_file(city.fetch_file(number), own.key)
    path = Path(folder) / Path(header["name"]).name
    path.write_bytes(data)
    print(header["rows"], "rows in", path, "| receipts", ", ".join(header["receipts"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
