"""What LinkedIn does that other platforms do not."""

import dataclasses
import itertools
from collections.abc import Callable
from datetime import date, timedelta

import pytest

import adapters.social
from adapters.budgets import LocalBudgets
from adapters.http import WebClient
from adapters.social.linkedin import LinkedIn
from adapters.social.tools import Tools
from domain.entities.engagement import Engagement
from domain.entities.post import Draft
from domain.entities.social_account import FoundAccount, SocialTokens
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import SocialPlatform
from sandbox.social import linkedin
from tests.contracts.social import test_platforms
from tests.contracts.social.attempts import Attempt
from tests.contracts.social.conftest import Clock
from tests.contracts.social.sandboxes import CHALLENGE, REDIRECT_URI, VERIFIER, Sandbox

Drafts = Callable[..., Draft]
Attempts = Callable[..., Attempt]
DAY = timedelta(days=1)


@pytest.fixture
def slug() -> str:
    return "linkedin"


@pytest.fixture
async def found(platform: SocialPlatform, sandbox: Sandbox) -> list[FoundAccount]:
    return await platform.accounts(sandbox.consent(platform), REDIRECT_URI, VERIFIER)


@pytest.fixture
def organization(found: list[FoundAccount]) -> FoundAccount:
    return found[1]


class OfOrganizations:
    """The posts of an organization can be read."""

    @pytest.fixture
    def account(self, organization: FoundAccount) -> FoundAccount:
        return organization

    @pytest.fixture
    def settles_by_sending(self) -> bool:
        return False


class TestPublishingOfOrganizations(OfOrganizations, test_platforms.TestPublishing):
    """A post goes up, once."""


class TestFindingOfOrganizations(OfOrganizations, test_platforms.TestFinding):
    """Looking for what an attempt may have left."""


class TestUnpublishingOfOrganizations(OfOrganizations, test_platforms.TestUnpublishing):
    """A post comes down, and that is certain."""


class TestLinking:
    """Consent, accounts, and logins that end."""

    async def test_the_member_and_the_organizations_they_may_post_for(
        self, found: list[FoundAccount], clock: Clock
    ) -> None:
        assert [(account.remote_id, account.name) for account in found] == [
            (linkedin.MEMBER, "Robin Sandoval"),
            ("urn:li:organization:2414183", "Juniper & Vale Realty"),
            ("urn:li:organization:2414184", "Harbor Lane Homes"),
        ]
        assert {account.login_id for account in found} == {linkedin.MEMBER.rpartition(":")[2]}
        assert {account.expires_at for account in found} == {clock.time + 60 * DAY}
        assert {account.tokens.refresh_token is None for account in found} == {False}

    async def test_scopes_that_were_not_granted_are_named(
        self, platform: SocialPlatform, sandbox: Sandbox
    ) -> None:
        code = sandbox.consent(platform)
        sandbox.control("scopes", {"remove": ["w_member_social", "r_organization_social"]})
        member, *organizations = await platform.accounts(code, REDIRECT_URI, VERIFIER)
        assert member.missing_scopes == ("w_member_social",)
        assert [one.missing_scopes for one in organizations] == [("r_organization_social",)] * 2
        code = sandbox.consent(platform)
        sandbox.control("scopes", {"remove": ["rw_organization_admin"]})
        assert len(await platform.accounts(code, REDIRECT_URI, VERIFIER)) == 1
        code = sandbox.consent(platform)
        sandbox.control("scopes", {"remove": ["openid"]})
        with pytest.raises(ActionRequired, match="openid"):
            await platform.accounts(code, REDIRECT_URI, VERIFIER)

    async def test_organizations_are_asked_for_by_setting_only(
        self, platform: SocialPlatform, clock: Clock
    ) -> None:
        web = WebClient()
        tools = Tools(web=web, budgets=LocalBudgets(), now=clock.now, sleep=clock.sleep)
        settings = {"linkedin": {"client_id": "1", "client_secret": "2", "organizations": ""}}
        plain = adapters.social.discover(tools, settings)["linkedin"]
        assert (
            "scope=openid+profile+w_member_social&"
            in plain.authorization_url("s", REDIRECT_URI, CHALLENGE) + "&"
        )
        assert "organization" in platform.authorization_url("s", REDIRECT_URI, CHALLENGE)
        assert CHALLENGE not in platform.authorization_url("s", REDIRECT_URI, CHALLENGE)
        await web.aclose()

    async def test_a_code_of_another_address_is_refused(
        self, platform: SocialPlatform, sandbox: Sandbox
    ) -> None:
        with pytest.raises(ActionRequired):
            await platform.accounts(sandbox.consent(platform), REDIRECT_URI + "/other", VERIFIER)

    async def test_a_login_is_renewed_for_partners(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        account: FoundAccount,
        clock: Clock,
        attempt: Attempts,
    ) -> None:
        clock.time += 61 * DAY
        with pytest.raises(ActionRequired):
            await attempt().publish()
        renewed = await platform.renew(account.tokens)
        assert renewed.expires_at == clock.time + 60 * DAY
        assert renewed.tokens.refresh_token == account.tokens.refresh_token
        await attempt(by=dataclasses.replace(account, tokens=renewed.tokens)).publish()
        sandbox.control("app", {"rotates": True})
        rotated = (await platform.renew(account.tokens)).tokens
        assert rotated.refresh_token not in (None, account.tokens.refresh_token)
        with pytest.raises(ActionRequired):
            await platform.renew(account.tokens)
        clock.time += 304 * DAY
        with pytest.raises(ActionRequired):
            await platform.renew(rotated)

    async def test_what_cannot_be_renewed(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount
    ) -> None:
        with pytest.raises(ActionRequired):
            await platform.renew(SocialTokens(access_token=account.tokens.access_token))
        for kind in ("lost_after", "error_after", "reset"):
            sandbox.fault("/accessToken", kind=kind)
            with pytest.raises(Unavailable) as caught:
                await platform.renew(account.tokens)
            assert not caught.value.outcome_unknown
        sandbox.control("tokens/revoke", {})
        with pytest.raises(ActionRequired):
            await platform.renew(account.tokens)


class TestText:
    """What is escaped counts, and nothing is cut."""

    async def test_the_length_is_that_of_the_escaped_text(
        self, platform: SocialPlatform, sandbox: Sandbox, draft: Drafts, attempt: Attempts
    ) -> None:
        assert platform.preflight(draft("(" * 1_500)) == []
        (problem,) = platform.preflight(draft("(" * 1_500 + "x"))
        assert (problem.code, problem.field) == ("TEXT_TOO_LONG", ("text",))
        await attempt(draft("(" * 1_500)).publish()
        with pytest.raises(Rejected):
            await attempt(draft("(" * 1_500 + "x")).publish()
        assert [post["message"] for post in sandbox.posts()] == ["(" * 1_500]

    async def test_hashtags_stay_links(self, sandbox: Sandbox, draft: Drafts, attempt: Attempts) -> None:
        await attempt(draft("12 Juniper Ln #4 (view!) #home_sweet #forsale")).publish()
        (post,) = sandbox.posts()
        assert post["message"] == "12 Juniper Ln #4 (view!) #home_sweet #forsale"
        assert post["hashtags"] == ["home_sweet", "forsale"]

    async def test_descriptions_of_photos(self, sandbox: Sandbox, draft: Drafts, attempt: Attempts) -> None:
        wanted = dataclasses.replace(draft(photos=3), alt_texts=("The garden", None, "x" * 5_000))
        await attempt(wanted).publish()
        (post,) = sandbox.posts()
        assert post["alt_texts"] == ["The garden", "", "x" * 300]


class TestSettling:
    """A lost post of a member, whose posts nobody can read."""

    @pytest.mark.parametrize("photos", [0, 2])
    async def test_the_same_content_is_sent_once_more_without_its_bytes(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        account: FoundAccount,
        draft: Drafts,
        attempt: Attempts,
        photos: int,
    ) -> None:
        """Whoever looks has the text and the step; descriptions and photos are known by the step alone."""
        for number, kind in enumerate(["lost_before", "lost_after"]):
            wanted = draft(f"Home {number}", photos=photos)
            one = attempt(wanted)
            sandbox.fault("/posts$", kind=kind)
            with pytest.raises(Unavailable):
                await one.publish()
            bare = dataclasses.replace(wanted, photos=(), alt_texts=())
            again = await platform.find(account.tokens, bare, one.since, one.step or "")
            (post,) = [post for post in sandbox.posts() if post["message"] == wanted.text]
            assert again is not None
            assert again.platform_post_id == post["id"]
            assert post["alt_texts"] == [f"Photo {place}" for place in range(photos)]

    async def test_losing_the_second_answer_too_leaves_one_post(
        self, sandbox: Sandbox, attempt: Attempts
    ) -> None:
        one = attempt()
        sandbox.fault("/posts$", kind="lost_after", times=3)
        with pytest.raises(Unavailable):
            await one.publish()
        for _ in range(2):
            with pytest.raises(Unavailable) as caught:
                await one.find()
            assert not caught.value.outcome_unknown
        assert await one.find()
        assert len(sandbox.posts()) == 1

    async def test_content_that_may_be_forgotten_is_not_sent(
        self, sandbox: Sandbox, clock: Clock, attempt: Attempts
    ) -> None:
        one = attempt()
        await one.prepare()
        clock.time += timedelta(hours=24, seconds=1)
        with pytest.raises(Rejected):
            await one.find()
        assert sandbox.posts() == []

    async def test_the_same_content_of_another_author_is_no_duplicate(
        self,
        sandbox: Sandbox,
        account: FoundAccount,
        organization: FoundAccount,
        draft: Drafts,
        attempt: Attempts,
    ) -> None:
        posts = [
            await attempt(dataclasses.replace(draft(), account_id=by.remote_id), by).publish()
            for by in (account, organization)
        ]
        assert len({post.platform_post_id for post in posts}) == len(sandbox.posts()) == 2

    async def test_a_removed_post_is_adopted_by_no_organization(
        self, sandbox: Sandbox, organization: FoundAccount, draft: Drafts, attempt: Attempts
    ) -> None:
        """LinkedIn was seen naming posts that are gone, for a day or two."""
        wanted = dataclasses.replace(draft(), account_id=organization.remote_id)
        await attempt(wanted, organization).publish()
        sandbox.fault("/posts/", method="GET", kind="error", code=0, status=404)
        with pytest.raises(Rejected):
            await attempt(wanted, organization).publish()


class TestAnswers:
    """Answers that are none, or of a kind of their own."""

    async def test_a_post_without_a_name_is_an_unknown_outcome(
        self, sandbox: Sandbox, attempt: Attempts
    ) -> None:
        sandbox.fault("/posts$", kind="success_false")
        with pytest.raises(Unavailable) as caught:
            await attempt().publish()
        assert caught.value.outcome_unknown

    async def test_a_version_that_has_ended(
        self, platform: LinkedIn, sandbox: Sandbox, account: FoundAccount, attempt: Attempts
    ) -> None:
        post = await attempt().publish()
        sandbox.control("app", {"versions": ["202701", "202712"]})
        for call in (
            attempt().publish(),
            platform.unpublish(account.tokens, account.remote_id, post.platform_post_id),
        ):
            with pytest.raises(Unavailable, match="version") as caught:
                await call
            assert not caught.value.outcome_unknown
        assert platform.version.ends_on == date(2027, 7, 15)

    async def test_the_day_of_a_member_ends_at_midnight(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        account: FoundAccount,
        clock: Clock,
        draft: Drafts,
        attempt: Attempts,
    ) -> None:
        sandbox.control("app", {"day_limit": 1})
        first = await attempt().publish()
        with pytest.raises(Unavailable) as caught:
            await attempt(draft("Another")).publish()
        assert caught.value.retry_after == 12 * 3_600
        requests = len(sandbox.log())
        with pytest.raises(Unavailable):
            await attempt(draft("Another")).publish()
        assert len(sandbox.log()) == requests, "nobody asks again before"
        await platform.unpublish(account.tokens, account.remote_id, first.platform_post_id)
        clock.time += timedelta(seconds=caught.value.retry_after)
        await attempt(draft("Another")).publish()

    async def test_a_missing_permission_is_no_removal(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        found: list[FoundAccount],
        draft: Drafts,
        attempt: Attempts,
    ) -> None:
        for by, scope in zip(found, ("w_member_social", "w_organization_social"), strict=False):
            post = await attempt(dataclasses.replace(draft(), account_id=by.remote_id), by).publish()
            sandbox.control("scopes", {"remove": [scope]})
            with pytest.raises(ActionRequired, match="permission"):
                await platform.unpublish(by.tokens, by.remote_id, post.platform_post_id)
            assert post.platform_post_id in {post["id"] for post in sandbox.posts()}

    async def test_no_secret_is_in_a_url(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        account: FoundAccount,
        draft: Drafts,
        attempt: Attempts,
    ) -> None:
        post = await attempt(draft(photos=1)).publish()
        await platform.renew(account.tokens)
        await platform.unpublish(account.tokens, account.remote_id, post.platform_post_id)
        log = [entry for entry in sandbox.log() if "/authorization" not in entry["path"]]
        assert len(log) >= 8
        secrets = (account.tokens.access_token, account.tokens.refresh_token, linkedin.CLIENT_SECRET, "code=")
        assert not [
            entry
            for entry, secret in itertools.product(log, secrets)
            if secret in f"{entry['path']}?{entry['query']}"
        ]


class TestEngagement:
    """How posts do."""

    async def test_of_an_organization(
        self,
        platform: LinkedIn,
        sandbox: Sandbox,
        organization: FoundAccount,
        draft: Drafts,
        attempt: Attempts,
    ) -> None:
        wanted = dataclasses.replace(draft(), account_id=organization.remote_id)
        post_id = (await attempt(wanted, organization).publish()).platform_post_id
        figures = {"impressionCount": 41, "clickCount": 5, "likeCount": 3, "commentCount": 2, "shareCount": 1}
        sandbox.control(f"posts/{post_id}/figures", figures)
        told = await platform.engagement(organization.tokens, organization.remote_id, post_id)
        assert told == Engagement(views=41, clicks=5, likes=3, comments=2, shares=1)
        sandbox.control(f"posts/{post_id}/remove", {})
        with pytest.raises(NotFound):
            await platform.engagement(organization.tokens, organization.remote_id, post_id)
        sandbox.control("tokens/revoke", {})
        with pytest.raises(ActionRequired):
            await platform.engagement(organization.tokens, organization.remote_id, post_id)

    async def test_of_a_member_nothing_is_told(
        self, platform: LinkedIn, sandbox: Sandbox, account: FoundAccount, attempt: Attempts
    ) -> None:
        post = await attempt().publish()
        requests = len(sandbox.log())
        assert (
            await platform.engagement(account.tokens, account.remote_id, post.platform_post_id)
            == Engagement()
        )
        assert len(sandbox.log()) == requests


async def test_nothing_comes_by_itself(platform: LinkedIn) -> None:
    assert platform.challenge({"hub.challenge": "1"}) is None
    with pytest.raises(Rejected):
        platform.news({}, b"{}")
