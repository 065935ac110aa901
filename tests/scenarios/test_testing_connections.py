"""A look at an MLS account: what maps to what, what is missing, and no secret and no trace of it left."""

import json
from typing import Any

import pytest

from domain.entities.listing import ListingFacts
from domain.entities.mls import MlsDefect, MlsRecord, MlsSample, SourceField
from domain.entities.mls_connection import MlsConnection, MlsCredentials, MlsSource
from domain.errors import ActionRequired, Invalid, NotFound, YardsignError
from domain.rules.sample_reports import HIDDEN, OUR_FIELDS, report_of, without
from domain.use_cases.connections import update_mls_connection
from domain.use_cases.testing_connections import try_mls_connection
from tests.scenarios.looks import now_of
from tests.scenarios.meddling import replace_mls
from tests.world import World
from tests.world.steps import connect
from tests.world.world import USER

TOKEN = MlsCredentials(token="sandbox-token")


async def look(world: World, **given: Any) -> dict[str, Any]:
    return await try_mls_connection(world.ports, user_id=USER, **given)


def fields_of(world: World, **other: Any) -> dict[str, Any]:
    """What `connectMls` wants."""
    url = f"{world.sandboxes.mls}/odata"
    return {"provider": "sandbox", "protocol": "reso-web-api", "url": url, "credentials": TOKEN, **other}


async def everything_stored(world: World) -> object:
    return await world.eyes.mls_connections.of_user(USER)


async def test_a_connection_that_is_none_yet_is_shown_and_not_stored(world: World) -> None:
    report = await look(world, **fields_of(world))
    assert report["login"] is True
    home = next(one for one in world.sandboxes.homes() if one["key"] == report["record"]["listingKey"])
    assert report["record"]["mlsNumber"] == home["number"]
    assert set(report["record"]["address"]) >= {"street", "city", "zipCode"}
    rows = {row["field"]: row for row in report["mapping"]}
    assert rows["price"] == {"field": "price", "source": "ListPrice", "value": report["record"]["price"]}
    assert rows["address.city"]["value"] == report["record"]["address"]["city"]
    assert rows["status"]["value"] == home["status"] == report["status"]["standardStatus"]
    assert set(rows) | set(report["missing"]) == set(OUR_FIELDS)
    assert not set(rows) & set(report["missing"])
    assert {one["name"] for one in report["unmapped"]}.isdisjoint(row["source"] for row in report["mapping"])
    assert set(report["proposal"]) == {"fieldMap", "statusMap"}
    assert json.loads(json.dumps(report)) == report
    assert await everything_stored(world) == []


async def test_a_stored_connection_is_looked_at_with_what_is_changed(world: World) -> None:
    connection = await connect(world)
    report = await look(world, connection_id=connection.id)
    assert report["record"]["currency"] == "USD"
    changed = await look(world, connection_id=connection.id, settings={"currency": "CAD"})
    assert changed["record"]["currency"] == "CAD"
    with pytest.raises(ActionRequired) as caught:
        await look(world, connection_id=connection.id, credentials=MlsCredentials(token="wrong"))
    assert caught.value.field == ("credentials",)
    secret = MlsCredentials(webhook_secret="0123456789abcdef")
    assert (await look(world, connection_id=connection.id, credentials=secret))["login"]
    assert await now_of(world, connection) == connection


@pytest.mark.parametrize(
    ("other", "error", "field"),
    [
        ({"protocol": None}, Invalid, "protocol"),
        ({"url": None}, Invalid, "url"),
        ({"credentials": None}, Invalid, "credentials"),
        ({"provider": "No Spaces"}, Invalid, "provider"),
        ({"vendor": "nobody"}, Invalid, "vendor"),
        ({"protocol": "telex"}, NotFound, "protocol"),
        ({"url": "ftp://mls.example"}, Invalid, "url"),
        ({"url": "upload:"}, Invalid, "url"),
        ({"connection_id": "01ABSENT"}, NotFound, "connectionId"),
        ({"credentials": MlsCredentials(token="wrong")}, ActionRequired, "credentials"),
    ],
)
async def test_what_is_wrong_is_named(
    world: World, other: dict[str, Any], error: type[YardsignError], field: str
) -> None:
    with pytest.raises(error) as caught:
        await look(world, **fields_of(world, **other))
    assert caught.value.field == (field,)


async def test_what_a_connection_is_cannot_be_tried_otherwise(world: World) -> None:
    connection = await connect(world)
    for name, value in (("provider", "other"), ("protocol", "rets"), ("vendor", "other")):
        with pytest.raises(Invalid) as caught:
            await look(world, connection_id=connection.id, **{name: value})
        assert caught.value.field == (name,)
    assert await look(world, connection_id=connection.id, provider="sandbox", vendor="generic")


class TellTale:
    """An MLS that repeats what it was sent."""

    def __init__(self, within: Any) -> None:
        self._within = within

    def __getattr__(self, name: str) -> Any:
        return getattr(self._within, name)

    async def sample(self, source: MlsSource) -> MlsSample:
        told = f"Welcome, {source.credentials.token}!"
        row = MlsRecord(key="1", facts=ListingFacts(listing_key="1", description=told), warnings=(told,))
        field = SourceField(name="Remarks", title=told, values=(told,))
        return MlsSample(fields=(field,), raw=None, row=row, sources={}, proposal={told: "description"})


async def test_no_secret_comes_back(world: World) -> None:
    replace_mls(world, TellTale(world.ports.mls["reso-web-api"]))
    report = await look(world, **fields_of(world, credentials=MlsCredentials(token="canary-token")))
    assert "canary" not in json.dumps(report)
    assert report["record"]["description"] == f"Welcome, {HIDDEN}!"


def test_a_short_secret_garbles_nothing() -> None:
    assert without({"a": ["b", 1, None]}, ["a", "b", ""]) == {"a": ["b", 1, None]}


SETTINGS = {"statusMap": {"S": "Closed"}}


@pytest.mark.parametrize(
    ("standard", "mls", "status", "known", "down"),
    [
        ("Active", None, "ACTIVE", True, False),
        (None, "S", "SOLD", True, True),
        (None, "Q", None, False, False),
        ("Incomplete", None, None, True, False),
        ("Withdrawn", None, "EXPIRED", True, True),
    ],
)
def test_what_a_status_means(
    standard: str | None, mls: str | None, status: str | None, known: bool, down: bool
) -> None:
    row = MlsRecord(key="1", facts=ListingFacts(standard_status=standard, mls_status=mls))
    sample = MlsSample(fields=(), raw=None, row=row, sources={}, proposal={}, statuses={"Q": "Pending"})
    report = report_of(sample, SETTINGS)
    found = report["status"]
    assert (found["status"], found["known"], found["postsComeDown"]) == (status, known, down)
    assert report["proposal"]["statusMap"] == {"Q": "Pending"}


def test_an_account_without_rows_and_a_row_that_cannot_be_read() -> None:
    fields = (SourceField(name="A", values=tuple(map(str, range(200)))), SourceField(name="ListPrice"))
    bare = MlsSample(fields=fields, raw=None, row=None, sources={"price": "ListPrice"}, proposal={})
    report = report_of(bare, {})
    assert (report["record"], report["status"], report["defect"]) == (None, None, None)
    assert report["mapping"] == [{"field": "price", "source": "ListPrice", "value": None}]
    assert [(one["name"], len(one["values"])) for one in report["unmapped"]] == [("A", 20)]
    broken = MlsSample(
        fields=(), raw={}, row=MlsDefect(code="NO_KEY", message="No key."), sources={}, proposal={}
    )
    assert report_of(broken, {})["defect"] == {"code": "NO_KEY", "message": "No key."}


async def test_the_secret_of_a_webhook_is_changed_without_the_login(world: World) -> None:
    connection = await connect(world)

    async def change(**given: str) -> MlsCredentials:
        await update_mls_connection(
            world.ports, user_id=USER, connection_id=connection.id, credentials=MlsCredentials(**given)
        )
        return await stored(world, connection)

    secret = "0123456789abcdef"
    assert await change(webhook_secret=secret) == MlsCredentials(token="sandbox-token", webhook_secret=secret)
    assert await change(token="sandbox-token") == MlsCredentials(token="sandbox-token", webhook_secret=secret)
    with pytest.raises(Invalid) as caught:
        await change(webhook_secret="short")
    assert caught.value.field == ("credentials", "webhookSecret")
    assert await change(webhook_secret="") == TOKEN


async def stored(world: World, connection: MlsConnection) -> MlsCredentials:
    return await world.eyes.mls_connections.credentials(USER, connection.id)
