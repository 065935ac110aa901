"""When an account asks: in its turn, as its budgets have room, and again a little before giving up."""

from collections.abc import Sequence

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from adapters.budgets import Budget
from adapters.mls.tools import Tools
from domain.errors import Unavailable

ATTEMPTS = 3
PATIENCE = 10.0
"""The longest time, in seconds, that is waited for within a call; a longer one is handed on."""


class OverBudget(Unavailable):
    """There is no room for a request, and none was made."""


async def turn(tools: Tools, name: str, budgets: Sequence[Budget]) -> None:
    """Take one request out of the budgets; raises `OverBudget` if that needs more than `PATIENCE`."""
    waited = 0.0
    while wait := await tools.budgets.take(name, budgets):
        if waited + wait > PATIENCE:
            message = f"This account may not ask the MLS for more in the next {wait:.0f} seconds."
            raise OverBudget(message, retry_after=wait, asked=False)
        await tools.sleep(wait)
        waited += wait


def attempts(tools: Tools) -> AsyncRetrying:
    """Up to `ATTEMPTS` attempts while something is `Unavailable`: behind 1 s · 2^n + 0 to 1 s, or as long as
    the server asks for, unless that is beyond `PATIENCE`."""

    def pause(state: RetryCallState) -> float:
        backoff = 2.0 ** (state.attempt_number - 1) + tools.random()
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.retry_after if isinstance(failure, Unavailable) else None
        return max(backoff, asked or 0.0)

    return AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=pause,
        sleep=tools.sleep,
        retry=retry_if_exception(_is_worth_another),
        reraise=True,
    )


def _is_worth_another(failure: BaseException) -> bool:
    if isinstance(failure, OverBudget) or not isinstance(failure, Unavailable):
        return False
    return (failure.retry_after or 0.0) <= PATIENCE
