"""Making the table in DynamoDB, and saying how one differs from what is needed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.tables.dynamodb_client import open_client
from adapters.tables.dynamodb_schema import check, create, table_definition
from adapters.tables.table import GSI1, GSI2, GSI3
from domain.errors import Rejected
from tests.contracts.table.engines import REGION, Place, dynamodb_session
from tests.emulators.dynamodb import ministack_url
from tests.emulators.faulty import Error, faulty_dynamodb


@pytest.fixture
async def client(place: Place) -> AsyncIterator[Any]:
    url = place.name.rpartition("/")[0]
    async with open_client(region=REGION, endpoint_url=url, session=dynamodb_session()) as client:
        yield client


@pytest.fixture
def recovers(place: Place) -> bool:
    """DynamoDB Local knows no point-in-time recovery."""
    return place.engine != "dynamodb_local"


NO_RECOVERY = "Point-in-time recovery is not enabled."


async def test_a_table_is_made_once(client: Any, recovers: bool) -> None:
    assert await check(client, "made") == ["There is no table made in us-east-1."]
    await create(client, "made")
    await client.put_item(TableName="made", Item={"PK": {"S": "P"}, "SK": {"S": "S"}})
    await create(client, "made")
    assert await check(client, "made") == ([] if recovers else [NO_RECOVERY])
    assert (await client.scan(TableName="made"))["Count"] == 1
    found = (await client.describe_table(TableName="made"))["Table"]
    assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    await client.delete_table(TableName="made")


async def test_what_is_not_set_is_set(client: Any, place: Place, recovers: bool) -> None:
    name = place.name.rpartition("/")[2]
    assert await check(client, name) == ["Time to live is not enabled on ExpiresAt.", NO_RECOVERY]
    await create(client, name)
    assert await check(client, name) == ([] if recovers else [NO_RECOVERY])


async def test_what_differs_is_said(client: Any) -> None:
    definition = table_definition("other")
    indexes = definition["GlobalSecondaryIndexes"][:4]
    indexes[0]["Projection"] = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["status"]}
    indexes[1]["Projection"] = {"ProjectionType": "ALL"}
    indexes[2]["KeySchema"][1]["AttributeName"] = "GSI4SK"
    kept = [
        one
        for one in definition["AttributeDefinitions"]
        if not one["AttributeName"].startswith(("GSI5", "GSI3S"))
    ]
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    for index in indexes:
        index["ProvisionedThroughput"] = throughput
    definition |= {
        "GlobalSecondaryIndexes": indexes,
        "AttributeDefinitions": kept,
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": throughput,
    }
    await client.create_table(**definition)
    found = await check(client, "other")
    missing = ", ".join(sorted((GSI1.carries or set()) - {"PK", "SK", "GSI1PK", "GSI1SK", "status"}))
    assert found == [
        "The table other is not billed on demand.",
        f"The index GSI1 does not project {missing}.",
        "The index GSI2 does not project INCLUDE.",
        "The keys of the index GSI3 are not GSI3PK and GSI3SK.",
        "The index GSI5 is missing.",
        "Time to live is not enabled on ExpiresAt.",
        "Point-in-time recovery is not enabled.",
    ]
    await client.delete_table(TableName="other")


async def test_an_account_that_may_not(place: Place) -> None:
    async with faulty_dynamodb(ministack_url()) as proxy:
        proxy.fault = lambda operation, body: Error("AccessDeniedException")
        async with open_client(region=REGION, endpoint_url=proxy.url, session=dynamodb_session()) as client:
            for doing in (create(client, "any"), check(client, "any")):
                with pytest.raises(Rejected, match="do not allow the use of the table any in us-east-1"):
                    await doing


def test_projections_fit() -> None:
    """DynamoDB takes at most 100 projected names, all indexes together (CreateTable, NonKeyAttributes)."""
    indexes = table_definition("any")["GlobalSecondaryIndexes"]
    named = [len(index["Projection"].get("NonKeyAttributes", ())) for index in indexes]
    assert 0 < sum(named) <= 100
    assert {"Data", "Photos", "searchText"}.isdisjoint((GSI1.carries or set()) | (GSI2.carries or set()))
    assert GSI3.carries is None
