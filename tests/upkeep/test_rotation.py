"""Keys: after a rotation everything opens with the new one alone, whatever happened on the way."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.tables import keys
from adapters.tables.checks import target
from adapters.tables.repositories import repositories
from adapters.tables.sealed import reseal, sealed_in
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Change, Delete, Item, Key, Put, Refused, key_of
from adapters.vault import Vault
from app.secrets import load_secrets
from app.settings import Settings, sealing_keys
from app.stores import open_stores
from app.upkeep.rotation import rotate
from domain.entities.common import PageRequest
from domain.entities.metrics import EventKind
from domain.entities.notification import Webhook
from domain.use_cases.counting import EventInput, record_event
from domain.use_cases.linking import begin_social_link
from tests.graph import seeds
from tests.world.world import World

USER = "auth0|ä#1"
OLD = b"v" * 32


async def seal_everything(world: World) -> None:
    """A thing of each kind that is sealed."""
    await seeds.connection_with_run(world.ports, USER)
    await seeds.account(world.ports, USER)
    await seeds.webhook(world.ports, USER)
    await begin_social_link(world.ports, user_id=USER, platform="facebook")
    home = await seeds.listing(world.ports, USER)
    event = EventInput(kind=EventKind.INQUIRY, listing_id=home.id, name="Ann", message="Is it free?")
    await record_event(world.ports, user_id=USER, event=event)


async def sealed(table: SqliteTable) -> list[Key]:
    return [key_of(item) for item in (await table.everything()).items if sealed_in(item)]


async def test_the_data_folders_own_key_is_replaced(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    await seal_everything(world)
    assert isinstance(world.table, SqliteTable)
    assert len(await sealed(world.table)) == 5
    path = world.folder / "secrets.json"
    path.write_text(json.dumps({"sealing": f"k1:{base64.b64encode(OLD).decode()}", "media": "m" * 40}))
    settings = Settings(yardsign_data=world.folder)

    await world.table.forbid_writes()
    with pytest.raises(SystemExit, match="nothing can be changed"):
        await asyncio.to_thread(rotate, settings, check=False)
    half = json.loads(path.read_text())["sealing"]
    assert list(sealing_keys(half)) == ["k2", "k1"]
    await world.table.allow_writes()
    await asyncio.to_thread(rotate, settings, check=False)
    assert "k2 (current): 5\n" in capsys.readouterr().out
    held = json.loads(path.read_text())
    assert held == {"sealing": half.split(",")[0], "media": "m" * 40}

    vault = Vault(sealing_keys(held["sealing"]), "k2")
    nouns = repositories(world.table, vault, lambda: datetime.now(UTC))
    (connection,) = await nouns.mls_connections.of_user(USER)
    before = repositories(world.table, Vault({"k1": OLD}, "k1"), world.clock.now)
    assert (await nouns.mls_connections.credentials(USER, connection.id)).token
    with pytest.raises(Exception, match="k2, which is not configured"):
        await before.mls_connections.credentials(USER, connection.id)
    (account,) = await nouns.social_accounts.of_user(USER)
    assert (await nouns.social_accounts.tokens(USER, account.id)).access_token
    (webhook,) = await nouns.webhooks.of_user(USER)
    assert await nouns.webhooks.secret(USER, webhook.id)
    inquiries = await nouns.metrics.inquiries(USER, PageRequest(10))
    assert [inquiry.name for inquiry in inquiries.items] == ["Ann"]
    (state,) = [key for key in await sealed(world.table) if key.sk.startswith("LINK_STATE#")]
    assert await nouns.social_accounts.finish_link(USER, state.sk.partition("#")[2]) is not None


async def test_no_key_is_dropped_that_a_process_still_seals_with(tmp_path: Path, aws_settings: None) -> None:
    settings = Settings(yardsign_data=tmp_path, yardsign_table="dynamodb", yardsign_files="s3")
    known = load_secrets(settings).vault
    async with open_stores(settings, b"m", lambda: datetime.now(UTC)):
        with pytest.raises(SystemExit, match="stop it first"):
            await asyncio.to_thread(rotate, settings, check=False)
    assert load_secrets(settings).vault.current == known.current


async def test_what_changes_meanwhile_is_kept_and_what_does_not_open_is_told(world: World) -> None:
    await seal_everything(world)
    assert isinstance(world.table, SqliteTable)
    new = Vault({"k2": b"n" * 32, "k1": OLD}, "k2")

    def now() -> float:
        return world.clock.now().timestamp()

    counted = await reseal(world.table, new, now=now, write=False)
    assert (dict(counted.by_key), counted.stuck) == ({"k1": 5}, [])
    stranger = Vault({"k3": b"s" * 32}, "k3")
    told = await reseal(world.table, stranger, now=now, write=True)
    assert (dict(told.by_key), len(told.stuck)) == ({"k1": 5}, 5)
    assert "k1, which is not configured" in told.stuck[0]

    class Overtaking(SqliteTable):
        """The user changes the secret between its being read and written."""

        async def write(self, write: Put | Change | Delete) -> Item | None:
            (webhook,) = await world.ports.webhooks.of_user(USER)
            if not overtaken and target(write) == keys.webhook_secret(USER, webhook.id):
                overtaken.append(await world.ports.webhooks.save(webhook, secret="whsec_bmV3"))
            return await super().write(write)

    class Restless(SqliteTable):
        """Somebody is always faster with one of them."""

        async def write(self, write: Put | Change | Delete) -> Item | None:
            if target(write) == key_of(restless):
                raise Refused([restless])
            return await super().write(write)

    slow = Restless(world.folder / "table.sqlite")
    (restless,) = [i for i in (await slow.everything()).items if i["EntityType"] == "SocialTokens"]
    told = await reseal(slow, Vault({"k0": b"0" * 32, "k1": OLD}, "k0"), now=now, write=True)
    assert (dict(told.by_key), len(told.stuck)) == ({"k0": 4, "k1": 1}, 1), "its key is still needed"
    await slow.close()
    new = Vault({"k2": b"n" * 32, "k1": OLD, "k0": b"0" * 32}, "k2")

    overtaken: list[Webhook] = []
    table = Overtaking(world.folder / "table.sqlite")
    done = await reseal(table, new, now=now, write=True)
    assert (len(overtaken), dict(done.by_key), done.stuck) == (1, {"k2": 5}, [])
    nouns = repositories(table, new, world.clock.now)
    assert await nouns.webhooks.secret(USER, overtaken[0].id) == "whsec_bmV3"
    await table.close()
