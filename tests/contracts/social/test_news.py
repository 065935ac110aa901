"""What every platform promises of news, and of the version it speaks."""

from collections.abc import Callable

import pytest

from domain.entities.post import Draft
from domain.entities.social_account import FoundAccount
from domain.errors import ActionRequired, Rejected
from domain.ports import SocialPlatform
from tests.contracts.social.attempts import Attempt
from tests.contracts.social.conftest import Clock
from tests.contracts.social.sandboxes import Sandbox


async def test_whether_a_post_is_up(
    platform: SocialPlatform,
    sandbox: Sandbox,
    account: FoundAccount,
    draft: Callable[..., Draft],
    attempt: Callable[..., Attempt],
) -> None:
    post = (await attempt().publish()).platform_post_id

    async def is_up() -> bool:
        return await platform.shows(account.tokens, account.remote_id, post)

    if sandbox.make.settles_by_sending:  # the first account's posts can be read by nobody
        with pytest.raises(Rejected):
            await is_up()
        return
    assert await is_up()
    sandbox.remove_by_hand(post)
    assert not await is_up()
    sandbox.control("tokens/revoke", {"all": True})
    with pytest.raises(ActionRequired):
        await is_up()


@pytest.mark.parametrize("mode", ["subscribe", ""])
async def test_nobody_is_answered_who_knows_no_token(platform: SocialPlatform, mode: str) -> None:
    asked = {"hub.mode": mode, "hub.verify_token": "", "hub.challenge": "4711"}
    assert platform.challenge(asked) is None
    assert platform.challenge({}) is None


@pytest.mark.parametrize("body", [b"", b"{}", b"signed_request=a.b"])
async def test_news_that_are_not_signed_are_refused(platform: SocialPlatform, body: bytes) -> None:
    with pytest.raises(Rejected):
        platform.news({}, body)
    with pytest.raises(Rejected):
        platform.news({"x-hub-signature-256": "sha256=" + 64 * "0"}, body)


async def test_the_version_that_is_spoken_by_default_lives(platform: SocialPlatform, clock: Clock) -> None:
    assert platform.version.name
    assert platform.version.ends_on is None or platform.version.ends_on > clock.time.date()
