"""Write the city into a folder: `python -m city --size large --out folder`."""

import argparse
from pathlib import Path

from .files import SEED, SIZES, write


def main() -> None:
    asked = argparse.ArgumentParser(prog="city", description="写出虚构的云溪市 | write the fictional city of Yunxi")
    asked.add_argument("--size", choices=sorted(SIZES), default="small", help="规模 | how large")
    asked.add_argument("--seed", type=int, default=SEED, help="随机种子 | same seed, same bytes")
    asked.add_argument("--out", type=Path, required=True, help="写到哪个目录 | folder to write into")
    given = asked.parse_args()
    for name, fingerprint in write(given.out, SIZES[given.size], seed=given.seed).items():
        print(f"{fingerprint}  {name}.csv")


if __name__ == "__main__":
    main()
