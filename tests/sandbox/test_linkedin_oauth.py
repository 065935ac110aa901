"""The sandbox LinkedIn's consent, codes and tokens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.serving import serve
from sandbox.social.linkedin import MEMBER, create_app
from tests.sandbox.linkedin_client import AUTHORIZATION, CALLBACK, VERSIONED, Client, answer_of, error_of

DAY = 86_400


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
def linkedin(tmp_path: Path, clock: Clock) -> Iterator[Client]:
    with serve(create_app(tmp_path, now=clock, partner=True)) as base_url, Client(base_url) as client:
        yield client


def test_a_script_is_sent_back_with_code_and_state(linkedin: Client) -> None:
    redirect = linkedin.code(redirect_uri=CALLBACK + "?from=test")
    assert redirect.headers["location"].startswith(CALLBACK + "?from=test&")
    assert answer_of(redirect)["state"] == "s-1"
    assert answer_of(redirect)["code"]


def test_a_person_sees_the_scopes_and_may_leave_one_out(linkedin: Client) -> None:
    asked = linkedin.consent(scope="openid profile w_member_social", state='"><script>')
    page = linkedin.http.get(AUTHORIZATION, params=asked)
    assert page.headers["content-type"].startswith("text/html")
    assert "Yardsign" in page.text
    assert "w_member_social" in page.text
    assert "w_organization_social" not in page.text
    assert "<script>" not in page.text
    form = {**asked, "decision": "allow", "granted": ["openid", "w_member_social", "w_organization_social"]}
    code = answer_of(linkedin.http.post(AUTHORIZATION, data=form))["code"]
    assert linkedin.redeem(code=code).json()["scope"] == "openid,w_member_social"


def test_a_person_may_refuse(linkedin: Client) -> None:
    answer = answer_of(linkedin.http.post(AUTHORIZATION, data=linkedin.consent() | {"decision": "deny"}))
    assert (answer["error"], answer["state"]) == ("user_cancelled_authorize", "s-1")
    assert "code" not in answer


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"redirect_uri": "javascript:alert(1)"},
        {"response_type": "token"},
        {"scope": "openid r_everything"},
        {"scope": ""},
    ],
)
def test_a_wrong_request_goes_nowhere(linkedin: Client, changes: dict[str, str]) -> None:
    answer = linkedin.code(**changes)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_code_is_good_once_for_its_address_and_app_and_for_half_an_hour(
    linkedin: Client, clock: Clock
) -> None:
    code = answer_of(linkedin.code())["code"]
    for wrong, status, error in (
        ({"code": "made up"}, 400, "invalid_request"),
        ({"redirect_uri": CALLBACK + "/other"}, 400, "invalid_request"),
        ({"client_secret": "other"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ):
        answer = linkedin.redeem(**({"code": code} | wrong))
        assert (answer.status_code, answer.json()["error"]) == (status, error)
    answer = linkedin.redeem(code=code).json()
    assert answer["expires_in"] == 60 * DAY
    assert answer["refresh_token_expires_in"] == 365 * DAY
    assert linkedin.redeem(code=code).status_code == 400
    code = answer_of(linkedin.code())["code"]
    clock.seconds += 1_800
    assert linkedin.redeem(code=code).status_code == 400


def test_an_access_token_lives_for_sixty_days(linkedin: Client, clock: Clock) -> None:
    linkedin.link()
    clock.seconds += 60 * DAY - 1
    assert linkedin.send("GET", "/v2/userinfo").json()["sub"] == MEMBER.rpartition(":")[2]
    clock.seconds += 1
    assert error_of(linkedin.send("GET", "/v2/userinfo")) == (401, 65_602, "EXPIRED_ACCESS_TOKEN")


def test_a_refresh_token_ends_a_year_after_the_consent(linkedin: Client, clock: Clock) -> None:
    linkedin.link()
    for days, left in ((100, 265), (200, 65)):
        clock.seconds += days * DAY
        answer = linkedin.redeem(grant_type="refresh_token", refresh_token=linkedin.refresh_token).json()
        assert answer["refresh_token"] == linkedin.refresh_token
        assert (answer["expires_in"], answer["refresh_token_expires_in"]) == (60 * DAY, left * DAY)
    clock.seconds += 65 * DAY
    refused = linkedin.redeem(grant_type="refresh_token", refresh_token=linkedin.refresh_token)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_rotation(linkedin: Client) -> None:
    linkedin.link()
    linkedin.control("/app", {"rotates": True})
    answer = linkedin.redeem(grant_type="refresh_token", refresh_token=linkedin.refresh_token).json()
    assert answer["refresh_token"] != linkedin.refresh_token
    for token, status in ((linkedin.refresh_token, 400), (answer["refresh_token"], 200)):
        assert linkedin.redeem(grant_type="refresh_token", refresh_token=token).status_code == status


def test_only_partners_are_given_refresh_tokens(linkedin: Client) -> None:
    linkedin.control("/app", {"partner": False})
    assert linkedin.link().refresh_token == ""


def test_revoked_and_wrong_tokens(linkedin: Client) -> None:
    linkedin.link()
    assert linkedin.control("/tokens/revoke", {})["ended"] == 2
    assert error_of(linkedin.send("GET", "/v2/userinfo")) == (401, 65_601, "REVOKED_ACCESS_TOKEN")
    linkedin.token = "made up"
    assert error_of(linkedin.publish()) == (401, 65_600, "INVALID_ACCESS_TOKEN")
    linkedin.link().token = linkedin.refresh_token
    assert error_of(linkedin.publish()) == (401, 65_600, "INVALID_ACCESS_TOKEN")


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"LinkedIn-Version": ""}, (400, None, "VERSION_MISSING")),
        ({"LinkedIn-Version": "2026-07"}, (400, None, "INVALID_VERSION")),
        ({"LinkedIn-Version": "202613"}, (400, None, "INVALID_VERSION")),
        ({"LinkedIn-Version": "202501"}, (426, None, "NONEXISTENT_VERSION")),
        ({"LinkedIn-Version": "209901"}, (426, None, "NONEXISTENT_VERSION")),
        ({"X-Restli-Protocol-Version": "1.0.0"}, (400, None, "BAD_REQUEST")),
    ],
)
def test_every_call_names_version_and_protocol(
    linkedin: Client, headers: dict[str, str], error: tuple[int, None, str]
) -> None:
    linkedin.link()
    for method, path in (
        ("GET", "/rest/organizationAcls?q=roleAssignee"),
        ("POST", "/rest/posts"),
        ("POST", "/rest/images?action=initializeUpload"),
        ("DELETE", "/rest/posts/urn:li:share:1"),
    ):
        assert error_of(linkedin.send(method, path, headers=VERSIONED | headers)) == error


def test_the_organizations_of_the_member(linkedin: Client) -> None:
    linkedin.link()
    listed = linkedin.send("GET", "/rest/organizationAcls?q=roleAssignee").json()["elements"]
    assert [one["role"] for one in listed] == ["ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "ANALYST"]
    assert (
        linkedin.send("GET", "/rest/organizations/2414183").json()["localizedName"] == "Juniper & Vale Realty"
    )
    assert linkedin.send("GET", "/rest/organizations/1").status_code == 404
    linkedin.link(scope="openid w_member_social")
    refused = linkedin.send("GET", "/rest/organizationAcls?q=roleAssignee")
    assert error_of(refused) == (403, 100, "ACCESS_DENIED")
    assert "name" not in linkedin.send("GET", "/v2/userinfo").json()
