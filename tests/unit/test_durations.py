"""The logarithmic scale on which durations are counted."""

import random
import statistics
from collections import Counter

import pytest

from domain.rules.durations import HIGHEST, bucket, median, middle


def test_buckets_rise_with_durations_and_end() -> None:
    lengths = [0, 1, 2, 100, 1_000, 60_000, 3_600_000, 86_400_000, 31 * 86_400_000]
    found = [bucket(length) for length in lengths]
    assert found == sorted(found)
    assert (found[0], found[-1], bucket(2**62)) == (0, 125, HIGHEST)
    assert all(0.9 < middle(bucket(length)) / length < 1.1 for length in lengths[3:])


def test_without_runs_there_is_no_median() -> None:
    assert median({}, None) is None


@pytest.mark.parametrize("count", [1, 2, 3, 10, 501, 1_000])
def test_the_median_is_within_a_tenth(count: int) -> None:
    drawn = random.Random(count)
    lengths = sorted(int(drawn.lognormvariate(9, 2)) + 50 for _ in range(count))
    found = median(Counter(map(bucket, lengths)), lengths[-1])
    assert found is not None
    assert found == pytest.approx(statistics.median(lengths), rel=0.1)


def test_the_median_is_never_above_the_longest() -> None:
    assert median({bucket(900): 5}, 900) == 900
