"""The orjson parser beside botocore's own: it leans on private names, which any release may change."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from adapters.tables.dynamodb_client import open_client
from adapters.tables.dynamodb_parser import PLAIN, OrjsonParser
from adapters.tables.dynamodb_requests import OPERATIONS, query_request, write_request
from adapters.tables.dynamodb_values import encode, encode_key
from adapters.tables.table import (
    BASE,
    GSI3,
    Absent,
    Change,
    Check,
    Delete,
    Equals,
    Item,
    Key,
    Present,
    Put,
    Query,
)
from tests.contracts.table.engines import REGION, Place, dynamodb_session

HOME = Key("USER#u", "LISTING#1")
ITEM: Item = {
    "PK": HOME.pk,
    "SK": HOME.sk,
    "GSI3PK": "P",
    "GSI3SK": "S",
    "low": -(2**63),
    "p.fb.views": 1,
    "text": "Ünï𝒞ødé ' \" \\ \n",
    "empty": "",
}

Call = Callable[[Any, str], Awaitable[dict[str, Any]]]


@pytest.fixture
async def clients(place: Place) -> AsyncIterator[tuple[Any, Any]]:
    """A client with the orjson parser, and one without."""
    async with contextlib.AsyncExitStack() as stack:
        made = []
        for orjson_parser in (True, False):
            url, session = place.name.rpartition("/")[0], dynamodb_session(orjson_parser=orjson_parser)
            opened = open_client(region=REGION, endpoint_url=url, session=session)
            made.append(await stack.enter_async_context(opened))
        yield made[0], made[1]


def name_of(place: Place) -> str:
    return place.name.rpartition("/")[2]


def transaction(table: str, *writes: Put | Change | Delete | Check) -> list[dict[str, Any]]:
    return [{OPERATIONS[type(write)]: {"TableName": table, **write_request(write)}} for write in writes]


ANSWERED: dict[str, Call] = {
    "get": lambda c, t: c.get_item(TableName=t, Key=encode_key(HOME), ConsistentRead=True),
    "get nothing": lambda c, t: c.get_item(TableName=t, Key=encode_key(Key("no", "no"))),
    "batch get": lambda c, t: c.batch_get_item(
        RequestItems={t: {"Keys": [encode_key(HOME), encode_key(Key("no", "no"))]}}
    ),
    "query": lambda c, t: c.query(TableName=t, Limit=1, **query_request(Query(BASE, HOME.pk))),
    "query an index": lambda c, t: c.query(TableName=t, Limit=1, **query_request(Query(GSI3, "P"))),
    "query nothing": lambda c, t: c.query(TableName=t, **query_request(Query(GSI3, "no"))),
    "put": lambda c, t: c.put_item(TableName=t, **write_request(Put(ITEM, (Present(),)))),
    "change": lambda c, t: c.update_item(
        TableName=t, ReturnValues="ALL_NEW", **write_request(Change(HOME, {"empty": "x"}))
    ),
    "delete": lambda c, t: c.delete_item(TableName=t, Key=encode_key(Key("no", "no"))),
    "batch write": lambda c, t: c.batch_write_item(
        RequestItems={t: [{"PutRequest": {"Item": encode(ITEM)}}]}
    ),
    "transact": lambda c, t: c.transact_write_items(
        TransactItems=transaction(t, Put(ITEM), Check(Key("no", "no"), (Absent(),)))
    ),
    "describe": lambda c, t: c.describe_table(TableName=t),
    "describe time to live": lambda c, t: c.describe_time_to_live(TableName=t),
}

REFUSED: dict[str, Call] = {
    "a condition": lambda c, t: c.put_item(TableName=t, **write_request(Put(ITEM, (Absent(),)))),
    "a condition on nothing": lambda c, t: c.update_item(
        TableName=t, **write_request(Change(Key("no", "no"), {"n": 1}, when=(Present(),)))
    ),
    "a transaction": lambda c, t: c.transact_write_items(
        TransactItems=transaction(
            t,
            Put(ITEM, (Absent(),)),
            Delete(Key("a", "b")),
            Change(Key("no", "no"), {"n": 1}, when=(Equals("n", 2),)),
        )
    ),
    "an invalid request": lambda c, t: c.get_item(TableName=t, Key={"PK": {"S": "only"}}),
    "no table": lambda c, t: c.get_item(TableName="absent", Key=encode_key(HOME)),
}


def essence(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.mark.parametrize("call", ANSWERED.values(), ids=ANSWERED)
async def test_answers_are_the_same(clients: tuple[Any, Any], place: Place, call: Call) -> None:
    await clients[1].put_item(TableName=name_of(place), Item=encode(ITEM))
    fast, plain = [await call(client, name_of(place)) for client in clients]
    assert essence(fast) == essence(plain)
    metadata, expected = fast["ResponseMetadata"], plain["ResponseMetadata"]
    assert metadata.keys() == expected.keys()
    assert metadata["HTTPStatusCode"] == expected["HTTPStatusCode"] == 200


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
async def test_refusals_are_the_same(clients: tuple[Any, Any], place: Place, call: Call) -> None:
    await clients[1].put_item(TableName=name_of(place), Item=encode(ITEM))
    caught = []
    for client in clients:
        with pytest.raises(ClientError) as error:
            await call(client, name_of(place))
        caught.append(error.value)
    fast, plain = caught
    assert essence(fast.response) == essence(plain.response)
    assert fast.response["Error"]["Code"]
    assert type(fast).__name__ == type(plain).__name__


async def test_the_switch_switches(clients: tuple[Any, Any], place: Place) -> None:
    """And the fast parser is really asked: a release that goes another way round it fails here."""
    kinds = []
    for client in clients:
        factory = client._endpoint._response_parser_factory
        kinds.append(isinstance(factory.create_parser("json"), OrjsonParser))
    assert kinds == [True, False]


async def test_it_knows_the_shapes_of_our_operations(clients: tuple[Any, Any]) -> None:
    model = clients[0].meta.service_model
    shapes = [model.operation_model(name).output_shape for name in model.operation_names]
    assert {shape.name for shape in shapes if shape is not None} >= PLAIN
