"""The table and the bucket on AWS: made, and compared with what they should be."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from adapters.files.s3_bucket import check_bucket, create_bucket
from adapters.tables import dynamodb_schema
from adapters.tables.dynamodb_client import open_client
from app.settings import Settings
from domain.errors import YardsignError

T = TypeVar("T")


def create_table(settings: Settings) -> None:
    """Make the table with its indexes, time to live and point-in-time recovery; one that is there is kept."""

    async def create() -> None:
        async with open_client() as client:
            await dynamodb_schema.create(client, settings.yardsign_dynamodb_table)

    _run(create())


def check_table(settings: Settings) -> list[str]:
    """What differs from what `create_table` makes, a sentence each."""

    async def check() -> list[str]:
        async with open_client() as client:
            return await dynamodb_schema.check(client, settings.yardsign_dynamodb_table)

    return _run(check())


def make_bucket(settings: Settings) -> None:
    """Make the bucket, private and encrypted; one of ours that is there is kept."""
    _run(create_bucket(settings.yardsign_s3_bucket))


def differences_of_bucket(settings: Settings) -> list[str]:
    """What differs from what `make_bucket` makes, a sentence each."""
    return _run(check_bucket(settings.yardsign_s3_bucket))


def prepare(settings: Settings) -> None:
    """Before a start: on an emulator make what is missing, on a real account say what is.

    Raises:
        SystemExit: the table or the bucket cannot be used.
    """
    if settings.yardsign_table == "dynamodb":
        if settings.aws_endpoint_url:
            create_table(settings)
        _refuse([text for text in check_table(settings) if "There is no table" in text], "table")
    if settings.yardsign_files == "s3":
        if settings.aws_endpoint_url:
            make_bucket(settings)
        else:
            _refuse(differences_of_bucket(settings), "bucket")


def _refuse(wrong: list[str], noun: str) -> None:
    if wrong:
        raise SystemExit(f"yardsign: {' '.join(wrong)} See `python -m app {noun} --help`.")


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except YardsignError as error:
        raise SystemExit(f"yardsign: {error.message}") from error
