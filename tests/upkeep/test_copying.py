"""Copies of tables and files: exact, resumed after a failure, proved, and from a source that nobody writes."""

import asyncio
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from adapters.files.guarded import GuardedFiles
from adapters.files.local import LocalFiles
from adapters.files.s3 import open_s3_files
from adapters.files.s3_bucket import create_bucket
from adapters.tables.dynamodb import DynamoTable
from adapters.tables.dynamodb_calls import Time
from adapters.tables.guarded import LOOK_SECONDS, GuardedTable
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import EXPIRES_AT, Delete, Item, Key, Put, key_of
from adapters.tables.whole import WholeTable
from app.__main__ import cli
from app.upkeep.copying import Report, copy
from app.upkeep.ends import DynamoEnd, End, FilesEnd, SqliteEnd
from app.upkeep.ledger import Ledger, Phase
from domain.errors import Conflict, Unavailable
from domain.ports import StoredFile
from tests.contracts.table.engines import REGION, Clock, dynamodb_session, make_table, plain_client
from tests.emulators.dynamodb import ministack_url
from tests.emulators.faulty import THROTTLED, Body, DoPart, Fault, faulty_dynamodb

NOW = int(time.time())


def some_items(seed: int) -> list[Item]:
    """Of all kinds of sizes; some are in indexes, some have expired, some will."""
    dice = random.Random(seed)
    items: list[Item] = []
    for number in range(90):
        item: Item = {
            "PK": f"USER#{dice.randrange(7)}",
            "SK": f"LISTING#{number:03d}#é",
            "Data": "x" * dice.choice((0, 10, 60_000)),
            "price": dice.randrange(-(2**62), 2**62),
        }
        if dice.random() < 0.5:
            item |= {"GSI1PK": f"MLS#{number % 3}", "GSI1SK": f"STATUS#{number}"}
        if dice.random() < 0.5:
            item[EXPIRES_AT] = NOW + dice.randrange(-9_999, 9_999_999)
        items.append(item)
    return items


async def everything(table: WholeTable) -> dict[Key, Item]:
    """All that is stored, by key."""
    found: list[Item] = []
    part = await table.everything()
    found += part.items
    while part.after is not None:
        part = await table.everything(part.after)
        found += part.items
    assert len({key_of(item) for item in found}) == len(found)
    return {key_of(item): item for item in found}


@pytest.fixture
def name() -> Iterator[str]:
    """Of a new table in ministack."""
    made = f"copy-{uuid4().hex[:12]}"
    make_table(ministack_url(), made)
    yield made
    plain_client(ministack_url()).delete_table(TableName=made)


async def in_dynamodb(name: str, url: str | None = None) -> DynamoTable:
    return await DynamoTable.open(
        name,
        region=REGION,
        endpoint_url=url or ministack_url(),
        session=dynamodb_session(),
        times=Time(patience=0.05),
    )


async def copied(source: End, target: End, ledger: Path) -> Report:
    """The copy; the pause for processes takes no time."""
    opened = Ledger(ledger)

    async def at_once(seconds: float) -> None:
        return

    try:
        return await copy(source, target, opened, say=lambda text: None, sleep=at_once, now=lambda: 0.0)
    finally:
        opened.close()


async def test_there_and_back_over_failures_gives_equal_items(tmp_path: Path, name: str) -> None:
    path, items = tmp_path / "table.sqlite", some_items(1)
    origin = SqliteTable(path)
    await origin.put_many([Put(item) for item in items])
    written, until = 0, 3

    def halting(operation: str, body: Body) -> Fault | None:
        """After three batches all others fail, and some are done by halves."""
        nonlocal written
        if operation != "BatchWriteItem":
            return None
        written += 1
        return THROTTLED if written > until else DoPart(3) if written % 3 == 1 else None

    failures = 0
    async with faulty_dynamodb(ministack_url()) as proxy:
        proxy.fault = halting
        remote = await in_dynamodb(name, proxy.url)
        there = SqliteEnd(path)
        while True:
            try:
                report = await copied(there, DynamoEnd(remote), tmp_path / "there.ledger")
                break
            except Unavailable:
                failures += 1
                proxy.fault = halting if failures < 2 else lambda operation, body: None
        assert failures == 2
        assert report.differences == []
        assert report.source == report.target == (len(items), report.source[1])
        assert await everything(remote) == {key_of(item): item for item in items}

        with pytest.raises(Unavailable, match="being copied"):
            await origin.write(Delete(key_of(items[0])))
        await origin.close()
        await there.close()
        back = SqliteEnd(tmp_path / "back.sqlite")
        assert (await copied(DynamoEnd(remote), back, tmp_path / "back.ledger")).differences == []
        assert not (tmp_path / "back.sqlite.copy").exists()
        returned = SqliteTable(tmp_path / "back.sqlite")
        assert await everything(returned) == {key_of(item): item for item in items}
        await returned.write(Delete(key_of(items[0])))
        await returned.close()
        await remote.close()


async def test_a_broken_off_copy_writes_nothing_twice(tmp_path: Path, name: str) -> None:
    ledger = Ledger(tmp_path / "ledger")
    source = SqliteTable(tmp_path / "table.sqlite")
    items = sorted(some_items(2), key=key_of)
    await source.put_many([Put(item) for item in items])
    there = SqliteEnd(tmp_path / "table.sqlite")
    first = await anext(there.slices(""))
    ledger.advance(Phase.COPY, [thing.seen for thing in first])
    ledger.close()
    async with faulty_dynamodb(ministack_url()) as proxy:
        remote = await in_dynamodb(name, proxy.url)
        report = await copied(there, DynamoEnd(remote), tmp_path / "ledger")
        await remote.close()
    assert report.source[0] == len(items)
    assert report.target[0] == len(items) - len(first)
    missing = [f"missing: {thing.seen.name}" for thing in first]
    assert report.differences == missing  # what the ledger wrongly held for copied is what the proof names
    assert "and " in str(report) if len(missing) > 20 else missing[0] in str(report)
    await there.close()
    await source.close()


async def test_a_copy_goes_on_with_the_table_that_it_was_begun_with(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger", "first").close()
    with pytest.raises(Conflict, match="from or to first"):
        Ledger(tmp_path / "ledger", "second")
    Ledger(tmp_path / "ledger", "first").close()


async def test_a_process_heeds_the_mark_in_dynamodb(name: str) -> None:
    remote, clock = await in_dynamodb(name), Clock()
    process = GuardedTable(remote, monotonic=clock)
    put = Put({"PK": "USER#u", "SK": "A"})
    await process.write(put)
    await DynamoEnd(remote).forbid()
    clock.seconds += LOOK_SECONDS
    for write in (process.write(put), process.transact([put]), process.put_many([put])):
        with pytest.raises(Unavailable, match="being copied"):
            await write
    assert await process.get(Key("USER#u", "A")) is not None
    with pytest.raises(Conflict):
        await DynamoEnd(remote).examine()
    await DynamoEnd(remote).allow()
    await process.write(put)
    with pytest.raises(Conflict, match="holds items"):
        await DynamoEnd(remote).examine()
    await remote.close()


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    def now() -> datetime:
        return datetime.now(UTC)

    return LocalFiles(tmp_path / "files", base_url="http://127.0.0.1:1", signing_key=b"k" * 32, now=now)


async def test_files_go_to_s3_and_back(
    tmp_path: Path, files: LocalFiles, s3_url: str, aws_settings: None
) -> None:
    for number in range(21):
        key = f"listings/u/{number:02d}/Ä {number}.jpg"
        await files.put(key, b"%d" % number, content_type="image/jpeg", metadata={"Of": f"é{number}"})
    bucket = "yardsign-copies"
    await create_bucket(bucket, endpoint_url=s3_url)
    async with open_s3_files(bucket, now=lambda: datetime.now(UTC), endpoint_url=s3_url) as remote:
        report = await copied(FilesEnd(files), FilesEnd(remote), tmp_path / "there.ledger")
        assert (report.differences, report.source[0], report.source) == ([], 21, report.target)
        with pytest.raises(Unavailable, match="being copied"):
            await GuardedFiles(files).delete("listings/u/00/Ä 0.jpg")
        with pytest.raises(Unavailable, match="being copied"):
            await GuardedFiles(files).put_all([StoredFile("new", b"new", "text/plain", {})])
        await GuardedFiles(remote).put_all([StoredFile("new", b"new", "text/plain", {})])

        home = LocalFiles(tmp_path / "home", base_url="", signing_key=b"", now=lambda: datetime.now(UTC))
        assert not (await copied(FilesEnd(remote), FilesEnd(home), tmp_path / "back.ledger")).differences
        returned = [key async for key in home.list("")]
        assert returned == [*(f"listings/u/{n:02d}/Ä {n}.jpg" for n in range(21)), "new"]
        assert await home.get(returned[5]) == await files.get(returned[5])
        with pytest.raises(Conflict, match="holds files"):
            await FilesEnd(home).examine()


async def test_the_command_copies_and_releases(
    tmp_path: Path, name: str, aws_settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack_url())
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("YARDSIGN_DYNAMODB_TABLE", name)
    monkeypatch.setenv("YARDSIGN_DATA", str(tmp_path))
    source = SqliteTable(tmp_path / "table.sqlite")
    await source.put_many([Put(item) for item in some_items(3)])

    async def said(*command: str) -> tuple[int, str]:
        answer = await asyncio.to_thread(CliRunner().invoke, cli, ["copy", *command])
        return answer.exit_code, answer.output + str(answer.exception or "")

    there = ("--from", "sqlite", "--to", "dynamodb")
    code, text = await said(*there)
    assert (code, text.count("90, sha256 "), "sqlite stays read-only" in text) == (0, 2, True)
    assert not (tmp_path / "copy-sqlite-dynamodb.ledger").exists()
    remote = DynamoEnd(await in_dynamodb(name))
    await remote.forbid()
    monkeypatch.setenv("YARDSIGN_TABLE", "dynamodb")
    answer = await asyncio.to_thread(CliRunner().invoke, cli, ["rotate-keys"])
    assert "being copied" in str(answer.exception)
    await remote.allow()
    assert await said(*there, "--release") == (0, "sqlite may be written again.\n")
    await source.write(Delete(key_of(some_items(3)[0])))
    code, text = await said(*there)
    assert (code, "holds items already" in text) == (1, True)
    await source.write(Delete(key_of(some_items(3)[1])))  # it was not closed for that
    code, text = await said("--from", "sqlite", "--to", "s3")
    assert (code, "from local to s3" in text) == (1, True)
    await source.close()
