"""Every key, written out: stored items are found by these, so that none may ever change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from ulid import ULID

from adapters.tables import key_indexes, keys
from adapters.tables.table import Key
from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.listing import Listing, ListingFacts, ListingStatus
from domain.entities.metrics import Inquiry
from domain.entities.mls_connection import MlsConnection
from domain.entities.post import LIVE, Post, PostState
from domain.entities.social_account import SocialAccount
from domain.entities.sync_run import SyncError, SyncMode, SyncRun, SyncRunKind

AT = datetime(2026, 10, 5, 12, 30, 0, 123_000, tzinfo=UTC)
MS = "001791203400123"

LISTING = Listing(
    id="p-1a",
    user_id="u",
    mls_provider="p",
    connection_id="c",
    facts=ListingFacts(
        listing_key="k9", mls_number="77", price=Decimal("525000.50"), list_date=date(2026, 9, 1)
    ),
    status=ListingStatus.ACTIVE,
    publishable=True,
    created_at=AT,
    updated_at=AT,
)
POST = Post(
    id="01P",
    user_id="u",
    listing_id="p-1a",
    account_id="facebook:42",
    platform="facebook",
    state=PostState.UNKNOWN,
    text="",
    created_at=AT,
    updated_at=AT,
)
RUN = SyncRun(
    id="01R", user_id="u", connection_id="c", kind=SyncRunKind.SYNC, mode=SyncMode.FULL, created_at=AT
)
ERROR = SyncError(
    id="e1", user_id="u", run_id="01R", connection_id="c", code="NO_KEY", error="", attempts=1, at=AT
)
CHANGE = ListingChange(
    id="01C",
    user_id="u",
    listing_id="p-1a",
    kind=ListingChangeKind.CREATED,
    source=ChangeSource.MLS,
    at=AT,
)
INQUIRY = Inquiry(id="01I", user_id="u", listing_id="p-1a", at=AT)
CONNECTION = MlsConnection(
    id="c", user_id="u", provider="p", protocol="rets", url="", created_at=AT, updated_at=AT
)
ACCOUNT = SocialAccount(
    id="facebook:42",
    user_id="u",
    platform="facebook",
    remote_id="42",
    name="",
    linked_at=AT,
    updated_at=AT,
)


@pytest.mark.parametrize(
    ("key", "pk", "sk"),
    [
        (keys.listing("u", "p-1a"), "USER#u", "LISTING#p-1a"),
        (keys.home("u", "1f"), "USER#u", "HOME#1f"),
        (keys.mls_connection("u", "c"), "USER#u", "MLS_CONNECTION#c"),
        (keys.mls_credentials("u", "c"), "USER#u", "MLS_CREDENTIALS#c"),
        (keys.social_account("u", "facebook", "42"), "USER#u", "SOCIAL#FACEBOOK#42"),
        (keys.social_tokens("u", "facebook", "42"), "USER#u", "SOCIAL_TOKENS#FACEBOOK#42"),
        (keys.link_state("u", "s"), "USER#u", "LINK_STATE#s"),
        (keys.post("u", "01P"), "USER#u", "POST#01P"),
        (keys.idempotency("u", "POSTS", "k"), "USER#u", "IDEMPOTENCY#POSTS#k"),
        (keys.metrics("u", "p-1a", date(2026, 10, 5)), "USER#u", "METRICS#p-1a#2026-10-05"),
        (keys.metrics_month("u", "p-1a", date(2026, 10, 5)), "USER#u", "METRICMONTH#2026-10#p-1a"),
        (keys.metric_event("u", "e"), "EVENT#u#e", "EVENT"),
        (keys.reading("u", "01P"), "USER#u", "READING#01P"),
        (
            keys.inquiry(INQUIRY.user_id, INQUIRY.listing_id, INQUIRY.at, INQUIRY.id),
            "USER#u",
            f"INQUIRY#p-1a#{MS}#01I",
        ),
        (keys.run("u", "01R"), "USER#u", "RUN#01R"),
        (keys.run_error(ERROR), "USER#u", "RUNERROR#01R#e1"),
        (keys.sync_day("u", date(2026, 10, 5), "c"), "USER#u", "SYNCDAY#2026-10-05#c"),
        (keys.sync_day_of_all(date(2026, 10, 5), "c"), "SYNCDAYS#2026-10-05", "2e"),
        (keys.change(CHANGE), "USER#u", f"CHANGE#p-1a#{MS}#01C"),
        (keys.notification("u", f"{MS}-9f"), "USER#u", f"NOTIFICATION#{MS}-9f"),
        (keys.webhook("u", "01W"), "USER#u", "WEBHOOK#01W"),
        (keys.webhook_secret("u", "01W"), "USER#u", "WEBHOOK_SECRET#01W"),
        (keys.alert("u", "01A"), "USER#u", "ALERT#01A"),
        (keys.mail_settings("u"), "USER#u", "MAIL_SETTINGS"),
        (keys.intent("SYNC", "c"), "INTENT#SYNC#c", "INTENT"),
        (keys.installation(), "INSTALLATION", "INSTALLATION"),
        (keys.file_sweep(), "FILE_SWEEP", "FILE_SWEEP"),
    ],
)
def test_items_lie_under_these_keys(key: Key, pk: str, sk: str) -> None:
    assert key == (pk, sk)


def test_a_listing_is_in_all_five_indexes() -> None:
    assert key_indexes.listing_indexes(LISTING) == {
        "GSI1PK": "MLS#p#77",
        "GSI1SK": "STATUS#ACTIVE#u#p-1a",
        "GSI2PK": "CONNECTION#c",
        "GSI2SK": "k9#p-1a",
        "GSI3PK": "USER#u#LISTINGS",
        "GSI3SK": "000000052500050#p-1a",
        "GSI4PK": "USER#u#LISTINGS",
        "GSI4SK": "2026-09-01#p-1a",
        "GSI5PK": "USER#u#LISTINGS",
        "GSI5SK": f"{MS}#p-1a",
    }


def test_a_listing_that_lacks_values_is_still_in_all_five() -> None:
    bare = replace(LISTING, facts=ListingFacts(), connection_id=None)
    assert key_indexes.listing_indexes(bare) == key_indexes.listing_indexes(LISTING) | {
        "GSI1PK": "USER#u#NUMBERLESS",
        "GSI2PK": "USER#u#UNCONNECTED",
        "GSI2SK": "-#p-1a",
        "GSI3SK": "-#p-1a",
        "GSI4SK": "-#p-1a",
    }


@pytest.mark.parametrize("state", PostState)
def test_a_post_is_among_the_live_ones_while_it_is_one(state: PostState) -> None:
    expected = {"GSI1PK": "LISTING#p-1a", "GSI1SK": "POST#01P"}
    if state in LIVE:
        expected |= {"GSI2PK": "LIVE#u", "GSI2SK": "p-1a#01P"}
    assert key_indexes.post_indexes(replace(POST, state=state)) == expected


def test_a_post_is_found_by_the_platforms_id() -> None:
    found = key_indexes.post_indexes(replace(POST, platform_post_id="42_7"))
    assert (found["GSI3PK"], found["GSI3SK"]) == ("REMOTE#facebook#42_7", "POST#01P")


def test_the_other_indexes() -> None:
    assert key_indexes.mls_connection_indexes(CONNECTION) == {"GSI1PK": "CONNECTIONS#14", "GSI1SK": "u#c"}
    assert key_indexes.social_account_indexes(ACCOUNT) == {
        "GSI1PK": "ACCOUNT#facebook#42",
        "GSI1SK": "u#facebook:42",
    }
    by_login = key_indexes.social_account_indexes(replace(ACCOUNT, login_id="7"))
    assert (by_login["GSI2PK"], by_login["GSI2SK"]) == ("LOGIN#facebook#7", "u#facebook:42")
    assert key_indexes.change_indexes(CHANGE, AT) == {"GSI5PK": "USER#u#CHANGES", "GSI5SK": f"{MS}#01C"}
    assert key_indexes.metrics_indexes("u", "p-1a", date(2026, 10, 5)) == {
        "GSI1PK": "USER#u#METRICS",
        "GSI1SK": "2026-10-05#p-1a",
    }
    assert key_indexes.inquiry_indexes(INQUIRY) == {"GSI1PK": "USER#u#INQUIRY", "GSI1SK": f"{MS}#01I"}
    assert key_indexes.run_indexes(RUN) == {"GSI1PK": "CONNECTION#c", "GSI1SK": "RUN#01R"}
    assert key_indexes.run_error_indexes(ERROR) == {
        "GSI1PK": "CONNECTION#c",
        "GSI1SK": f"RUNERROR#{MS}#e1",
        "GSI3PK": "USER#u#RUN#01R#RUNERRORS",
        "GSI3SK": f"{MS}#e1",
        "GSI4PK": "USER#u#RUNERRORS",
        "GSI4SK": f"{MS}#01R#e1",
    }
    assert key_indexes.intent_indexes("SYNC", "c", 7) == {
        "GSI2PK": "DUE#sync#11",
        "GSI2SK": "000000000000007#SYNC#c",
    }
    assert key_indexes.intent_indexes("SYNC", "c", 7, is_dead=True)["GSI2PK"] == "DEAD#11"


def test_runs_lie_between_the_times_in_their_ids() -> None:
    assert keys.runs_between(None, None) == ("RUN#", "RUN$")
    low, high = keys.runs_between(AT, AT)
    for seconds, between in ((-61, False), (-59, True), (59, True), (61, False)):
        id = str(ULID.from_datetime(AT + timedelta(seconds=seconds)))
        assert (low <= f"RUN#{id}" <= high) == between, seconds
    assert keys.runs_between(AT, None)[0] == "RUN#01M460KVTV"


def test_connections_of_all_users_lie_in_sixteen_partitions() -> None:
    assert [keys.connections(shard) for shard in (0, 15)] == ["CONNECTIONS#00", "CONNECTIONS#15"]


def test_shards_are_sixteen_and_evenly_used() -> None:
    used = [keys.shard("UNPUBLISH", f"p{n}") for n in range(1_600)]
    assert set(used) == {f"{n:02d}" for n in range(16)}
    assert max(map(used.count, set(used))) < 150


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("a#b", "a%23b"), ("a%23b", "a%2523b"), ("a\0b", "a%00b"), ("\ud83d", "%D83D"), ("é 🔑", "é 🔑")],
)
def test_a_part_cannot_reach_into_the_next(text: str, escaped: str) -> None:
    assert keys.part(text) == escaped
    assert keys.joined("A", text, "Z") == f"A#{escaped}#Z"
    assert keys.texts(f"A#{escaped}#Z") == ["A", text, "Z"]


def test_long_parts_stay_within_bounds_and_different() -> None:
    one, other = keys.part("é" * 5_000 + "1"), keys.part("é" * 5_000 + "2")
    assert one != other
    assert len(one.encode()) <= 200
    assert keys.part("x" * 200) == "x" * 200
    assert keys.texts(one) == [None]


def test_the_order_of_text_is_the_order_of_numbers() -> None:
    amounts = [
        None,
        Decimal(0),
        Decimal("0.01"),
        Decimal("9.99"),
        Decimal(10),
        Decimal("1e6"),
        Decimal("2e12"),
    ]
    found = [
        key_indexes.listing_indexes(replace(LISTING, facts=replace(LISTING.facts, price=price)))["GSI3SK"]
        for price in amounts
    ]
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("amount", "cents"),
    [("525000.00", 52500000), ("0.005", 0), ("0.015", 2), ("-1", 0), ("NaN", None), ("1e40", 10**15 - 1)],
)
def test_prices_are_counted_in_cents(amount: str, cents: int | None) -> None:
    assert keys.cents(Decimal(amount)) == cents


def test_moments_are_kept_to_the_millisecond() -> None:
    assert keys.millis(AT) == 1791203400123
    assert keys.moment(keys.millis(AT)) == AT
    assert keys.seconds(AT) == 1791203400
