"""Which of a page's rows count, when one key comes twice, and when a row is the same as before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from domain.entities.listing import ListingFacts, Media
from domain.entities.mls import MlsDefect, MlsPage, MlsRecord, MlsRemoval, MlsRow
from domain.use_cases.asking import names_of
from domain.use_cases.pages import digest, rows_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_record(hour: int | None, number: str = "7") -> MlsRecord:
    stamp = None if hour is None else NOON + timedelta(hours=hour)
    return MlsRecord(key="K", facts=ListingFacts(mls_number=number, modified_in_mls_at=stamp))


def a_removal(hour: int | None) -> MlsRemoval:
    return MlsRemoval(key="K", at=None if hour is None else NOON + timedelta(hours=hour))


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ((a_record(1), a_record(2)), a_record(2)),
        ((a_record(1), a_removal(2)), a_removal(2)),
        ((a_record(2), a_removal(1)), a_record(2)),
        ((a_record(1), a_removal(1)), a_record(1)),
        ((a_record(1), a_removal(None)), a_record(1)),
        ((a_record(None), a_removal(1)), a_record(None)),
        ((a_removal(1), a_removal(2)), a_removal(2)),
    ],
)
def test_of_a_key_that_comes_twice_the_later_row_counts_in_any_order(
    rows: tuple[MlsRow, ...], counts: MlsRow
) -> None:
    for order in permutations(rows):
        page = MlsPage(rows=(MlsDefect(code="NO_KEY", message=""), *order), position=None)
        assert rows_of(page) == [counts]


def test_equal_rows_have_equal_digests_and_others_have_not() -> None:
    row = a_record(1)
    other_media = replace(row, media=(Media(key="m", url="https://photos.example/m"),))
    rows: list[MlsRow] = [
        row,
        a_record(2),
        a_record(1, "8"),
        other_media,
        replace(row, warnings=("x",)),
        a_removal(1),
    ]
    assert digest(row) == digest(a_record(1))
    assert len({digest(one) for one in rows}) == len(rows)
    assert len(digest(a_record(1, "\ud800"))) == 12


def test_a_row_is_known_by_its_key_and_its_number() -> None:
    assert names_of(a_record(1, " Ab ")) == {"k", "ab"}
    assert names_of(MlsDefect(code="NO_KEY", message="", mls_number="9")) == {"9"}
    assert names_of(MlsDefect(code="NO_KEY", message="")) == set()
