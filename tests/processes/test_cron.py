"""The outside scheduler on real processes: it does the clock's work where there is no clock."""

import sqlite3

import httpx

from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Put
from domain.entities.intent import IntentKind
from domain.entities.sync_run import SyncRunState
from domain.use_cases.photo_sweep import TARGET
from tests.processes.installation import Installation
from tests.processes.waiting import eventually

SECRETS = {"CRON_SECRET": "old-secret, new-secret"}


async def _put_what_has_expired(installation: Installation) -> None:
    table = SqliteTable(installation.folder / "data" / "table.sqlite")
    await table.write(Put({"PK": "EXPIRED", "SK": "EXPIRED", "ExpiresAt": 1}))
    await table.close()


def _is_tidy(installation: Installation) -> bool:
    with sqlite3.connect(installation.folder / "data" / "table.sqlite") as table:
        left = table.execute("SELECT pk FROM items WHERE pk = 'EXPIRED'").fetchall()
    return left == []


async def test_work_whose_bell_was_lost_is_done_at_the_next_call(installation: Installation) -> None:
    """Redis is away when the import is asked for, so that nobody but the store knows of it."""
    await _put_what_has_expired(installation)
    assert not _is_tidy(installation)
    installation.env.update(SECRETS)
    installation.redis.kill()
    run = await installation.import_of(await installation.connect())
    installation.redis.start()
    installation.start("worker")
    installation.start("web")
    url = f"http://127.0.0.1:{installation.port}/cron/sync-mls-status"
    called = 0

    async def called_and_done() -> bool:
        nonlocal called
        method, secret = ("GET", "old-secret") if called % 2 else ("POST", "new-secret")
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                answer = await client.request(method, url, headers={"Authorization": f"Bearer {secret}"})
            except httpx.TransportError:  # not up yet
                return False
        assert answer.status_code == httpx.codes.OK, answer.text
        assert answer.json()["rung"] >= 0
        called += 1
        return (await installation.run(run)).state is SyncRunState.SUCCEEDED

    await eventually(called_and_done, "the import's end")
    assert called > 0
    assert _is_tidy(installation)
    assert await installation.ports.intents.get(IntentKind.FILES, TARGET) is not None
    assert "worker.started" in [line["event"] for line in installation.said()]
    async with httpx.AsyncClient(trust_env=False) as client:
        ready = await client.get(f"http://127.0.0.1:{installation.port}/readyz")
    assert ready.json() == {"status": "ready"}
