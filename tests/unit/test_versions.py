"""Versions of platforms' APIs are warned of 60 days before they end: by `doctor` and in the log."""

from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

import adapters.social
from adapters.budgets import LocalBudgets
from adapters.http import WebClient
from adapters.social.meta_versions import graph_version
from adapters.social.tools import Tools
from app.doctor import platform_versions
from app.findings import Level
from app.settings import Settings
from app.versions import SETTINGS, VersionWatch
from domain.ports import SocialPlatform

END = datetime(2027, 1, 1, tzinfo=UTC)
"""Of v21.0 of the Graph API."""

FACEBOOK = {"FACEBOOK_APP_ID": "1", "FACEBOOK_APP_SECRET": "canary-secret"}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in (FACEBOOK | {"FACEBOOK_GRAPH_VERSION": "v21.0"}).items():
        monkeypatch.setenv(name, value)
    return Settings()


def platforms(version: str) -> dict[str, SocialPlatform]:
    async def nobody(seconds: float) -> None:
        raise AssertionError("nothing is waited for")

    tools = Tools(web=WebClient(), budgets=LocalBudgets(), now=lambda: END, sleep=nobody)
    given = {"facebook": {"app_id": "1", "app_secret": "2", "version": version}}
    return {"facebook": adapters.social.discover(tools, given)["facebook"]}


@pytest.mark.parametrize(
    ("days", "level", "word"),
    [
        (-61, Level.OK, "ends on 2027-01-01."),
        (-60, Level.WARNING, "in 60 days"),
        (-1, Level.WARNING, "tomorrow"),
        (0, Level.FAILURE, "ended on 2027-01-01"),
        (400, Level.FAILURE, "ended on 2027-01-01"),
    ],
)
async def test_doctor_as_time_goes_by(settings: Settings, days: int, level: Level, word: str) -> None:
    found = await platform_versions(settings, END + timedelta(days=days))
    assert {finding.level for finding in found} == {level}
    assert len(found) == 2, "Instagram speaks the same version"
    for finding in found:
        assert word in finding.what
        assert ("FACEBOOK_GRAPH_VERSION" in finding.do) == (level is not Level.OK)


async def test_the_log_warns_at_the_start_and_once_a_day() -> None:
    watch = VersionWatch(platforms("v21.0"))
    with capture_logs() as log:
        for hours in (0, 1, 24, 25):
            watch.look(END - timedelta(days=30) + timedelta(hours=hours))
    assert [entry["log_level"] for entry in log] == ["warning", "warning"]
    assert "FACEBOOK_GRAPH_VERSION" in log[0]["do"]
    with capture_logs() as log:
        watch.look(END)
    assert [entry["log_level"] for entry in log] == ["error"]
    with capture_logs() as log:
        VersionWatch(platforms("v26.0")).look(END)
    assert log == []


@pytest.mark.parametrize(
    ("version", "ends_on"),
    [
        ("v2.12", date(2026, 9, 24)),
        ("v20.0", date(2026, 9, 24)),
        ("v21.0", date(2027, 1, 1)),
        ("v25.0", date(2028, 7, 1)),
        ("v26.0", None),
        ("latest", None),
    ],
)
def test_when_versions_of_the_graph_api_end(version: str, ends_on: date | None) -> None:
    assert graph_version(version).ends_on == ends_on


def test_every_platform_has_its_setting() -> None:
    assert set(SETTINGS) == set(adapters.social.modules())
