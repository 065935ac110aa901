"""The limits of the sandbox MLS's vendors: windows, quota headers, suspension, photos."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from sandbox.mls.flavours import Limits
from sandbox.mls.reso import CLIENT_ID, CLIENT_SECRET, TOKEN
from tests.sandbox.mls_client import control, running

GRID = "/v2/Property?$filter=OriginatingSystemName eq 'Sandbox MLS'"
START = datetime(2026, 3, 15, 9, 30, tzinfo=UTC)


class Clock:
    """A time that stands until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def statuses(mls: httpx.Client, url: str, count: int) -> list[int]:
    return [mls.get(url).status_code for _ in range(count)]


def test_two_requests_a_second_are_all_at_mls_grid(tmp_path: Path) -> None:
    clock = Clock()
    with running(tmp_path, vendor="mls-grid", now=clock) as mls:
        assert statuses(mls, GRID, 3) == [200, 200, 429]
        clock.move(1)
        assert statuses(mls, GRID, 2) == [200, 200]


def test_hours_days_and_bytes_are_limited_too(tmp_path: Path) -> None:
    clock = Clock()
    limits = Limits(requests=((2, 3_600), (3, 86_400)))
    with running(tmp_path / "requests", now=clock, limits=limits) as mls:
        assert statuses(mls, "/odata", 3) == [200, 200, 429]
        clock.move(3_600)
        assert statuses(mls, "/odata", 2) == [200, 429]
        clock.move(86_400)
        assert mls.get("/odata").status_code == 200
    with running(tmp_path / "bytes", now=clock, limits=Limits(bytes=((10_000, 3_600),))) as mls:
        assert len(mls.get("/odata/Property").content) > 10_000
        assert mls.get("/odata").status_code == 429
        clock.move(3_600)
        assert mls.get("/odata").status_code == 200


def test_each_token_has_limits_of_its_own(tmp_path: Path) -> None:
    with running(tmp_path, limits=Limits(requests=((1, 60),))) as mls:
        grant = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        token = mls.post("/oauth/token", data=grant).json()["access_token"]
        assert statuses(mls, "/odata", 2) == [200, 429]
        assert mls.get("/odata", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_refusal_can_say_when_to_come_back(tmp_path: Path) -> None:
    clock = Clock()
    clock.move(10)
    limits = Limits(requests=((1, 60),), retry_after=True)
    with running(tmp_path, now=clock, limits=limits) as mls:
        mls.get("/odata")
        refused = mls.get("/odata")
        assert refused.headers["Retry-After"] == "50"
        clock.move(50)
        assert mls.get("/odata").status_code == 200


def test_a_token_that_went_over_too_often_is_suspended_until_reinstated(tmp_path: Path) -> None:
    clock = Clock()
    limits = Limits(requests=((1, 1),), suspend_after=2)
    with running(tmp_path, vendor="mls-grid", now=clock, limits=limits) as mls:
        answers = [mls.get(GRID) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 429, 429]
        assert "suspended" not in answers[2].json()["error"]["message"]
        clock.move(86_400)
        suspended = mls.get(GRID)
        assert (suspended.status_code, "suspended" in suspended.json()["error"]["message"]) == (429, True)
        mls.delete("/_control/tokens")
        assert mls.get(GRID).status_code == 200


def test_a_token_can_be_suspended_by_a_control_call_and_a_reset_reinstates_it(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "tokens/suspend")
        assert mls.get("/odata").status_code == 429
        control(mls, "reset")
        assert mls.get("/odata").status_code == 200


def test_trestle_tells_its_quota(tmp_path: Path) -> None:
    clock = Clock()
    grant = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": "api",
    }
    with running(
        tmp_path, vendor="trestle", now=clock, limits=Limits(requests=((2, 60), (7_200, 3_600)))
    ) as mls:
        token = mls.post("/trestle/oidc/connect/token", data=grant).json()["access_token"]
        mls.headers["Authorization"] = f"Bearer {token}"
        answers = [mls.get("/trestle/odata") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Retry-After" not in answers[2].headers
    expected = {
        "Minute-Quota-Limit": "2.0",
        "Minute-Quota-Available": "0.0",
        "Hour-Quota-Limit": "7200.0",
        "Hour-Quota-Available": "7198.0",
        "Hour-Quota-ResetTime": str(int(datetime(2026, 3, 15, 10, tzinfo=UTC).timestamp()) * 1000),
    }
    assert {name: answers[2].headers[name] for name in expected} == expected


def test_bridge_tells_its_burst_and_its_hour(tmp_path: Path) -> None:
    clock = Clock()
    with running(tmp_path, vendor="bridge", now=clock) as mls:
        answer = mls.get("/api/v2/OData/sandbox/Property")
    expected = {
        "Burst-RateLimit-Limit": "334",
        "Burst-RateLimit-Remaining": "333",
        "Burst-RateLimit-Reset": "2026-03-15T09:31:00Z",
        "Application-RateLimit-Limit": "5000",
        "Application-RateLimit-Remaining": "4999",
        "Application-RateLimit-Reset": "2026-03-15T10:00:00Z",
    }
    assert {name: answer.headers[name] for name in expected} == expected


def test_spark_says_that_it_throttles_by_a_code(tmp_path: Path) -> None:
    with running(tmp_path, vendor="spark", limits=Limits(requests=((1, 60),))) as mls:
        mls.get("/Version/3/Reso/OData")
        refused = mls.get("/Version/3/Reso/OData")
    assert refused.status_code == 429
    assert refused.json()["D"]["Success"] is False
    assert refused.json()["D"]["Code"] == 1550


def test_photos_of_mls_grid_are_for_the_token_once_an_hour(tmp_path: Path) -> None:
    clock = Clock()
    with running(tmp_path, vendor="mls-grid", now=clock) as mls:
        key = mls.get("/_control/homes").json()[0]["key"]
        one, other = f"/photos/{key}/1.jpg", f"/photos/{key}/2.jpg"
        agent = {"User-Agent": TOKEN}
        assert mls.get(one).status_code == 403
        assert mls.get(one, headers=agent).content.startswith(b"\xff\xd8")
        assert mls.get(one, headers=agent).status_code == 429
        assert mls.get(other, headers=agent).status_code == 200
        clock.move(3_600)
        assert mls.get(one, headers=agent).status_code == 200
        assert TOKEN not in mls.get("/_control/log").text


def test_files_of_photos_have_limits_apart_from_data(tmp_path: Path) -> None:
    with running(tmp_path, limits=Limits(media=((2, 60),))) as mls:
        key = mls.get("/_control/homes").json()[0]["key"]
        assert statuses(mls, f"/photos/{key}/1.jpg", 3) == [200, 200, 429]
        assert mls.get("/odata").status_code == 200


def test_what_is_refused_or_faulty_is_not_counted(tmp_path: Path) -> None:
    with running(tmp_path, limits=Limits(requests=((1, 60),))) as mls:
        control(mls, "faults", {"kind": "status", "times": 2})
        unknown = {"Authorization": "Bearer other"}
        assert statuses(mls, "/odata", 2) == [500, 500]
        assert mls.get("/odata", headers=unknown).status_code == 401
        assert statuses(mls, "/odata", 2) == [200, 429]
