"""The sandbox Facebook's OAuth round, tokens and scopes."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.serving import serve
from sandbox.social.facebook import APP_ID, APP_SECRET, PAGES, create_app
from tests.sandbox.facebook_client import CALLBACK, PAGE, SCOPES, Client, V, answer_of, error_of


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.seconds = 1_790_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def facebook(tmp_path: Path, clock: Clock) -> Iterator[Client]:
    with serve(create_app(tmp_path, now=clock)) as base_url, Client(base_url) as client:
        yield client


def _dialog(**changes: str) -> dict[str, str]:
    return {"client_id": APP_ID, "redirect_uri": CALLBACK, "state": "s-1", "scope": SCOPES} | changes


def test_a_script_is_sent_back_with_code_and_state(facebook: Client) -> None:
    redirect = facebook.code(redirect_uri=CALLBACK + "?from=test")
    assert redirect.headers["location"].startswith(CALLBACK + "?from=test&")
    assert answer_of(redirect)["state"] == "s-1"
    assert answer_of(redirect)["code"]


def test_a_person_sees_the_scopes_and_may_decline_one(facebook: Client) -> None:
    shown = facebook.http.get(f"{V}/dialog/oauth", params=_dialog(state='"><script>'))
    assert shown.headers["content-type"].startswith("text/html")
    assert "Yardsign" in shown.text
    assert "pages_manage_posts" in shown.text
    assert "<script>" not in shown.text
    form = _dialog() | {"decision": "allow", "granted": "pages_show_list"}
    code = answer_of(facebook.http.post(f"{V}/dialog/oauth", data=form))["code"]
    token = facebook.redeem(code).json()["access_token"]
    listed = facebook.get("/me/permissions", token=token).json()["data"]
    assert {"permission": "pages_show_list", "status": "granted"} in listed
    assert {"permission": "pages_manage_posts", "status": "declined"} in listed


def test_the_buttons_of_the_page_are_what_the_server_understands(facebook: Client) -> None:
    page = facebook.http.get(f"{V}/dialog/oauth", params=_dialog()).text
    assert re.findall(r'name="decision" value="(\w+)"', page) == ["allow", "deny"]
    assert '<html lang="en">' in page
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    answer = answer_of(facebook.http.post(f"{V}/dialog/oauth", data=hidden | {"decision": "allow"}))
    assert answer["state"] == "s-1"


def test_a_person_chooses_among_the_pages(facebook: Client) -> None:
    page = facebook.http.get(f"{V}/dialog/oauth", params=_dialog()).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    boxes = re.findall(r'type="checkbox" name="(\w+)" value="([^"]*)" checked', page)
    assert [value for name, value in boxes if name == "page"] == [one.id for one in PAGES]
    scopes = [value for name, value in boxes if name == "granted"]
    for chosen in ([PAGES[1].id], []):
        form = hidden | {"decision": "allow", "granted": scopes, "page": chosen}
        code = answer_of(facebook.http.post(f"{V}/dialog/oauth", data=form))["code"]
        token = facebook.redeem(code).json()["access_token"]
        shown = facebook.get("/me/accounts", token=token).json()["data"]
        assert [one["id"] for one in shown] == chosen
    assert len(facebook.get("/me/accounts", token=facebook.link().user_token).json()["data"]) == len(PAGES)


def test_what_was_declined_is_asked_for_again_only_on_request(facebook: Client) -> None:
    facebook.link()
    facebook.control("/scopes", {"remove": ["pages_manage_posts"]})
    assert "pages_manage_posts" not in re.findall(
        r'name="granted" value="(\w+)"', facebook.http.get(f"{V}/dialog/oauth", params=_dialog()).text
    )
    facebook.code()
    assert facebook.control("/scopes")["scopes"]["pages_manage_posts"] == "declined"
    facebook.code(auth_type="rerequest")
    assert facebook.control("/scopes")["scopes"]["pages_manage_posts"] == "granted"


def test_there_is_no_pkce_without_openid(facebook: Client) -> None:
    code = answer_of(facebook.code(code_challenge="x" * 43, code_challenge_method="S256"))["code"]
    assert error_of(facebook.redeem(code, code_verifier="y" * 43)) == (400, 1, None)
    assert facebook.redeem(code).status_code == 200


def test_denying_sends_back_access_denied(facebook: Client) -> None:
    answer = answer_of(facebook.http.post(f"{V}/dialog/oauth", data=_dialog() | {"decision": "deny"}))
    assert answer["error"] == "access_denied"
    assert answer["state"] == "s-1"
    assert "code" not in answer


@pytest.mark.parametrize(
    "wrong", [{"client_id": "other"}, {"redirect_uri": "javascript:alert(1)"}, {"scope": "pages_everything"}]
)
def test_a_wrong_dialog_is_a_page_and_no_redirect(facebook: Client, wrong: dict[str, str]) -> None:
    answer = facebook.code(**wrong)
    assert answer.status_code == 400
    assert "does not work" in answer.text


def test_a_code_works_once(facebook: Client) -> None:
    code = answer_of(facebook.code())["code"]
    first = facebook.redeem(code)
    assert first.json()["expires_in"] == 5_400
    assert error_of(facebook.redeem(code)) == (400, 100, 36009)


def test_a_code_needs_its_own_redirect_uri_the_secret_and_ten_minutes(facebook: Client, clock: Clock) -> None:
    code = answer_of(facebook.code())["code"]
    assert error_of(facebook.redeem(code, redirect_uri=CALLBACK + "/")) == (400, 100, 36008)
    assert error_of(facebook.redeem(code, client_secret="guess"))[1] == 1
    assert error_of(facebook.redeem(code, client_id="other"))[1] == 101
    clock.seconds += 600
    assert error_of(facebook.redeem(code)) == (400, 100, 36007)


def test_exchange_gives_sixty_days_and_an_expired_token_cannot_be_exchanged(
    facebook: Client, clock: Clock
) -> None:
    short = facebook.redeem(answer_of(facebook.code())["code"]).json()["access_token"]
    assert facebook.exchange(short).json()["expires_in"] == 60 * 86_400
    clock.seconds += 5_400
    assert error_of(facebook.exchange(short)) == (400, 190, 463)
    assert error_of(facebook.get("/me", token=short)) == (400, 190, 463)


def test_accounts_are_paged_by_cursor_and_the_next_link_holds_no_token(facebook: Client) -> None:
    facebook.link(scope=f"{SCOPES},instagram_basic")
    fields = "id,name,access_token,instagram_business_account"
    first = facebook.get("/me/accounts", token=facebook.user_token, limit="1", fields=fields).json()
    assert [page["name"] for page in first["data"]] == [PAGES[0].name]
    assert first["data"][0]["instagram_business_account"] == {"id": PAGES[0].instagram}
    assert "access_token=" not in first["paging"]["next"]
    bearer = {"Authorization": f"Bearer {facebook.user_token}"}
    second = facebook.http.get(first["paging"]["next"], headers=bearer).json()
    assert [page["id"] for page in second["data"]] == [PAGES[1].id]
    assert "instagram_business_account" not in second["data"][0]
    assert "next" not in second["paging"]


def test_page_tokens_of_a_long_lived_token_have_no_date(facebook: Client, clock: Clock) -> None:
    facebook.link()
    clock.seconds += 61 * 86_400
    assert error_of(facebook.get("/me", token=facebook.user_token)) == (400, 190, 463)
    assert facebook.get("/me").json() == {"id": PAGE, "name": PAGES[0].name}


def test_page_tokens_of_a_short_lived_token_end_with_it(facebook: Client, clock: Clock) -> None:
    short = facebook.redeem(answer_of(facebook.code())["code"]).json()["access_token"]
    token = facebook.get("/me/accounts", token=short).json()["data"][0]["access_token"]
    clock.seconds += 5_400
    assert error_of(facebook.get("/me", token=token)) == (400, 190, 463)


def test_debug_token_tells_the_state(facebook: Client) -> None:
    facebook.link()
    app_token = f"{APP_ID}|{APP_SECRET}"
    data = facebook.get("/debug_token", token=app_token, input_token=facebook.token).json()["data"]
    assert (data["type"], data["is_valid"], data["expires_at"], data["profile_id"]) == ("PAGE", True, 0, PAGE)
    assert "pages_manage_posts" in data["scopes"]
    facebook.control("/tokens/revoke", {"page": PAGE})
    data = facebook.get("/debug_token", token=app_token, input_token=facebook.token).json()["data"]
    assert (data["is_valid"], data["error"]["subcode"]) == (False, 460)


def test_no_token_and_a_wrong_token(facebook: Client) -> None:
    assert error_of(facebook.get("/me"))[1] == 104
    answer = facebook.get("/me", token="nonsense")
    assert answer.json()["error"]["message"] == "Invalid OAuth access token - Cannot parse access token"
    assert error_of(answer) == (400, 190, None)


def test_a_token_may_travel_as_a_parameter(facebook: Client) -> None:
    facebook.link()
    assert facebook.get("/me", token="", access_token=facebook.token).json()["id"] == PAGE


def test_a_given_proof_is_checked(facebook: Client) -> None:
    facebook.link()
    proof = hmac.new(APP_SECRET.encode(), facebook.token.encode(), hashlib.sha256).hexdigest()
    assert facebook.get("/me", appsecret_proof=proof).status_code == 200
    assert error_of(facebook.get("/me", appsecret_proof="0" * 64)) == (400, 100, None)


def test_a_proof_can_be_required(tmp_path: Path) -> None:
    with serve(create_app(tmp_path, require_proof=True)) as base_url, Client(base_url) as client:
        token = client.redeem(answer_of(client.code())["code"]).json()["access_token"]
        assert error_of(client.get("/me", token=token)) == (400, 100, None)
        proof = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        assert client.get("/me", token=token, appsecret_proof=proof).status_code == 200


def test_revoked_and_expired_tokens_and_linking_again(facebook: Client) -> None:
    facebook.link()
    facebook.control("/tokens/revoke", {"page": PAGES[1].id})
    assert facebook.get("/me").status_code == 200
    facebook.control("/tokens/revoke", {"page": PAGE})
    assert error_of(facebook.post(f"/{PAGE}/feed", data={"message": "x"})) == (400, 190, 460)
    facebook.link()
    assert facebook.get("/me").status_code == 200
    facebook.control("/tokens/expire", {"all": True})
    assert error_of(facebook.get("/me")) == (400, 190, 463)
    assert error_of(facebook.get("/me", token=facebook.user_token)) == (400, 190, 463)


def test_taking_the_apps_access_away(facebook: Client) -> None:
    facebook.link()
    assert facebook.delete("/me/permissions", token=facebook.user_token).json() == {"success": True}
    assert error_of(facebook.get("/me")) == (400, 190, 458)


def test_without_pages_show_list_there_are_no_pages(facebook: Client) -> None:
    facebook.link(scope="pages_manage_posts")
    assert facebook.get("/me/accounts", token=facebook.user_token).json()["data"] == []


def test_control_calls_that_make_no_sense_are_refused(facebook: Client) -> None:
    for path, body in [
        ("/tokens/revoke", {}),
        ("/tokens/revoke", {"page": "1"}),
        ("/scopes", {"remove": ["x"]}),
    ]:
        assert facebook.http.post("/_control" + path, json=body).status_code == 400
    assert facebook.http.post("/_control/faults", json={"kind": "eror"}).status_code == 400
    assert facebook.http.post("/_control/faults", json={"kind": "slow", "tims": 3}).status_code == 400
    assert facebook.http.post("/_control/faults", content=b"{").status_code == 400
