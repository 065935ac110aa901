"""Who may read the sandbox MLS."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.mls.reso import CLIENT_ID, CLIENT_SECRET
from tests.sandbox.mls_client import running

GRANT = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic c2FuZGJveC10b2tlbjo=", "sandbox-token"])
def test_without_a_good_token_nothing_is_read(tmp_path: Path, header: str | None) -> None:
    with running(tmp_path) as mls:
        headers = {} if header is None else {"Authorization": header}
        for path in ("/odata/Property", "/odata/$metadata", "/odata/Media"):
            answer = httpx.get(f"{mls.base_url}{path}", headers=headers)
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "401"


def test_client_credentials_give_a_token_that_reads_until_it_expires(tmp_path: Path) -> None:
    clock = [datetime(2026, 3, 15, tzinfo=UTC)]
    with running(tmp_path, now=lambda: clock[0]) as mls:
        issued = mls.post("/oauth/token", data=GRANT).raise_for_status().json()
        assert issued["token_type"] == "Bearer"
        headers = {"Authorization": f"Bearer {issued['access_token']}"}
        assert mls.get("/odata/Property", headers=headers).status_code == 200
        clock[0] += timedelta(seconds=issued["expires_in"])
        assert mls.get("/odata/Property", headers=headers).status_code == 401


def test_credentials_may_come_by_http_basic_and_tokens_be_revoked(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        answer = mls.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, auth=(CLIENT_ID, CLIENT_SECRET)
        )
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        assert mls.get("/odata/Property", headers=headers).status_code == 200
        assert mls.delete("/_control/tokens").status_code == 204
        assert mls.get("/odata/Property", headers=headers).status_code == 401
        assert mls.get("/odata/Property").status_code == 200


def test_wrong_credentials_get_no_token(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        wrong = mls.post("/oauth/token", data=GRANT | {"client_secret": "wrong"})
        assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
        assert mls.post("/oauth/token", data=GRANT, auth=(CLIENT_ID, "wrong")).status_code == 401
        other = mls.post("/oauth/token", data=GRANT | {"grant_type": "authorization_code"})
        assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")
