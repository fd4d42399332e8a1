"""Many firms without blocking, five calls at a time: python many_at_once.py CODE CODE …"""

import asyncio
import sys

from common import AGREEMENT, CASE, CITY, ITEM, PURPOSE, account

from zhengtong_client import AsyncClient, QuotaUsed


async def main(codes: list[str]) -> None:
    at_once = asyncio.Semaphore(5)
    async with AsyncClient(CITY, account()) as city:
        taxes = city.item(AGREEMENT, ITEM, purpose=PURPOSE, case=CASE)

        async def one(code: str) -> None:
            async with at_once:
                try:
                    print(code, (await taxes.lookup({"uscc": code})).row)
                except QuotaUsed as used:
                    print(code, used)

        await asyncio.gather(*(one(code) for code in codes))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
