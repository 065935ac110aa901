"""The table in DynamoDB: its keys, indexes and settings, made and compared with what is there."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from adapters.tables.dynamodb_errors import code_of, explain
from adapters.tables.table import BASE, EXPIRES_AT, SECONDARY, Index
from domain.errors import Unavailable

WAITS = 240
WAIT_SECONDS = 0.5
"""A table of ours is there within seconds; an account that makes many at once is slower."""

_UNSUPPORTED = frozenset({"UnknownOperationException", "UnknownOperation", "InvalidAction", "NotImplemented"})


def table_definition(name: str) -> dict[str, Any]:
    """What CreateTable takes."""
    names = sorted({key for index in (BASE, *SECONDARY) for key in (index.pk, index.sk)})
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in names],
        "KeySchema": _keys(BASE),
        "GlobalSecondaryIndexes": [
            {"IndexName": index.name, "KeySchema": _keys(index), "Projection": _projection(index)}
            for index in SECONDARY
        ],
    }


async def create(client: Any, name: str) -> None:
    """Make the table if it is not there, and set what is not set; an index that is missing stays so.

    Returns when it can be used. An emulator that does not know time to live or point-in-time recovery is
    left without. Raises the errors of `dynamodb_errors.explain`.
    """
    async with _explained(client, name):
        if await _described(client, name) is None:
            try:
                await client.create_table(**table_definition(name))
            except ClientError as error:
                if code_of(error) != "ResourceInUseException":
                    raise
        await _wait_until_active(client, name)
        if await _time_to_live(client, name) is False:
            setting = {"Enabled": True, "AttributeName": EXPIRES_AT}
            await client.update_time_to_live(TableName=name, TimeToLiveSpecification=setting)
        if await _recovery(client, name) is False:
            await _enable_recovery(client, name)


async def check(client: Any, name: str) -> list[str]:
    """A sentence for everything in which the table differs from what this program needs; empty if all is well.

    Raises the errors of `dynamodb_errors.explain`.
    """
    async with _explained(client, name):
        found = await _described(client, name)
        if found is None:
            return [f"There is no table {name} in {client.meta.region_name}."]
        differences = [*_base_differences(name, found)]
        indexes = {index["IndexName"]: index for index in found.get("GlobalSecondaryIndexes", [])}
        for index in SECONDARY:
            differences += _index_differences(index, indexes.get(index.name))
        if not await _time_to_live(client, name):
            differences.append(f"Time to live is not enabled on {EXPIRES_AT}.")
        if not await _recovery(client, name):
            differences.append("Point-in-time recovery is not enabled.")
        return differences


def _keys(index: Index) -> list[dict[str, str]]:
    return [
        {"AttributeName": index.pk, "KeyType": "HASH"},
        {"AttributeName": index.sk, "KeyType": "RANGE"},
    ]


def _projection(index: Index) -> dict[str, Any]:
    if index.carries is None:
        return {"ProjectionType": "ALL"}
    others = index.carries - {BASE.pk, BASE.sk, index.pk, index.sk}
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": sorted(others)}


def _base_differences(name: str, found: Mapping[str, Any]) -> list[str]:
    differences = []
    if found["TableStatus"] not in ("ACTIVE", "UPDATING"):
        differences.append(f"The table {name} is {found['TableStatus']}.")
    if _sorted_keys(found["KeySchema"]) != _sorted_keys(_keys(BASE)):
        differences.append(f"The keys of the table {name} are not {BASE.pk} and {BASE.sk}.")
    if found.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
        differences.append(f"The table {name} is not billed on demand.")
    kinds = {one["AttributeName"]: one["AttributeType"] for one in found["AttributeDefinitions"]}
    odd = sorted(key for key, kind in kinds.items() if kind != "S")
    if odd:
        differences.append(f"Keys that are no strings: {', '.join(odd)}.")
    return differences


def _index_differences(index: Index, found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return [f"The index {index.name} is missing."]
    differences = []
    if _sorted_keys(found["KeySchema"]) != _sorted_keys(_keys(index)):
        differences.append(f"The keys of the index {index.name} are not {index.pk} and {index.sk}.")
    status = found.get("IndexStatus", "ACTIVE")
    if status != "ACTIVE":
        differences.append(f"The index {index.name} is {status}.")
    wanted, projection = _projection(index), found["Projection"]
    if projection["ProjectionType"] != wanted["ProjectionType"]:
        differences.append(f"The index {index.name} does not project {wanted['ProjectionType']}.")
    missing = set(wanted.get("NonKeyAttributes", ())) - set(projection.get("NonKeyAttributes", ()))
    if missing and projection["ProjectionType"] == "INCLUDE":
        differences.append(f"The index {index.name} does not project {', '.join(sorted(missing))}.")
    return differences


def _sorted_keys(keys: list[dict[str, str]]) -> list[tuple[str, str]]:
    return sorted((key["KeyType"], key["AttributeName"]) for key in keys)


@asynccontextmanager
async def _explained(client: Any, name: str) -> AsyncIterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise explain(error, name, client.meta.region_name) from error


async def _described(client: Any, name: str) -> dict[str, Any] | None:
    try:
        table: dict[str, Any] = (await client.describe_table(TableName=name))["Table"]
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return None
        raise
    return table


async def _wait_until_active(client: Any, name: str) -> None:
    for _ in range(WAITS):
        found = await _described(client, name)
        if found is not None and found["TableStatus"] == "ACTIVE":
            return
        await asyncio.sleep(WAIT_SECONDS)
    raise Unavailable(f"The table {name} is still not ready.")


async def _time_to_live(client: Any, name: str) -> bool | None:
    """Whether it is on for our attribute; None if this is not supported."""
    try:
        found = (await client.describe_time_to_live(TableName=name))["TimeToLiveDescription"]
    except ClientError as error:
        if code_of(error) in _UNSUPPORTED:
            return None
        raise
    status, attribute = found["TimeToLiveStatus"], found.get("AttributeName")
    return status in ("ENABLED", "ENABLING") and bool(attribute == EXPIRES_AT)


async def _recovery(client: Any, name: str) -> bool | None:
    """Whether point-in-time recovery is on; None if this is not supported."""
    try:
        found = (await client.describe_continuous_backups(TableName=name))["ContinuousBackupsDescription"]
    except ClientError as error:
        if code_of(error) in _UNSUPPORTED:
            return None
        raise
    status = found.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    return bool(status == "ENABLED")


async def _enable_recovery(client: Any, name: str) -> None:
    """A table that has just been made takes a while until it can have backups."""
    setting = {"PointInTimeRecoveryEnabled": True}
    for _ in range(WAITS):
        try:
            await client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=setting)
        except ClientError as error:
            if code_of(error) != "ContinuousBackupsUnavailableException":
                raise
            await asyncio.sleep(WAIT_SECONDS)
        else:
            return
    raise Unavailable(f"The table {name} cannot have point-in-time recovery yet.")
