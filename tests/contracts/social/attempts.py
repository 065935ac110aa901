"""An attempt to publish, as whoever works on a post makes it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from domain.entities.post import Draft, Prepared, Published
from domain.entities.social_account import FoundAccount
from domain.errors import Unavailable, YardsignError
from domain.ports import SocialPlatform

MOST_STEPS = 30


class Time(Protocol):
    """A clock that can be moved."""

    time: datetime


@dataclass
class Attempt:
    """One draft on its way to one account.

    Attributes:
        step: what is prepared so far.
        since: when the attempt began.
    """

    platform: SocialPlatform
    account: FoundAccount
    draft: Draft
    clock: Time
    step: str | None = None
    since: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.since = self.clock.time

    async def prepare(self) -> str:
        """Come back until the platform is ready."""
        for _ in range(MOST_STEPS):
            prepared: Prepared = await self.platform.prepare(self.account.tokens, self.draft, self.step)
            self.step = prepared.step
            if prepared.wait is None:
                return prepared.step
            self.clock.time += timedelta(seconds=prepared.wait)
        raise AssertionError("the platform never gets ready")

    async def publish(self) -> Published:
        """Prepare and publish; what failed for certain is cleared away."""
        step = await self.prepare()
        try:
            return await self.platform.publish(self.account.tokens, self.draft, step)
        except YardsignError as error:
            if not (isinstance(error, Unavailable) and error.outcome_unknown):
                await self.platform.discard(self.account.tokens, step)
                self.step = None
            raise

    async def find(self) -> Published | None:
        """Look for what the attempt left."""
        return await self.platform.find(self.account.tokens, self.draft, self.since, self.step or "")
