"""A process that takes what it can: `python -m tests.contracts.budgets.taker URL NAME AMOUNT SECONDS TASKS`."""

import asyncio
import sys

from adapters.budgets import Budget, RedisBudgets


async def main(url: str, name: str, amount: int, seconds: int, tasks: int) -> None:
    """Print how many of the tasks' takes there was room for; each tries three times."""
    budgets = RedisBudgets(url)

    async def take() -> int:
        return sum([await budgets.take(name, [Budget(amount, seconds)]) == 0.0 for _ in range(3)])

    print(sum(await asyncio.gather(*(take() for _ in range(tasks)))))
    await budgets.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
