"""What every social platform promises."""

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

import adapters.social
from adapters.budgets import LocalBudgets
from adapters.http import WebClient
from adapters.social.tools import Tools
from domain.entities.engagement import Engagement
from domain.entities.post import Draft
from domain.entities.social_account import FoundAccount
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import SocialPlatform
from tests.contracts.social.attempts import Attempt
from tests.contracts.social.conftest import Clock
from tests.contracts.social.sandboxes import MAKES, REDIRECT_URI, VERIFIER, Sandbox

Drafts = Callable[..., Draft]
Attempts = Callable[..., Attempt]
LOST = ["lost_before", "lost_after", "error_after", "reset", "timeout"]


async def test_every_platform_has_its_sandbox(clock: Clock) -> None:
    """A module of a platform that is missing in MAKES would be found with settings for every slug."""
    web = WebClient()
    settings = {slug: make.settings("http://127.0.0.1:1") for slug, make in MAKES.items()}
    tools = Tools(web=web, budgets=LocalBudgets(), now=clock.now, sleep=clock.sleep)
    found = adapters.social.discover(tools, settings)
    assert {slug: platform.slug for slug, platform in found.items()} == {slug: slug for slug in MAKES}
    assert set(adapters.social.modules()) == set(MAKES)
    assert adapters.social.discover(tools, {}) == {}
    await web.aclose()


class TestLinking:
    """Consent and accounts."""

    async def test_accounts_after_consent(self, platform: SocialPlatform, sandbox: Sandbox) -> None:
        found = await platform.accounts(
            sandbox.consent(platform, state="a state & more"), REDIRECT_URI, VERIFIER
        )
        assert found
        assert len({account.remote_id for account in found}) == len(found)
        for account in found:
            assert account.name
            assert account.tokens.access_token
            assert account.missing_scopes == ()
            assert account.tokens.access_token not in repr(account)

    async def test_a_code_serves_once(self, platform: SocialPlatform, sandbox: Sandbox) -> None:
        code = sandbox.consent(platform)
        await platform.accounts(code, REDIRECT_URI, VERIFIER)
        with pytest.raises(ActionRequired):
            await platform.accounts(code, REDIRECT_URI, VERIFIER)
        with pytest.raises(ActionRequired):
            await platform.accounts("made up", REDIRECT_URI, VERIFIER)

    async def test_a_platform_that_does_not_answer(self, platform: SocialPlatform, sandbox: Sandbox) -> None:
        for kind in LOST:
            code = sandbox.consent(platform)
            sandbox.fault(sandbox.make.oauth, kind=kind, seconds=0.1)
            with pytest.raises(Unavailable) as caught:
                await platform.accounts(code, REDIRECT_URI, VERIFIER)
            assert not caught.value.outcome_unknown


class TestPreflight:
    """What is found before anything is sent."""

    async def test_a_good_draft(self, platform: SocialPlatform, draft: Drafts) -> None:
        limits = platform.limits
        for photos in (limits.photos_min, max(1, limits.photos_min), limits.photos_max):
            assert platform.preflight(draft(photos=photos)) == []
        assert platform.preflight(draft("x" * limits.text_characters)) == []

    async def test_everything_that_is_wrong_at_once(
        self, platform: SocialPlatform, sandbox: Sandbox, draft: Drafts
    ) -> None:
        limits = platform.limits
        bad = draft("x" * (limits.text_characters + 1), photos=limits.photos_max + 1)
        bad = dataclasses.replace(bad, photos=(*bad.photos[:-1], b"GIF89a"))
        requests = len(sandbox.log())
        problems = platform.preflight(bad)
        fields = {problem.field for problem in problems}
        assert {("text",), ("photos",), ("photos", str(limits.photos_max))} <= fields
        assert all(problem.code.isupper() and problem.message for problem in problems)
        assert len(sandbox.log()) == requests

    async def test_nothing_to_say(self, platform: SocialPlatform, draft: Drafts) -> None:
        assert platform.preflight(draft(" \n", photos=0))


class TestPublishing:
    """A post goes up, once."""

    async def test_with_as_many_photos_as_allowed(
        self, platform: SocialPlatform, sandbox: Sandbox, draft: Drafts, attempt: Attempts
    ) -> None:
        limits = platform.limits
        for photos in sorted({limits.photos_min, max(1, limits.photos_min), 3, limits.photos_max}):
            wanted = draft(f"With {photos} photos: ü 🏡 (really) #home_sweet", photos=photos)
            published = await attempt(wanted).publish()
            post = sandbox.posts()[-1]
            assert post["id"] == published.platform_post_id
            assert post["message"] == wanted.text
            assert len(post["photos"]) == photos
            assert published.url
            assert published.url.startswith("http")
        assert sandbox.staged() == 0

    async def test_a_lost_reply_is_an_unknown_outcome_and_is_found(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        draft: Drafts,
        clock: Clock,
        attempt: Attempts,
        settles_by_sending: bool,
    ) -> None:
        for number, kind in enumerate(LOST * 2):
            wanted = draft(f"Post {number}", photos=max(platform.limits.photos_min, number % 3))
            before, one = len(sandbox.posts()), attempt(wanted)
            sandbox.fault(sandbox.make.publish, method="POST", kind=kind, seconds=0.1)
            with pytest.raises(Unavailable) as caught:
                await one.publish()
            assert caught.value.outcome_unknown
            after = sandbox.posts()
            found = await one.find()
            assert len(after) - before == (kind in ("lost_after", "error_after"))
            if settles_by_sending:
                after = sandbox.posts()
                assert len(after) == before + 1, "one post, whether the first went up or not"
            assert (found.platform_post_id if found else None) == (
                after[-1]["id"] if len(after) > before else None
            )
            assert len(sandbox.posts()) == len(after), "reading never publishes"
            clock.time += timedelta(minutes=5)

    async def test_an_unknown_outcome_leaves_what_a_post_may_need(
        self, sandbox: Sandbox, draft: Drafts, attempt: Attempts
    ) -> None:
        sandbox.fault(sandbox.make.publish, method="POST", kind="lost_before")
        with pytest.raises(Unavailable):
            await attempt(draft(photos=2)).publish()
        assert sandbox.staged() == 2

    async def test_before_the_post_is_sent_no_outcome_is_unknown(
        self, sandbox: Sandbox, draft: Drafts, attempt: Attempts
    ) -> None:
        for kind in LOST:
            staged = sandbox.staged()
            sandbox.fault(sandbox.make.upload, kind=kind, after=1, seconds=0.1)
            with pytest.raises(Unavailable) as caught:
                await attempt(draft(photos=3)).publish()
            assert not caught.value.outcome_unknown
            assert sandbox.posts() == []
            # A photo whose reply was lost has no name by which it could be removed.
            lost = kind in ("lost_after", "error_after")
            assert sandbox.staged() - staged == lost + sandbox.make.keeps_uploads

    async def test_a_refusal_leaves_nothing_behind(
        self, sandbox: Sandbox, draft: Drafts, account: FoundAccount, attempt: Attempts
    ) -> None:
        for match in (sandbox.make.upload, sandbox.make.publish):
            sandbox.fault(match, **sandbox.make.refused)
            with pytest.raises(Rejected) as caught:
                await attempt(draft(photos=2)).publish()
            assert account.tokens.access_token not in str(caught.value)
            assert sandbox.posts() == []
            assert sandbox.staged() == 0 or sandbox.make.keeps_uploads

    async def test_throttled(self, sandbox: Sandbox, draft: Drafts, attempt: Attempts) -> None:
        for match in (sandbox.make.upload, sandbox.make.publish):
            sandbox.fault(match, **sandbox.make.throttled)
            with pytest.raises(Unavailable) as caught:
                await attempt(draft(photos=2)).publish()
            assert caught.value.retry_after == sandbox.make.throttled_seconds
            assert not caught.value.outcome_unknown
            assert sandbox.posts() == []
            assert sandbox.staged() == 0 or sandbox.make.keeps_uploads

    async def test_never_two_posts(self, sandbox: Sandbox, draft: Drafts, attempt: Attempts) -> None:
        """Publishing, and on an unknown outcome looking before trying again, leaves one post per draft."""
        for number in range(20):
            wanted = draft(f"Home number {number}")
            one = attempt(wanted)
            sandbox.fault(sandbox.make.publish, method="POST", kind=LOST[number % 4], times=1 + number % 2)
            for _ in range(4):
                with suppress(Unavailable):
                    if one.step is not None and await one.find():
                        break
                    await one.publish()
                    break
            sandbox.heal()
            assert [post["message"] for post in sandbox.posts()].count(wanted.text) == 1


class TestFinding:
    """Looking for what an attempt may have left."""

    async def test_nothing(self, sandbox: Sandbox, attempt: Attempts, settles_by_sending: bool) -> None:
        one = attempt()
        assert await one.find() is None, "nothing is prepared, so nothing was sent"
        await one.prepare()
        found = await one.find()
        assert len(sandbox.posts()) == (found is not None) == settles_by_sending

    async def test_older_posts_are_not_it(
        self,
        sandbox: Sandbox,
        draft: Drafts,
        clock: Clock,
        attempt: Attempts,
        settles_by_sending: bool,
    ) -> None:
        first = await attempt(draft("Again")).publish()
        clock.time += timedelta(hours=1)
        one = attempt(draft("Again"))
        await one.prepare()
        assert await one.find() == (first if settles_by_sending else None)
        second = await one.publish()
        assert (second == first) == sandbox.make.knows_duplicates
        assert await one.find() == (second if settles_by_sending or second != first else None)

    async def test_of_the_same_text_the_nearest_is_it(
        self, draft: Drafts, clock: Clock, attempt: Attempts
    ) -> None:
        one = attempt(draft("Again", photos=1))
        first = await one.publish()
        clock.time += timedelta(hours=1)
        second = await attempt(draft("Again", photos=2)).publish()
        assert await one.find() == first != second

    async def test_among_many(self, draft: Drafts, attempt: Attempts) -> None:
        one = attempt(draft("The first"))
        first = await one.publish()
        for number in range(30):
            await attempt(draft(f"Another {number}")).publish()
        assert await one.find() == first

    async def test_a_removed_post_is_not_found(
        self, platform: SocialPlatform, account: FoundAccount, attempt: Attempts
    ) -> None:
        one = attempt()
        published = await one.publish()
        await platform.unpublish(account.tokens, account.remote_id, published.platform_post_id)
        assert await one.find() != published

    async def test_a_passing_fault_while_reading_is_survived(
        self, sandbox: Sandbox, clock: Clock, attempt: Attempts, settles_by_sending: bool
    ) -> None:
        one = attempt()
        published = await one.publish()
        if settles_by_sending:
            sandbox.fault(sandbox.make.publish, kind="status", status=502)
            with pytest.raises(Unavailable) as caught:
                await one.find()
            assert not caught.value.outcome_unknown
            assert await one.find() == published
            return
        sandbox.fault("any", method="GET", kind="reset")
        sandbox.fault("any", method="GET", kind="status", status=502)
        assert await one.find() == published
        assert len(clock.slept) == 2
        sandbox.fault("any", method="GET", kind="status", status=502, times=None)
        with pytest.raises(Unavailable) as caught:
            await one.find()
        assert not caught.value.outcome_unknown


class TestUnpublishing:
    """A post comes down, and that is certain."""

    @pytest.fixture
    async def post_id(self, platform: SocialPlatform, draft: Drafts, attempt: Attempts) -> str:
        photos = max(1, platform.limits.photos_min)
        return (await attempt(draft(photos=photos)).publish()).platform_post_id

    async def test_once_and_twice(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, post_id: str
    ) -> None:
        for _ in range(2):
            await platform.unpublish(account.tokens, account.remote_id, post_id)
            assert sandbox.posts() == []

    async def test_removed_by_hand_is_success(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, post_id: str
    ) -> None:
        sandbox.remove_by_hand(post_id)
        await platform.unpublish(account.tokens, account.remote_id, post_id)

    async def test_other_posts_stay(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        draft: Drafts,
        account: FoundAccount,
        post_id: str,
        attempt: Attempts,
    ) -> None:
        other = await attempt(draft("Another")).publish()
        await platform.unpublish(account.tokens, account.remote_id, post_id)
        assert [post["id"] for post in sandbox.posts()] == [other.platform_post_id]

    async def test_trying_again_after_any_fault_ends_it(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        draft: Drafts,
        account: FoundAccount,
        attempt: Attempts,
    ) -> None:
        for kind in LOST:
            post_id = (await attempt(draft(kind)).publish()).platform_post_id
            sandbox.fault(sandbox.make.unpublish, kind=kind, seconds=0.1)
            with pytest.raises(Unavailable):
                await platform.unpublish(account.tokens, account.remote_id, post_id)
            await platform.unpublish(account.tokens, account.remote_id, post_id)
            assert sandbox.posts() == []

    async def test_throttled(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, post_id: str
    ) -> None:
        sandbox.fault(sandbox.make.unpublish, **sandbox.make.throttled)
        with pytest.raises(Unavailable) as caught:
            await platform.unpublish(account.tokens, account.remote_id, post_id)
        assert caught.value.retry_after == sandbox.make.throttled_seconds
        assert len(sandbox.posts()) == 1

    async def test_refused_for_good(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, post_id: str
    ) -> None:
        sandbox.fault(sandbox.make.unpublish, **sandbox.make.refused)
        with pytest.raises(Rejected):
            await platform.unpublish(account.tokens, account.remote_id, post_id)
        assert len(sandbox.posts()) == 1


class TestEngagement:
    """How posts do."""

    async def test_figures_come_as_they_are_and_a_post_that_is_gone_is_told(
        self, platform: SocialPlatform, sandbox: Sandbox, clock: Clock, draft: Drafts
    ) -> None:
        account = (await platform.accounts(sandbox.consent(platform), REDIRECT_URI, VERIFIER))[-1]
        wanted = dataclasses.replace(draft(), account_id=account.remote_id)
        post_id = (await Attempt(platform, account, wanted, clock).publish()).platform_post_id

        async def told() -> Engagement:
            return await platform.engagement(account.tokens, account.remote_id, post_id)

        assert await told() == Engagement(**dict.fromkeys(sandbox.make.figures, 0))
        figures = {name: 10 + place for place, name in enumerate(sandbox.make.figures)}
        sandbox.set_figures(post_id, figures)
        assert [await told(), await told()] == [Engagement(**figures)] * 2
        sandbox.remove_by_hand(post_id)
        with pytest.raises(NotFound):
            await told()


class TestRevoked:
    """A login that was taken back."""

    async def test_everything_asks_to_connect_again(
        self,
        platform: SocialPlatform,
        sandbox: Sandbox,
        draft: Drafts,
        account: FoundAccount,
        attempt: Attempts,
    ) -> None:
        one = attempt()
        post = await one.publish()
        sandbox.control("tokens/revoke", {"all": True})
        with pytest.raises(ActionRequired) as caught:
            await attempt(draft(photos=2)).publish()
        assert account.tokens.access_token not in str(caught.value)
        with pytest.raises(ActionRequired):
            await one.find()
        with pytest.raises(ActionRequired):
            await platform.unpublish(account.tokens, account.remote_id, post.platform_post_id)
        assert len(sandbox.posts()) == 1

    async def test_connecting_again_mends_it(
        self, platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, attempt: Attempts
    ) -> None:
        post = await attempt().publish()
        sandbox.control("tokens/revoke", {"all": True})
        (again, *_) = await platform.accounts(sandbox.consent(platform), REDIRECT_URI, VERIFIER)
        assert again.remote_id == account.remote_id
        await platform.unpublish(again.tokens, again.remote_id, post.platform_post_id)
        assert sandbox.posts() == []
