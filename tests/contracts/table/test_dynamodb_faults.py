"""What goes wrong between us and DynamoDB: each ends in a retry that ends right, or in a clear error."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.tables.dynamodb import DynamoTable
from adapters.tables.dynamodb_calls import Time
from adapters.tables.dynamodb_client import new_session
from adapters.tables.dynamodb_schema import table_definition
from adapters.tables.table import (
    BASE,
    GSI5,
    Absent,
    Change,
    Delete,
    Equals,
    Key,
    Present,
    Put,
    Query,
    Refused,
    Unfit,
)
from domain.errors import Rejected, Unavailable, YardsignError
from tests.contracts.table.engines import REGION, Place, dynamodb_session, plain_client
from tests.contracts.table.racers import COUNTER, EVENTS, count_events
from tests.emulators.dynamodb import ministack_url
from tests.emulators.faulty import (
    THROTTLED,
    DoPart,
    Error,
    FaultyDynamoDb,
    LoseReply,
    LoseRequest,
    faulty_dynamodb,
)
from tests.emulators.s3 import set_aws
from tests.redis_server import free_port

HOME = Key("USER#u", "LISTING#1")
CONFLICT = Error("TransactionConflictException")


class Hours:
    """A clock for waits: sleeping moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)

    def times(self, patience: float) -> Time:
        return Time(patience, self.sleep, self.monotonic)


def home(**attributes: Any) -> Put:
    return Put({"PK": HOME.pk, "SK": HOME.sk, **attributes})


@pytest.fixture
async def proxy(place: Place) -> AsyncIterator[FaultyDynamoDb]:
    async with faulty_dynamodb(place.name.rpartition("/")[0]) as proxy:
        yield proxy


@pytest.fixture
def hours() -> Hours:
    return Hours()


async def opened(url: str, name: str, times: Time | None = None, region: str = REGION) -> DynamoTable:
    session = dynamodb_session()
    return await DynamoTable.open(name, region=region, endpoint_url=url, session=session, times=times)


@pytest.fixture
async def table(proxy: FaultyDynamoDb, place: Place, hours: Hours) -> AsyncIterator[DynamoTable]:
    """Through the proxy, with a clock that does not wait."""
    table = await opened(proxy.url, place.name.rpartition("/")[2], hours.times(30))
    yield table
    await table.close()


@pytest.fixture
async def other(place: Place) -> AsyncIterator[DynamoTable]:
    """Past the proxy."""
    url, _, name = place.name.rpartition("/")
    table = await opened(url, name)
    yield table
    await table.close()


class TestThrottling:
    async def test_a_minute_of_it(self, table: DynamoTable, proxy: FaultyDynamoDb, hours: Hours) -> None:
        proxy.fault = lambda operation, body: THROTTLED if hours.seconds < 60 else None
        for call in (
            lambda: table.get(HOME),
            lambda: table.write(home()),
            lambda: table.query(Query(BASE, "P")),
        ):
            began = hours.seconds
            if began < 30:
                with pytest.raises(Unavailable, match="throttling") as caught:
                    await call()
                assert (caught.value.outcome_unknown, caught.value.retry_after) == (False, 1.0)
                assert 28 < hours.seconds - began <= 30
        await table.write(home(price=1))
        assert hours.seconds >= 60
        assert await table.get(HOME) == home(price=1).item

    @pytest.mark.parametrize("fault", [THROTTLED, Error("InternalServerError", 500)])
    async def test_three_of_ten_calls(self, table: DynamoTable, proxy: FaultyDynamoDb, fault: Error) -> None:
        chance = random.Random(5)
        proxy.fault = lambda operation, body: fault if chance.random() < 0.3 else None
        plain = [Put({"PK": "P", "SK": f"A#{n:03}"}) for n in range(200)]
        guarded = [Put({"PK": "P", "SK": f"B#{n:03}"}, (Absent(),)) for n in range(40)]
        assert await table.put_many([*plain, *guarded]) == [None] * 240
        keys = [Key("P", str(put.item["SK"])) for put in (*plain, *guarded)]
        assert await table.get_many(keys) == [put.item for put in (*plain, *guarded)]
        assert len((await table.query(Query(BASE, "P", limit=500))).items) == 240
        assert await count_events(table, 1, 2) == EVENTS
        assert (await table.get(COUNTER) or {})["views"] == EVENTS

    async def test_batches_done_by_halves(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        chance = random.Random(6)
        proxy.fault = lambda operation, body: (
            DoPart(chance.randrange(1, 30)) if operation.startswith("Batch") else None
        )
        puts = [Put({"PK": "P", "SK": f"A#{n:03}"}) for n in range(300)]
        assert await table.put_many(puts) == [None] * 300
        keys = [Key("P", f"A#{n:03}") for n in reversed(range(301))]
        assert await table.get_many(keys) == [None, *(put.item for put in reversed(puts))]

    async def test_a_batch_that_never_moves(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        proxy.fault = lambda operation, body: DoPart(0)
        with pytest.raises(Unavailable, match="throttling"):
            await table.put_many([home()])
        assert len(proxy.heard) > 10


class TestConflicts:
    async def test_they_are_no_refusals(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        proxy.once("UpdateItem", CONFLICT, CONFLICT)
        assert await table.write(Change(HOME, {"n": 1}, when=(Absent(),))) == home(n=1).item
        reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
        proxy.once("TransactWriteItems", cancelled(reasons), Error("TransactionInProgressException"))
        await table.transact([Put({"PK": "P", "SK": "S"}), Change(HOME, add={"n": 1}, when=(Present(),))])
        assert proxy.heard.count("TransactWriteItems") == 3
        assert await table.get(HOME) == home(n=2).item

    async def test_a_refusal_beside_a_conflict_waits_for_the_other_condition(
        self, table: DynamoTable, proxy: FaultyDynamoDb
    ) -> None:
        """Until it is known whether that failed too: callers take None for "did not fail"."""
        await table.write(home(n=1))
        failed = {"Code": "ConditionalCheckFailed"}
        busy = {"Code": "TransactionConflict"}
        proxy.once("TransactWriteItems", cancelled([failed, busy]))
        one, two = Delete(Key("P", "S"), (Present(),)), Change(HOME, {"n": 2}, when=(Equals("n", 7),))
        with pytest.raises(Refused) as refused:
            await table.transact([one, two])
        assert refused.value.reasons == [{}, home(n=1).item]
        assert proxy.heard.count("TransactWriteItems") == 2
        proxy.once("TransactWriteItems", cancelled([failed, busy]))
        with pytest.raises(Refused) as refused:
            await table.transact([one, Change(HOME, {"n": 2})])
        assert refused.value.reasons == [{}, None]
        assert proxy.heard.count("TransactWriteItems") == 3

    async def test_they_end_in_time(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        proxy.fault = lambda operation, body: CONFLICT
        with pytest.raises(Unavailable, match="same items") as caught:
            await table.write(home())
        assert not caught.value.outcome_unknown


def cancelled(reasons: list[dict[str, str]]) -> Error:
    return Error("TransactionCanceledException", more={"CancellationReasons": reasons})


class TestLostReplies:
    """The write has taken effect, and nobody has heard."""

    async def test_a_put_if_absent(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        proxy.once("PutItem", LoseReply())
        put = Put(home(holder="me").item, (Absent(),))
        assert await table.write(put) is None
        assert await table.get(HOME) == put.item
        with pytest.raises(Refused) as refused:
            await table.write(put)
        assert refused.value.reasons == [put.item]

    async def test_one_of_many_puts(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        proxy.once("PutItem", LoseReply(), LoseReply(), LoseRequest())
        puts = [Put({"PK": "P", "SK": f"A#{n}"}, (Absent(),)) for n in range(10)]
        assert await table.put_many(puts) == [None] * 10

    async def test_a_change_of_a_version(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        await table.write(home(version=1, n=5))
        proxy.once("UpdateItem", LoseReply())
        change = Change(HOME, {"version": 2}, {"n": 1}, (Equals("version", 1),))
        assert await table.write(change) == home(version=2, n=6).item
        assert await table.get(HOME) == home(version=2, n=6).item

    @pytest.mark.parametrize("fault", [LoseReply(), Error("InternalServerError", 500)])
    async def test_a_change_that_would_count_twice(
        self, table: DynamoTable, proxy: FaultyDynamoDb, fault: LoseReply | Error
    ) -> None:
        await table.write(home(n=5))
        proxy.once("UpdateItem", fault)
        change = Change(HOME, add={"n": 1}, when=(Present(),))
        if isinstance(fault, LoseReply):
            assert await table.write(change) == home(n=6).item
        else:
            with pytest.raises(Unavailable, match="cannot be told") as caught:
                await table.write(change)
            assert caught.value.outcome_unknown
        assert proxy.heard.count("UpdateItem") == 1

    async def test_a_change_that_was_overwritten_since(
        self, table: DynamoTable, other: DynamoTable, proxy: FaultyDynamoDb
    ) -> None:
        await table.write(home(version=1))
        next_one = Change(HOME, {"version": 3}, when=(Equals("version", 2),))
        proxy.once("UpdateItem", LoseReply(meanwhile=lambda: other.write(next_one)))
        with pytest.raises(Unavailable, match="cannot be told") as caught:
            await table.write(Change(HOME, {"version": 2}, when=(Equals("version", 1),)))
        assert caught.value.outcome_unknown
        assert await table.get(HOME) == home(version=3).item

    async def test_a_refusal_that_was_lost_is_not_taken_for_ours(
        self, table: DynamoTable, proxy: FaultyDynamoDb
    ) -> None:
        """Another's change of the very same values."""
        change = Change(HOME, {"version": 2}, when=(Equals("version", 1),))
        await table.write(home(version=1))
        await table.write(change)
        proxy.once("UpdateItem", LoseReply())
        with pytest.raises(Unavailable, match="cannot be told"):
            await table.write(change)

    async def test_a_delete(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        await table.write(home())
        proxy.once("TransactWriteItems", LoseReply())
        assert await table.write(Delete(HOME, (Present(),))) is None
        with pytest.raises(Refused) as refused:
            await table.write(Delete(HOME, (Present(),)))
        assert refused.value.reasons == [{}]

    async def test_a_transaction(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        proxy.once("TransactWriteItems", LoseReply(), LoseReply())
        await table.transact([Put(home().item, (Absent(),)), Change(COUNTER, add={"views": 1})])
        assert proxy.heard.count("TransactWriteItems") == 3
        assert (await table.get(COUNTER) or {})["views"] == 1

    async def test_every_event_counts_once(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        chance = random.Random(7)
        faults = (LoseReply(), LoseRequest(), THROTTLED)
        proxy.fault = lambda operation, body: chance.choice(faults) if chance.random() < 0.3 else None
        assert await count_events(table, 1, 3) == EVENTS
        assert (await table.get(COUNTER) or {})["views"] == EVENTS

    async def test_no_change_of_a_version_is_lost(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        """Whoever is told that nobody knows may have changed it or not; everybody else knows."""
        await table.write(home(version=0))
        chance = random.Random(8)
        faults = (LoseReply(), LoseRequest())
        proxy.fault = lambda operation, body: (
            chance.choice(faults) if operation == "UpdateItem" and chance.random() < 0.2 else None
        )
        outcomes = await asyncio.gather(*(raised(table) for _ in range(40)))
        version = int((await table.get(HOME) or {})["version"])
        assert sum(outcomes) <= version <= len(outcomes)
        assert sum(outcomes) > 0


async def raised(table: DynamoTable) -> bool:
    """Raise the version by one; whether it is known to have worked."""
    while True:
        version = int((await table.get(HOME) or {})["version"])
        try:
            await table.write(Change(HOME, {"version": version + 1}, when=(Equals("version", version),)))
        except Refused:
            await asyncio.sleep(random.uniform(0, 0.02))
        except Unavailable as unavailable:
            if not unavailable.outcome_unknown:
                raise
            return False
        else:
            return True


class TestLostForGood:
    async def test_nobody_listens(self, hours: Hours) -> None:
        table = await opened(f"http://127.0.0.1:{free_port()}", "any", hours.times(30))
        with pytest.raises(Unavailable, match="does not answer") as caught:
            await table.write(home())
        assert not caught.value.outcome_unknown
        await table.close()

    async def test_no_reply_ever(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        proxy.fault = lambda operation, body: LoseReply()
        with pytest.raises(Unavailable, match="does not answer") as caught:
            await table.write(home())
        assert caught.value.outcome_unknown


class TestWhatNoRetryMends:
    async def test_no_credentials(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        set_aws(monkeypatch)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        url, _, name = place.name.rpartition("/")
        table = await DynamoTable.open(name, region=REGION, endpoint_url=url, session=new_session())
        with pytest.raises(Rejected, match="no AWS credentials"):
            await table.get(HOME)
        await table.close()

    async def test_no_region(self, monkeypatch: pytest.MonkeyPatch) -> None:
        set_aws(monkeypatch)
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        with pytest.raises(Rejected, match="AWS_REGION"):
            await DynamoTable.open("any", session=new_session())

    @pytest.mark.parametrize(
        ("code", "kind", "words"),
        [
            ("AccessDeniedException", Rejected, "do not allow the use of the table contract-.* in us-east-1"),
            ("UnrecognizedClientException", Rejected, "does not accept the credentials"),
            ("ExpiredTokenException", Unavailable, "have expired"),
            ("SomethingNewException", Rejected, "SomethingNewException"),
        ],
    )
    async def test_what_aws_says(
        self, table: DynamoTable, proxy: FaultyDynamoDb, code: str, kind: type[YardsignError], words: str
    ) -> None:
        proxy.fault = lambda operation, body: Error(code)
        with pytest.raises(kind, match=words):
            await table.write(home())
        assert len(proxy.heard) == 1

    async def test_a_wrong_region(self, place: Place) -> None:
        url, _, name = place.name.rpartition("/")
        table = await opened(url, name, region="eu-west-1")
        with pytest.raises(Rejected, match=f"no such table .*{name} in eu-west-1"):
            await table.get(HOME)
        await table.close()

    async def test_a_missing_table(self, place: Place) -> None:
        table = await opened(place.name.rpartition("/")[0], "absent")
        for call in (
            table.get(HOME),
            table.get_many([HOME]),
            table.query(Query(BASE, "P")),
            table.write(home()),
            table.put_many([home()]),
            table.transact([home()]),
        ):
            with pytest.raises(Rejected, match=r"no such table .*absent in us-east-1"):
                await call
        await table.close()

    async def test_a_missing_index(self, place: Place) -> None:
        url = place.name.rpartition("/")[0]
        definition = table_definition("four-indexes")
        definition["GlobalSecondaryIndexes"] = definition["GlobalSecondaryIndexes"][:4]
        attributes = definition["AttributeDefinitions"]
        definition["AttributeDefinitions"] = [one for one in attributes if "5" not in one["AttributeName"]]
        plain_client(url).create_table(**definition)
        table = await opened(url, "four-indexes")
        with pytest.raises(Rejected, match="index is missing"):
            await table.query(Query(GSI5, "P"))
        await table.close()
        plain_client(url).delete_table(TableName="four-indexes")

    async def test_an_item_of_401_kb_is_never_sent(self, table: DynamoTable, proxy: FaultyDynamoDb) -> None:
        large = home(Data="x" * 401 * 1024)
        for call in (table.write(large), table.put_many([large]), table.transact([large])):
            with pytest.raises(Unfit, match=r"USER#u / LISTING#1 has 41\d+ bytes"):
                await call
        assert proxy.heard == []


def test_ministack_listens_on_loopback_alone() -> None:
    assert ministack_url().startswith("http://127.0.0.1:")
