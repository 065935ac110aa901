"""Waits for an account's turn: until its budgets have room for one more request."""

from collections.abc import Sequence

from adapters.budgets import Budget
from adapters.mls.tools import Tools
from domain.errors import Unavailable

PATIENCE = 10.0
"""The longest time, in seconds, that is waited for within a call; a longer one is handed on."""


class OverBudget(Unavailable):
    """There is no room for a request, and none was made."""


async def turn(tools: Tools, name: str, budgets: Sequence[Budget]) -> None:
    """Take one request out of the budgets; raises `OverBudget` if that needs more than `PATIENCE`."""
    waited = 0.0
    while wait := await tools.budgets.take(name, budgets):
        if waited + wait > PATIENCE:
            raise OverBudget(
                f"This account may not ask the MLS for more in the next {wait:.0f} seconds.", retry_after=wait
            )
        await tools.sleep(wait)
        waited += wait
