"""Pages of a server that pages by position: none of its rows is lost, whatever moves between two pages."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mls.rets_paging import Place, join, mark, read_place
from domain.errors import Rejected, Unavailable


class Feed:
    """A server's rows, as a list that changes between two pages."""

    def __init__(self, rows: list[str], *, cap: int = 10**9, heeds_offset: bool = True) -> None:
        self.rows, self.cap, self.heeds_offset = rows, cap, heeds_offset
        self.served = 0

    def page(self, offset: int, limit: int) -> tuple[list[str], bool]:
        self.served += 1
        start = offset - 1 if self.heeds_offset else 0
        rows = self.rows[start : start + min(limit, self.cap)]
        return rows, start + len(rows) < len(self.rows)


def read(feed: Feed, size: int, between: Callable[[int], None] = lambda _page: None) -> list[str]:
    """Everything a reader gets, page by page."""
    found: list[str] = []
    place: Place | None = Place()
    while place is not None:
        rows, more = feed.page(place.offset, size + (1 if place.seen and place.overlap else 0))
        again, place = join(place, [mark(row) for row in rows], size=size, more=more)
        found += rows[again:]
        between(feed.served)
        assert feed.served < 2000
        place = place and read_place(place.text())
    return found


def named(count: int) -> list[str]:
    return [f"k{number}" for number in range(count)]


class TestStillPages:
    @pytest.mark.parametrize("size", [1, 2, 7, 20, 59, 60, 500])
    @pytest.mark.parametrize("cap", [1, 2, 15, 10**6])
    def test_every_row_comes_once(self, size: int, cap: int) -> None:
        assert read(Feed(named(60), cap=cap), size) == named(60)

    def test_no_rows_are_one_page(self) -> None:
        feed = Feed([])
        assert read(feed, 10) == []
        assert feed.served == 1

    def test_one_page_is_one_request(self) -> None:
        feed = Feed(named(10))
        read(feed, 10)
        assert feed.served == 1


class TestMovingPages:
    def test_a_row_that_vanishes_takes_no_other_with_it(self) -> None:
        feed = Feed(named(60))

        def vanish(page: int) -> None:
            if page == 1:
                feed.rows.remove("k3")

        assert set(read(feed, 7, vanish)) == set(named(60))

    def test_nor_do_rows_that_are_touched_and_move_to_the_end(self) -> None:
        feed = Feed(named(60))

        def touch(page: int) -> None:
            if page in (1, 4):
                first, feed.rows = feed.rows[:7], feed.rows[7:]
                feed.rows += first

        assert set(read(feed, 7, touch)) == set(named(60))

    def test_nor_do_rows_that_come_in_front(self) -> None:
        feed = Feed(named(60))

        def insert(page: int) -> None:
            if page == 2:
                feed.rows[:0] = ["new1", "new2"]

        assert set(read(feed, 7, insert)) >= set(named(60))

    @given(
        st.integers(min_value=2, max_value=12),
        st.lists(st.tuples(st.integers(1, 12), st.integers(0, 59)), max_size=6),
    )
    def test_no_removal_at_any_time_loses_another_row(
        self, size: int, removals: list[tuple[int, int]]
    ) -> None:
        feed = Feed(named(60))
        gone: set[str] = set()

        def remove(page: int) -> None:
            for when, number in removals:
                if when == page and (name := f"k{number}") in feed.rows:
                    feed.rows.remove(name)
                    gone.add(name)

        assert set(read(feed, size, remove)) >= set(named(60)) - gone

    def test_a_list_that_never_holds_still_is_given_up(self) -> None:
        feed = Feed(named(600))

        def stir(_page: int) -> None:
            feed.rows = feed.rows[40:] + feed.rows[:40]

        with pytest.raises(Unavailable, match="faster"):
            read(feed, 20, stir)


class TestLoops:
    @pytest.mark.parametrize("size", [1, 2, 20])
    @pytest.mark.parametrize("cap", [1, 2, 15, 10**6])
    def test_a_server_that_does_not_heed_offset_is_found_out(self, size: int, cap: int) -> None:
        feed = Feed(named(60), cap=cap, heeds_offset=False)
        with pytest.raises(Rejected, match="loop"):
            read(feed, size)
        assert feed.served <= 5

    def test_unless_its_first_page_holds_everything(self) -> None:
        assert read(Feed(named(60), heeds_offset=False), 60) == named(60)


class TestPlaces:
    def test_a_place_survives_being_written(self) -> None:
        place = Place(search=2, offset=40, first="a", seen=("b", "c"), back=1, moves=3, limit=9, plain=True)
        place = replace(place, overlap=False, owed="2026-01-01T00:00:00+00:00", total=7)
        assert read_place(place.text()) == place

    @pytest.mark.parametrize(
        "text",
        ["", "x", "{}[", "3", "[]", '{"other":1}', '{"search":-1}', '{"offset":0}', '{"limit":0}', '{"seen":7}',
         '{"offset":"1"}', '{"owed":3}', '{"plain":7}'],
    )  # fmt: skip
    def test_anything_else_is_rejected(self, text: str) -> None:
        with pytest.raises(Rejected):
            read_place(text)
