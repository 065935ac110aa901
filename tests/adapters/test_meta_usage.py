"""What the headers of Meta's answers tell of its limits."""

import json

import pytest

from adapters.budgets import LocalBudgets
from adapters.social.meta_usage import Usage


def used(per_cent: float, minutes: int | None = None) -> dict[str, object]:
    told: dict[str, object] = {"call_count": 3, "total_time": per_cent, "total_cputime": 1}
    return told if minutes is None else told | {"estimated_time_to_regain_access": minutes}


APP, PAGE, BUSINESS = "x-app-usage", "x-page-usage", "x-business-use-case-usage"


@pytest.mark.parametrize(
    ("headers", "calls", "removals"),
    [
        ({}, 0, 0),
        ({APP: used(89)}, 0, 0),
        ({APP: used(90)}, 900, 0),
        ({APP: used(100)}, 900, 300),
        ({PAGE: used(99)}, 900, 0),
        ({BUSINESS: {"1": [used(10, 0), used(95, 7)]}}, 420, 0),
        ({BUSINESS: {"1": [used(10, 0)], "2": [used(100, 7)]}}, 420, 420),
        ({APP: used(90), PAGE: used(100)}, 900, 300),
        ({APP: "none", PAGE: [1, None, {}], BUSINESS: {"1": [{"call_count": "99"}]}}, 0, 0),
    ],
)
async def test_calls_pause_before_removals_do(
    headers: dict[str, object], calls: float, removals: float
) -> None:
    budgets = LocalBudgets(lambda: 0.0)
    mine, another = (Usage(budgets, app_id="app", name=name) for name in ("Facebook", "Instagram"))
    await mine.note("token", {name: json.dumps(value) for name, value in headers.items()})
    assert await mine.wait("token", urgent=False) == calls
    assert await mine.wait("token", urgent=True) == removals
    if APP not in headers:
        assert await mine.wait("another", urgent=False) == 0
        assert await another.wait("token", urgent=False) == 0


@pytest.mark.parametrize("header", ["", "{", "5", "[[[[", '"x"'])
async def test_headers_that_make_no_sense_stop_nobody(header: str) -> None:
    usage = Usage(LocalBudgets(lambda: 0.0), app_id="app", name="Facebook")
    await usage.note(None, {APP: header})
    await usage.note("token", {APP: header, PAGE: header, BUSINESS: header})
    assert await usage.wait("token", urgent=False) == 0


async def test_whoever_shares_the_budgets_knows_and_no_other_app_does() -> None:
    budgets = LocalBudgets(lambda: 0.0)
    await Usage(budgets, app_id="app", name="Facebook").note(None, {APP: json.dumps(used(95))})
    assert await Usage(budgets, app_id="app", name="Instagram").wait("token", urgent=False) == 900
    assert await Usage(budgets, app_id="other", name="Facebook").wait("token", urgent=False) == 0
