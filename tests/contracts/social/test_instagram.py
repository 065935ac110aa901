"""What Instagram does that other platforms do not."""

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters.social.instagram import SCOPES, Instagram
from domain.entities.engagement import Engagement
from domain.entities.post import Draft
from domain.entities.social_account import FoundAccount
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import SocialPlatform
from tests.contracts.social.attempts import Attempt
from tests.contracts.social.conftest import Clock
from tests.contracts.social.sandboxes import REDIRECT_URI, VERIFIER, Sandbox

Drafts = Callable[..., Draft]
Attempts = Callable[..., Attempt]
DAY = timedelta(days=1)


@pytest.fixture
def slug() -> str:
    return "instagram"


def set_up(sandbox: Sandbox, **settings: object) -> None:
    """How the sandbox treats containers from now on."""
    sandbox.control("instagram/settings", settings)


async def unpublish(platform: SocialPlatform, account: FoundAccount, post_id: str) -> None:
    await platform.unpublish(account.tokens, account.remote_id, post_id)


class TestAccounts:
    """Instagram's accounts come with the Pages."""

    async def test_those_of_pages_that_have_one(self, account: FoundAccount) -> None:
        assert account.name == "@juniper.vale.realty"
        assert account.remote_id == "17841400000000501"
        assert account.login_id
        assert account.expires_at is None

    async def test_scopes_that_were_not_granted_are_named(
        self, platform: SocialPlatform, sandbox: Sandbox
    ) -> None:
        missing = ["instagram_manage_contents", "instagram_manage_insights"]
        code = sandbox.consent(platform)
        sandbox.control("scopes", {"remove": missing})
        (found,) = await platform.accounts(code, REDIRECT_URI, VERIFIER)
        assert found.missing_scopes == tuple(missing)
        assert set(missing) < set(SCOPES)

    @pytest.mark.parametrize("scope", ["pages_show_list", "instagram_basic"])
    async def test_without_sight_of_accounts_there_are_none(
        self, platform: SocialPlatform, sandbox: Sandbox, scope: str
    ) -> None:
        code = sandbox.consent(platform)
        sandbox.control("scopes", {"remove": [scope]})
        assert await platform.accounts(code, REDIRECT_URI, VERIFIER) == []

    async def test_a_login_cannot_be_renewed(self, platform: SocialPlatform, account: FoundAccount) -> None:
        with pytest.raises(ActionRequired):
            await platform.renew(account.tokens)

    async def test_no_secret_is_in_a_url(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, attempt: Attempts
    ) -> None:
        post = await attempt().publish()
        await unpublish(platform, account, post.platform_post_id)
        log = [entry for entry in sandbox.log() if "/dialog/" not in entry["path"]]
        assert len(log) >= 8
        for entry in log:
            names = {part.partition("=")[0] for part in entry["query"].split("&")}
            assert not names & {"access_token", "client_secret", "code", "fb_exchange_token"}


class TestContainers:
    """From the photos to a container that is finished."""

    async def test_it_is_asked_for_once_a_minute(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, draft: Drafts, clock: Clock
    ) -> None:
        wanted = draft(photos=2)
        waiting = await platform.prepare(account.tokens, wanted, None)
        assert waiting.wait == 60
        clock.time += timedelta(seconds=60)
        ready = await platform.prepare(account.tokens, wanted, waiting.step)
        assert ready.wait is None
        assert sandbox.staged() == 2
        assert sandbox.posts() == []

    async def test_alternative_texts_go_along(
        self, sandbox: Sandbox, draft: Drafts, attempt: Attempts
    ) -> None:
        await attempt(draft(photos=2)).prepare()
        assert [photo["alt_text"] for photo in sandbox.staged_photos()] == ["Photo 0", "Photo 1"]

    async def test_after_five_minutes_it_is_put_off_and_still_goes_up(
        self, sandbox: Sandbox, clock: Clock, attempt: Attempts
    ) -> None:
        set_up(sandbox, seconds=900)
        one = attempt()
        began = clock.time
        with pytest.raises(Unavailable) as caught:
            await one.prepare()
        assert clock.time - began == timedelta(minutes=4)
        assert caught.value.retry_after == 60
        assert not caught.value.outcome_unknown
        clock.time += timedelta(minutes=11)
        await one.publish()
        assert len(sandbox.posts()) == 1

    async def test_an_expired_container_is_made_anew(
        self, sandbox: Sandbox, clock: Clock, attempt: Attempts
    ) -> None:
        one = attempt()
        first = await one.prepare()
        clock.time += DAY
        assert sandbox.staged() == 0
        await one.publish()
        assert len(sandbox.posts()) == 1
        assert one.step != first

    async def test_one_that_expires_before_it_is_published(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        account: FoundAccount,
        clock: Clock,
        attempt: Attempts,
    ) -> None:
        one = attempt()
        step = await one.prepare()
        clock.time += DAY
        with pytest.raises(Unavailable) as caught:
            await platform.publish(account.tokens, one.draft, step)
        assert not caught.value.outcome_unknown
        await one.publish()
        assert len(sandbox.posts()) == 1

    async def test_a_failure_for_good_is_told(self, sandbox: Sandbox, attempt: Attempts) -> None:
        set_up(sandbox, error=2207009)
        with pytest.raises(Rejected, match="2207009"):
            await attempt().prepare()
        assert len(sandbox.staged_photos()) == 1

    async def test_a_passing_failure_is_tried_again_three_times(
        self, sandbox: Sandbox, attempt: Attempts
    ) -> None:
        set_up(sandbox, error=2207053)
        with pytest.raises(Rejected, match="2207053"):
            await attempt().prepare()
        assert sandbox.staged() == 3
        one = attempt()
        set_up(sandbox, error=2207053, seconds=0, polls=1)
        step = (await one.platform.prepare(one.account.tokens, one.draft, None)).step
        set_up(sandbox, error=None)
        one.step = step
        await one.publish()
        assert len(sandbox.posts()) == 1

    async def test_photos_that_cannot_be_fetched(
        self, sandbox: Sandbox, draft: Drafts, attempt: Attempts
    ) -> None:
        nowhere = dataclasses.replace(draft(), photo_urls=("http://127.0.0.1:1/0.jpg",))
        with pytest.raises(Unavailable) as caught:
            await attempt(nowhere).prepare()
        assert not caught.value.outcome_unknown
        with pytest.raises(Rejected, match="address"):
            await attempt(dataclasses.replace(draft(), photo_urls=())).prepare()
        assert sandbox.staged() == 0

    async def test_a_full_day_is_waited_for(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        account: FoundAccount,
        clock: Clock,
        draft: Drafts,
        attempt: Attempts,
    ) -> None:
        set_up(sandbox, quota=1)
        late = attempt(draft("Late"))
        step = await late.prepare()
        await attempt().publish()
        with pytest.raises(Unavailable) as caught:
            await platform.publish(account.tokens, late.draft, step)
        assert (caught.value.retry_after, caught.value.outcome_unknown) == (21_600, False)
        staged = sandbox.staged()
        with pytest.raises(Unavailable) as caught:
            await attempt(draft("Later")).prepare()
        assert (caught.value.retry_after, caught.value.outcome_unknown) == (21_600, False)
        assert sandbox.staged() == staged, "nothing is made for a post that has no room"
        clock.time += DAY
        await late.publish()
        assert [post["message"] for post in sandbox.posts()][1:] == ["Late"]

    async def test_without_the_permission(self, sandbox: Sandbox, attempt: Attempts) -> None:
        one = attempt()
        step = await one.prepare()
        sandbox.control("scopes", {"remove": ["instagram_content_publish"]})
        with pytest.raises(ActionRequired):
            await attempt().prepare()
        with pytest.raises(ActionRequired):
            await one.platform.publish(one.account.tokens, one.draft, step)
        assert sandbox.posts() == []


class TestPublishing:
    """media_publish, and what it left."""

    async def test_a_page_that_is_not_told_leaves_the_post_up(
        self, sandbox: Sandbox, attempt: Attempts
    ) -> None:
        sandbox.fault(r"/18\d+$", method="GET", kind="status", status=503, times=None)
        published = await attempt().publish()
        assert published.url is None
        assert published.platform_post_id == sandbox.posts()[0]["id"]

    @pytest.mark.parametrize(
        ("code", "subcode", "unknown"),
        [
            (4, 2207051, True),
            (-1, 2207001, True),
            (24, 2207008, True),
            (2, None, True),
            (9007, 2207027, False),
        ],
    )
    async def test_answers_after_which_a_post_may_be_there(
        self, sandbox: Sandbox, attempt: Attempts, code: int, subcode: int | None, unknown: bool
    ) -> None:
        sandbox.fault("/media_publish$", kind="error", code=code, subcode=subcode)
        with pytest.raises(Unavailable) as caught:
            await attempt().publish()
        assert caught.value.outcome_unknown == unknown

    async def test_a_container_that_is_published_is_never_published_again(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, attempt: Attempts
    ) -> None:
        one = attempt()
        published = await one.publish()
        assert one.step is not None
        assert json.loads(one.step)["container"] != published.platform_post_id
        with pytest.raises(Unavailable) as caught:
            await platform.prepare(account.tokens, one.draft, one.step)
        assert caught.value.outcome_unknown
        assert await one.find() == published
        assert len(sandbox.posts()) == 1

    async def test_the_text_decides_white_space_aside(self, draft: Drafts, attempt: Attempts) -> None:
        published = await attempt(draft("Two  homes\n\n at é once")).publish()
        assert await attempt(draft(" Two homes at e\u0301 once\n")).find() == published
        assert await attempt(draft("Two homes at é")).find() is None


class TestRemoval:
    """DELETE, which Instagram refuses to some."""

    @pytest.mark.parametrize("subcode", [2207073, 2207085])
    async def test_what_can_only_be_removed_by_hand(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        account: FoundAccount,
        attempt: Attempts,
        subcode: int,
    ) -> None:
        post = await attempt().publish()
        sandbox.fault("delete", kind="error", code=-1, subcode=subcode)
        with pytest.raises(Rejected):
            await unpublish(platform, account, post.platform_post_id)
        assert len(sandbox.posts()) == 1

    @pytest.mark.parametrize("scope", ["instagram_manage_contents", "instagram_basic"])
    async def test_a_missing_permission_is_not_mistaken_for_a_post_that_is_gone(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, attempt: Attempts, scope: str
    ) -> None:
        post = await attempt().publish()
        sandbox.control("scopes", {"remove": [scope]})
        with pytest.raises(ActionRequired):
            await unpublish(platform, account, post.platform_post_id)
        sandbox.control("scopes", {"grant": [scope]})
        await unpublish(platform, account, post.platform_post_id)
        assert sandbox.posts() == []


class TestEngagement:
    """Insights."""

    async def test_figures(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, attempt: Attempts
    ) -> None:
        post_id = (await attempt().publish()).platform_post_id
        figures = {"views": 120, "likes": 7, "comments": 2, "shares": 1}
        sandbox.control(f"instagram/posts/{post_id}/figures", figures | {"saved": 3})

        assert isinstance(platform, Instagram)

        async def told() -> Engagement:
            return await platform.engagement(account.tokens, account.remote_id, post_id)

        assert await told() == Engagement(**figures)
        sandbox.fault("/insights$", kind="error", code=100, times=2)
        assert await told() == Engagement(**(figures | {"views": None}))
        sandbox.control("scopes", {"remove": ["instagram_manage_insights"]})
        with pytest.raises(ActionRequired):
            await told()
        sandbox.control("scopes", {"grant": ["instagram_manage_insights"], "remove": ["instagram_basic"]})
        with pytest.raises(ActionRequired):
            await told()
        sandbox.control("scopes", {"grant": ["instagram_basic"]})
        sandbox.remove_by_hand(post_id)
        with pytest.raises(NotFound):
            await told()
