"""What tests of workers and clock ask for, and work that does what they want."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from domain.entities.intent import Ask, Intent, IntentKind, Outcome
from domain.ports import Ports
from domain.use_cases.work import Work
from tests.world import World
from tests.world.world import USER

KIND = IntentKind.PUBLISH
Does = Callable[[Intent], Awaitable[Outcome]]


def work_that(does: Does) -> Mapping[IntentKind, Work]:
    """Work of every kind that does this."""

    async def work(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
        return await does(intent)

    return dict.fromkeys(IntentKind, work)


async def asked(world: World, *targets: str, kind: IntentKind = KIND) -> None:
    """Wish for work on these targets."""
    await world.ports.intents.ask(*(Ask(kind, USER, target) for target in targets))
