"""A bounded memory."""

import pytest

from adapters.remembered import Remembered, Reread


def test_what_is_asked_for_stays_and_the_rest_is_forgotten() -> None:
    known: Remembered[int, str] = Remembered(10)
    for number in range(1_000):
        known.put(number, str(number))
        assert known.get(0) == "0"
    assert known.get(999) == "999"
    assert known.get(500) is None
    assert len(known) <= 10


def test_weights_count() -> None:
    known: Remembered[int, str] = Remembered(1_000)
    for number in range(20):
        known.put(number, "", 200)
    assert len(known) <= 5


def test_what_is_too_heavy_is_not_kept_and_takes_the_place_of_nothing() -> None:
    known: Remembered[str, int] = Remembered(10)
    known.put("light", 1)
    known.put("heavy", 1)
    known.put("heavy", 2, 6)
    assert (known.get("light"), known.get("heavy")) == (1, None)


def test_the_last_value_counts() -> None:
    known: Remembered[str, int] = Remembered(6)
    known.put("a", 1)
    for other in "bcd":
        known.put(other, 0)
    known.put("a", 2)
    known.put("e", 0)
    assert known.get("a") == 2
    known.clear()
    assert known.get("a") is None


def test_what_is_put_again_and_again_drives_nothing_out() -> None:
    known: Remembered[str, int] = Remembered(6)
    known.put("seldom", 1)
    for number in range(1_000):
        known.put("often", number)
    assert (known.get("seldom"), known.get("often")) == (1, 999)


def test_a_process_may_remember_nothing_of_what_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Reread[str, int] = Reread(10)
    known.put("before", 1)
    monkeypatch.setattr(Reread, "worth_while", False)
    known.put("behind", 2)
    assert (known.get("before"), known.get("behind"), len(known)) == (1, None, 1)
