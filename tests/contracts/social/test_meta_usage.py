"""Calls to Meta pause before its limits are hit, and removals last."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.entities.post import Draft
from domain.entities.social_account import FoundAccount
from domain.errors import Unavailable
from domain.ports import SocialPlatform
from tests.contracts.social.attempts import Attempt
from tests.contracts.social.conftest import Clock
from tests.contracts.social.sandboxes import REDIRECT_URI, VERIFIER, Sandbox

Attempts = Callable[..., Attempt]


@pytest.fixture(params=["facebook", "instagram"])
def slug(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("what", ["app", "account"])
async def test_from_90_per_cent_on_nothing_is_published_and_posts_come_down(
    platform: SocialPlatform,
    sandbox: Sandbox,
    account: FoundAccount,
    clock: Clock,
    draft: Callable[..., Draft],
    attempt: Attempts,
    what: str,
) -> None:
    up = await attempt().publish()
    sandbox.control("limits", {what: 100})
    await read_until_paused(attempt)
    calls = len(sandbox.log())
    one = attempt(draft("Another", photos=2))
    with pytest.raises(Unavailable, match="hardly any more calls") as caught:
        await one.publish()
    assert 0 < (caught.value.retry_after or 0) <= 900
    assert not caught.value.outcome_unknown
    assert len(sandbox.log()) == calls

    await platform.unpublish(account.tokens, account.remote_id, up.platform_post_id)
    assert sandbox.posts() == []
    assert {entry["status"] for entry in sandbox.log()[:calls]} == {200, 302}, "no limit was hit"

    clock.time += timedelta(hours=1)
    assert (await one.publish()).platform_post_id == sandbox.posts()[0]["id"]


async def test_another_account_goes_on(
    platform: SocialPlatform, sandbox: Sandbox, draft: Callable[..., Draft], attempt: Attempts
) -> None:
    found = await platform.accounts(sandbox.consent(platform), REDIRECT_URI, VERIFIER)
    sandbox.control("limits", {"account": 100})
    await read_until_paused(attempt)
    for other in found[1:]:
        await attempt(replace(draft(), account_id=other.remote_id), by=other).publish()
    assert len(sandbox.posts()) == len(found) - 1


async def test_what_is_used_up_stops_removals_too(
    platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, clock: Clock, attempt: Attempts
) -> None:
    up = await attempt().publish()
    sandbox.control("limits", {"app": 1})
    for calls in (1, 0, 0):
        before = len(sandbox.log())
        with pytest.raises(Unavailable) as caught:
            await platform.unpublish(account.tokens, account.remote_id, up.platform_post_id)
        assert caught.value.retry_after
        assert len(sandbox.log()) - before == calls
    clock.time += timedelta(hours=1)
    sandbox.control("limits", {"app": 100})
    await platform.unpublish(account.tokens, account.remote_id, up.platform_post_id)
    assert sandbox.posts() == []


async def read_until_paused(attempt: Attempts) -> None:
    """Read what there is until that is too much."""
    one = attempt()
    for _ in range(100):
        try:
            await one.find()
        except Unavailable:
            return
    raise AssertionError("Nothing ever paused.")
