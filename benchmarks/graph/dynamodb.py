"""The same items in DynamoDB: an emulator behind one that remembers its answers."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from app.aws import create_table
from app.settings import Settings
from benchmarks.graph import seeds
from benchmarks.graph.sides import started
from tests.emulators.dynamodb import ministack_url
from tests.emulators.s3 import SETTINGS

_TABLE = "benchmark-graph"


def dynamodb(stack: ExitStack, settings: Settings) -> dict[str, str]:
    """Copy the items of the SQLite file of these settings; gives the settings with which a server finds them."""
    emulator = ministack_url()
    choice = {"YARDSIGN_TABLE": "dynamodb", "YARDSIGN_DYNAMODB_TABLE": _TABLE}
    with _environment({**SETTINGS, **choice, "AWS_ENDPOINT_URL": emulator}):
        create_table(Settings(yardsign_data=settings.yardsign_data))
        asyncio.run(seeds.copy(settings.yardsign_data / "table.sqlite", _TABLE))
    command = [sys.executable, "-m", "benchmarks.graph.remembering", emulator]
    url, _ = stack.enter_context(started(command, server=False))
    return {**SETTINGS, **choice, "AWS_ENDPOINT_URL": url}


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
