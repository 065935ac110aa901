"""`python -m app doctor`: what it says of an installation in which something is missing, wrong or down."""

import asyncio
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from pydantic import ValidationError
from typer.testing import CliRunner

from adapters.tables.mls_connections import MlsConnections
from adapters.tables.social_accounts import SocialAccounts
from adapters.tables.sqlite import SqliteTable
from adapters.vault import Vault
from app.__main__ import cli
from app.doctor import CHECKS, Check, examined
from app.doctor_outside import clock_findings, mail_findings
from app.doctor_queue import queue_findings, server_findings
from app.doctor_settings import refusals, setting_findings
from app.doctor_stores import bucket_findings, key_findings, table_findings
from app.findings import Finding, Level
from app.readiness import WORKERS
from app.settings import Settings, sealing_keys
from app.skew import skew_finding
from app.stores import open_files
from app.upkeep.ends import FilesEnd
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.social_account import SocialAccount, SocialTokens
from tasks.heartbeat import beating
from tests.processes.waiting import eventually
from tests.redis_server import free_port
from tests.unit.test_settings import KEY, OTHER, PRODUCTION
from tests.world.receivers import post_office

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FACEBOOK = {"FACEBOOK_APP_ID": "1", "FACEBOOK_APP_SECRET": "canary-secret"}
WATCHED = {**PRODUCTION, "METRICS_TOKEN": "t", "SMTP_HOST": "mail.example"}
LANES = [name.removeprefix("worker:") for name in WORKERS]


def settings(**values: Any) -> Settings:
    return Settings.model_validate({name.lower(): value for name, value in values.items()})


def bad(findings: Sequence[Finding]) -> list[tuple[Level, str]]:
    """What is not well; of everything there is something to do."""
    assert all(finding.do for finding in findings if finding.level is not Level.OK)
    return [(finding.level, finding.what) for finding in findings if finding.level is not Level.OK]


def test_each_setting_that_is_wrong_is_told_for_itself() -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**PRODUCTION, YARDSIGN_ALLOW_LOOPBACK="1", SMTP_USERNAME="u", METRICS_PORT="9464")
    assert [finding.what for finding in refusals(refused.value)] == [
        "SMTP_USERNAME and SMTP_PASSWORD belong together.",
        "production refuses YARDSIGN_ALLOW_LOOPBACK.",
        "production needs METRICS_TOKEN for METRICS_PORT.",
    ]
    with pytest.raises(ValidationError) as refused:
        settings(PORT="0", LOG_LEVEL="loud")
    assert [finding.what.partition(":")[0] for finding in refusals(refused.value)] == ["PORT", "LOG_LEVEL"]


@pytest.mark.parametrize(
    ("values", "level", "word"),
    [
        ({**WATCHED, "PUBLIC_URL": "http://yardsign.example"}, Level.FAILURE, "not https"),
        ({**WATCHED, "PUBLIC_URL": "https://localhost"}, Level.FAILURE, "this machine"),
        ({**WATCHED, "PUBLIC_URL": "https://yardsign.example/graphql"}, Level.FAILURE, "no address"),
        ({"PUBLIC_URL": "yardsign.example"}, Level.FAILURE, "no address"),
        ({**WATCHED, **FACEBOOK}, Level.WARNING, "FACEBOOK_WEBHOOK_TOKEN"),
        ({"FACEBOOK_APP_SECRET": "canary-secret"}, Level.FAILURE, "without FACEBOOK_APP_ID"),
        ({"LINKEDIN_CLIENT_ID": "1"}, Level.FAILURE, "without LINKEDIN_CLIENT_SECRET"),
        ({**PRODUCTION, "SMTP_HOST": "mail.example"}, Level.WARNING, "METRICS_TOKEN"),
        ({**PRODUCTION, "METRICS_TOKEN": "t"}, Level.WARNING, "SMTP_HOST"),
    ],
)
async def test_what_settings_leave_out(values: dict[str, str], level: Level, word: str) -> None:
    [(found, what)] = bad(await setting_findings(settings(**values), NOW))

    assert found is level
    assert word in what
    assert "canary" not in what


async def test_good_settings_are_good() -> None:
    for values in ({}, WATCHED):
        assert bad(await setting_findings(settings(**values), NOW)) == []


@pytest.mark.parametrize(
    ("facts", "level", "word"),
    [
        ({"redis_version": "5.0.14"}, Level.FAILURE, "5.0.14"),
        ({"maxmemory_policy": "allkeys-lru"}, Level.FAILURE, "allkeys-lru"),
        ({"aof_enabled": 0}, Level.WARNING, "append-only"),
    ],
)
def test_a_redis_that_loses_what_it_is_given(facts: dict[str, Any], level: Level, word: str) -> None:
    good = {"redis_version": "7.2.4", "maxmemory_policy": "noeviction", "aof_enabled": 1}

    assert bad(list(server_findings(good))) == []
    [(found, what)] = bad(list(server_findings(good | facts)))
    assert found is level
    assert word in what


async def beats(client: "redis.asyncio.Redis", count: int) -> None:
    """Wait until so many signs of life are there."""

    async def there() -> bool:
        return await client.dbsize() >= count

    await eventually(there, "the signs of life")


async def test_who_gives_no_sign_of_life_is_named(redis_url: str) -> None:
    url = redis_url.replace("/0", "/9")

    async def told(**values: str) -> list[tuple[Level, str]]:
        found = await queue_findings(settings(REDIS_URL=url, **values), NOW)
        return [one for one in bad(found) if "sign of life" in one[1]]

    async with redis.asyncio.Redis.from_url(url) as client:
        await client.flushdb()
        workers, clock = await told()
        assert workers == (Level.FAILURE, f"No worker gives a sign of life for: {', '.join(LANES)}.")
        assert clock[0] is Level.FAILURE
        assert [level for level, _ in await told(CRON_SECRET="c")] == [Level.FAILURE, Level.WARNING]
        async with beating(url, *WORKERS[1:], "clock"):
            await beats(client, len(WORKERS))
            assert await told() == [(Level.FAILURE, f"No worker gives a sign of life for: {LANES[0]}.")]


@pytest.mark.parametrize(
    ("seconds", "level", "side"),
    [
        (30, Level.OK, ""),
        (-31, Level.WARNING, "ahead of"),
        (300, Level.WARNING, "behind"),
        (-301, Level.FAILURE, "ahead of"),
    ],
)
def test_how_far_clocks_may_differ(seconds: int, level: Level, side: str) -> None:
    found = skew_finding("Redis", timedelta(seconds=seconds))

    assert found.level is level
    assert side in found.what


async def test_the_clock_is_held_against_that_of_the_issuer() -> None:
    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        moment = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 404 Not Found\r\nDate: {moment}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(late, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        [(level, what)] = bad(await clock_findings(settings(OIDC_ISSUER=url, OIDC_AUDIENCE="a"), NOW))
    assert level is Level.FAILURE
    assert "ahead of that of the issuer" in what


async def test_the_mail_server_is_greeted() -> None:
    with post_office() as office:
        mail = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(office.port)}
        assert bad(await mail_findings(settings(**mail, SMTP_SECURITY="none"), NOW)) == []
        [(level, what)] = bad(await mail_findings(settings(**mail), NOW))
    assert level is Level.FAILURE
    assert "STARTTLS" in what
    assert office.came == []


async def test_keys_that_are_gone_or_old_are_named(tmp_path: Path) -> None:
    async def store(key_id: str, *connections: str) -> None:
        table = SqliteTable(tmp_path / "table.sqlite", now=lambda: NOW.timestamp())
        vault = Vault(sealing_keys(f"{key_id}:{KEY if key_id == 'k1' else OTHER}"), key_id)
        stored = MlsConnections(table, vault, lambda: NOW)
        for one in connections:
            connection = MlsConnection(
                id=one, user_id="u", provider="p", protocol="rets", url="", created_at=NOW, updated_at=NOW
            )
            await stored.create(connection, MlsCredentials(token="canary"))
        account = SocialAccount(
            id=f"p:{key_id}",
            user_id="u",
            platform="p",
            remote_id=key_id,
            name="n",
            linked_at=NOW,
            updated_at=NOW,
        )
        tokens = SocialTokens(access_token="canary")
        await SocialAccounts(table, vault, lambda: NOW).save(account, tokens=tokens)
        await table.close()

    async def told(keys: str) -> list[tuple[Level, str]]:
        made = settings(YARDSIGN_DATA=tmp_path, YARDSIGN_SEALING_KEYS=keys, YARDSIGN_MEDIA_KEY="m")
        return bad(await key_findings(made, NOW))

    assert await told(f"k1:{KEY}") == [], "nothing is stored"
    await store("k1", "c1", "c2")
    await store("k2", "c3")

    assert await told(f"k1:{KEY},k2:{OTHER}") == [
        (Level.WARNING, "2 of the secrets that were looked at are sealed with the older key k2.")
    ]
    [(level, what)] = await told(f"k2:{OTHER}")
    assert level is Level.FAILURE
    assert "key k1" in what
    [(level, what)] = await told(f"k2:{OTHER},k1:{OTHER}")
    assert level is Level.FAILURE
    assert "canary" not in what


async def test_what_was_copied_away_is_not_well(tmp_path: Path) -> None:
    made = settings(YARDSIGN_DATA=tmp_path)
    table = SqliteTable(tmp_path / "table.sqlite")
    async with open_files(made, b"", lambda: NOW) as files:
        await FilesEnd(files).forbid()
        for check, end in ((table_findings, table.forbid_writes), (bucket_findings, None)):
            if end is not None:
                assert bad(await check(made, NOW)) == []
                await end()
            [(level, what)] = bad(await check(made, NOW))
            assert level is Level.FAILURE
            assert "nothing can be changed here" in what
        await FilesEnd(files).allow()
    assert bad(await bucket_findings(made, NOW)) == []
    await table.allow_writes()
    assert (await table.everything()).items == [], "it leaves nothing"
    await table.close()


async def test_what_is_down_or_broken_silences_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "table.sqlite").write_bytes(b"this is no database " * 100)
    (tmp_path / "files").mkdir()
    made = settings(YARDSIGN_DATA=tmp_path, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

    async def hangs(settings: Settings, now: datetime) -> Sequence[Finding]:
        await asyncio.Event().wait()
        return ()

    checks: dict[str, Check] = {"It": hangs, **CHECKS}
    del checks["The platforms"]
    found = bad(await examined(made, NOW, checks, seconds=1))

    assert {level for level, _ in found} == {Level.FAILURE}
    told = [what.split(":")[0] for _, what in found]
    assert told == ["It", "The table", "Redis cannot be used"]


@pytest.mark.parametrize(("version", "word"), [("v20.0", "ended on"), ("latest!", "FACEBOOK_GRAPH_VERSION")])
def test_the_command_ends_with_1_when_something_does_not_work(
    tmp_path: Path, version: str, word: str
) -> None:
    env = FACEBOOK | {"FACEBOOK_GRAPH_VERSION": version, "YARDSIGN_DATA": str(tmp_path), "PORT": "64000"}
    done = CliRunner().invoke(cli, ["doctor", "--json"], env=env)

    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert all(set(finding) == {"level", "what", "do"} for finding in told)
    assert next(finding["level"] for finding in told if word in finding["what"]) == "failure"
    assert "canary" not in done.output


async def test_a_good_installation_has_nothing_to_do_and_the_doctor_makes_nothing(
    tmp_path: Path, redis_url: str
) -> None:
    made = settings(YARDSIGN_DATA=tmp_path, REDIS_URL=redis_url.replace("/0", "/8"))
    async with (
        beating(made.broker_url, *WORKERS, "clock"),
        redis.asyncio.Redis.from_url(made.broker_url) as client,
    ):
        await beats(client, len(WORKERS) + 1)
        found = bad(await examined(made, NOW))

    assert [level for level, what in found if "append-only" not in what] == []
    assert await asyncio.to_thread(os.listdir, tmp_path) == []
