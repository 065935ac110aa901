"""The outside scheduler's call: who may make it, what it does, and how it is answered."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app.web import WebSettings
from domain.entities.intent import Ask, IntentKind
from domain.ports import Ports
from tasks.clock import ring_what_is_overdue
from tests.graph.server import GraphServer
from tests.world.world import HeardBell, Sandboxes

OLD, NEW = "the-old-secret", "the-néw-secret"


class CronServer(GraphServer):
    """Rings what is overdue in its own store, as the web process does.

    Attributes:
        called: how often it was let.
    """

    def __init__(self, folder: Path, sandboxes: Sandboxes, redis_url: str, *secrets: str) -> None:
        settings = WebSettings(production=True, cron_secrets=secrets)
        super().__init__(folder, sandboxes, redis_url, settings=settings, sync_due=self._ring)
        self.called = 0

    def ask(self, method: str, token: str | None = None, scheme: str = "Bearer") -> httpx.Response:
        """The scheduler's call."""
        headers = {} if token is None else {b"Authorization": f"{scheme} {token}".strip().encode()}
        with httpx.Client(base_url=self.url, trust_env=False) as client:
            return client.request(method, "/cron/sync-mls-status", headers=headers)

    async def _ring(self) -> int:
        self.called += 1
        return await ring_what_is_overdue(self.ports, _much)


async def _much(queue: str) -> int:
    return 1_000


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, served_sandboxes: Sandboxes, redis_url: str
) -> Iterator[CronServer]:
    made = CronServer(tmp_path_factory.mktemp("cron"), served_sandboxes, redis_url, OLD, NEW)
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("secret", [OLD, NEW])
def test_each_secret_opens_it_while_they_change(server: CronServer, method: str, secret: str) -> None:
    answer = server.ask(method, secret)
    assert (answer.status_code, answer.json()) == (200, {"rung": 0})
    assert answer.headers["cache-control"] == "no-store"
    assert server.ask(method, secret, scheme="bearer").status_code == 200


@pytest.mark.parametrize("token", [None, "", "other", OLD + "x", OLD[:-1], f"{OLD},{NEW}", OLD.upper()])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_else_does(server: CronServer, method: str, token: str | None) -> None:
    called = server.called
    answer = server.ask(method, token)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert server.ask(method, OLD, scheme="Basic").status_code == 401
    assert server.called == called


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_it_is_called_by_get_and_post_alone(server: CronServer, method: str) -> None:
    assert server.ask(method, OLD).status_code == 405


def test_without_a_secret_it_is_closed(tmp_path: Path, served_sandboxes: Sandboxes, redis_url: str) -> None:
    closed = CronServer(tmp_path, served_sandboxes, redis_url)
    closed.start()
    answers = [closed.ask("GET"), closed.ask("POST", ""), closed.ask("POST", "anything")]
    closed.stop()
    assert [answer.status_code for answer in answers] == [503] * 3
    assert closed.called == 0


def test_a_store_that_does_not_answer_is_waited_for_no_longer_than_a_scheduler_does(
    tmp_path: Path, served_sandboxes: Sandboxes, redis_url: str
) -> None:
    async def hangs() -> int:
        raise TimeoutError

    settings = WebSettings(production=True, cron_secrets=(OLD,))
    server = GraphServer(tmp_path, served_sandboxes, redis_url, settings=settings, sync_due=hangs).start()
    headers = {"Authorization": f"Bearer {OLD}"}
    answer = httpx.get(f"{server.url}/cron/sync-mls-status", headers=headers, trust_env=False)
    server.stop()
    assert answer.status_code == 503


def test_it_rings_for_what_is_overdue_of_every_kind_and_says_for_how_much(server: CronServer) -> None:
    owed = {
        (IntentKind.SYNC, "a connection"),
        (IntentKind.TAKEDOWN, "a sold home"),
        (IntentKind.NOTIFY, "a notification"),
    }

    async def work(ports: Ports) -> HeardBell:
        long_ago = ports.now() - timedelta(minutes=5)
        asks = [Ask(kind, "alice", target, due=long_ago) for kind, target in owed]
        later = Ask(IntentKind.SYNC, "alice", "not due", due=ports.now() + timedelta(hours=1))
        await ports.intents.ask(*asks, later)
        assert isinstance(ports.bell, HeardBell)
        return ports.bell

    bell = server.do(work)
    assert server.ask("GET", OLD).json() == {"rung": 3}
    assert set(bell.rung) == owed
    assert server.ask("POST", NEW).json() == {"rung": 3}  # nobody took it meanwhile: rung again, and no harm

    async def settle(ports: Ports) -> None:
        taken = [await ports.intents.take(kind, target, "holder", 600) for kind, target in owed]
        assert None not in taken

    server.do(settle)
    assert server.ask("POST", OLD).json() == {"rung": 0}
