"""DMQL2: values that stand for themselves, moments in the server's zone, and the searches of a query."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mls.rets_dmql import KEYS_AT_ONCE, conditions, is_name, literal, moment
from domain.entities.mls import MlsQuery
from sandbox.rets.criteria import Clock
from sandbox.rets.dmql import compile_query
from sandbox.rets.fields import Column

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def written(
    query: MlsQuery, stamps: tuple[str, ...] = ("MOD", "PIX"), zone: ZoneInfo | None = None
) -> list[str]:
    return conditions(query, stamps=stamps, key="KEY", number="NO", zone=zone)


class TestConditions:
    def test_everything_is_what_was_ever_modified(self) -> None:
        assert written(MlsQuery()) == ["(MOD=1900-01-01T00:00:00.000Z+)"]

    def test_a_delta_looks_at_both_stamps(self) -> None:
        text = "((MOD=2026-07-01T12:00:00.000Z+)|(PIX=2026-07-01T12:00:00.000Z+))"
        assert written(MlsQuery(since=NOON)) == [text]

    def test_keys_come_in_groups_and_each_once(self) -> None:
        keys = tuple(f"k{number}" for number in range(KEYS_AT_ONCE + 1))
        first, second = written(MlsQuery(keys=(*keys, *keys)))
        assert first == f"(KEY={','.join(keys[:-1])})"
        assert second == f"(KEY={keys[-1]})"

    def test_what_is_neither_letter_nor_digit_goes_into_quotes(self) -> None:
        assert written(MlsQuery(numbers=("12-5", "7", 'a"b'))) == ['((NO=7)|(NO="12-5")|(NO="a""b"))']

    def test_keys_and_since_together(self) -> None:
        assert written(MlsQuery(keys=("a",), since=NOON), ("MOD",)) == [
            "(MOD=2026-07-01T12:00:00.000Z+),(KEY=a)"
        ]

    def test_no_key_is_no_search_nor_is_one_that_cannot_be_written(self) -> None:
        assert written(MlsQuery(keys=())) == []
        assert written(MlsQuery(keys=("", " ", "a\nb", "\x00"))) == []

    @pytest.mark.parametrize(
        ("name", "valid"), [("LIST_1", True), ("a.b", True), ("", False), ("a)|(b", False), ("é", False)]
    )
    def test_names_cannot_break_out(self, name: str, valid: bool) -> None:
        assert is_name(name) is valid


class TestLiterals:
    @given(st.text(max_size=20), st.text(max_size=20))
    def test_a_value_matches_itself_alone_whatever_signs_it_has(self, value: str, other: str) -> None:
        said = literal(value)
        if said is None:
            assert not value.strip() or not value.isprintable()
            return
        column = Column("F", "F", "Character", "", 80)
        asked = compile_query(f"(F={said})", lambda _name: column, Clock(lambda: NOON, CHICAGO))
        assert asked({"F": value})
        assert asked({"F": other}) is (other.casefold() == value.casefold())


class TestMoments:
    def test_the_servers_zone_is_local_and_has_no_offset(self) -> None:
        assert moment(NOON, CHICAGO) == "2026-07-01T07:00:00.000"
        assert moment(datetime(2026, 1, 1, 12, tzinfo=UTC), CHICAGO) == "2026-01-01T06:00:00.000"

    def test_utc_says_so(self) -> None:
        assert moment(datetime(2026, 7, 1, 7, tzinfo=CHICAGO), None) == "2026-07-01T12:00:00.000Z"

    def test_clocks_that_skip_an_hour_skip_it(self) -> None:
        # 2026-03-08, 02:00 in Chicago is 03:00.
        before = datetime(2026, 3, 8, 7, 59, tzinfo=UTC)
        assert moment(before, CHICAGO) == "2026-03-08T01:59:00.000"
        assert moment(before + timedelta(minutes=1), CHICAGO) == "2026-03-08T03:00:00.000"

    @pytest.mark.parametrize("minutes", range(-90, 150, 15))
    def test_nothing_is_missed_when_clocks_are_set_back(self, minutes: int) -> None:
        # 2026-11-01, 02:00 in Chicago is 01:00 again.
        since = datetime(2026, 11, 1, 7, tzinfo=UTC) + timedelta(minutes=minutes)
        asked = moment(since, CHICAGO)
        for later in range(0, 300, 5):
            wall = (since + timedelta(minutes=later)).astimezone(CHICAGO).replace(tzinfo=None)
            assert asked <= wall.isoformat(timespec="milliseconds")

    def test_far_from_that_nothing_is_asked_twice(self) -> None:
        assert moment(datetime(2026, 11, 1, 5, 59, tzinfo=UTC), CHICAGO) == "2026-11-01T00:59:00.000"
        assert moment(datetime(2026, 11, 1, 7, tzinfo=UTC), CHICAGO) == "2026-11-01T01:00:00.000"
