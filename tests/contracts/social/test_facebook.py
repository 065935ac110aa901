"""What Facebook does that other platforms do not."""

from collections.abc import Callable

import pytest

from domain.entities.engagement import Engagement
from domain.entities.post import Draft
from domain.entities.social_account import FoundAccount
from domain.errors import ActionRequired, Rejected, Unavailable
from domain.ports import SocialPlatform
from tests.contracts.social.attempts import Attempt
from tests.contracts.social.sandboxes import REDIRECT_URI, VERIFIER, Sandbox

Drafts = Callable[..., Draft]
Attempts = Callable[..., Attempt]


@pytest.fixture
def slug() -> str:
    return "facebook"


async def unpublish(platform: SocialPlatform, account: FoundAccount, post_id: str) -> None:
    await platform.unpublish(account.tokens, account.remote_id, post_id)


async def test_no_secret_is_in_a_url(
    platform: SocialPlatform, sandbox: Sandbox, draft: Drafts, account: FoundAccount, attempt: Attempts
) -> None:
    post = await attempt(draft(photos=1)).publish()
    await attempt().find()
    await unpublish(platform, account, post.platform_post_id)
    log = [entry for entry in sandbox.log() if "/dialog/" not in entry["path"]]
    assert len(log) >= 8
    for entry in log:
        names = {part.partition("=")[0] for part in entry["query"].split("&")}
        assert not names & {"access_token", "client_secret", "code", "fb_exchange_token", "input_token"}


async def test_scopes_that_were_not_granted_are_named(platform: SocialPlatform, sandbox: Sandbox) -> None:
    code = sandbox.consent(platform)
    sandbox.control("scopes", {"remove": ["pages_manage_posts", "read_insights"]})
    found = await platform.accounts(code, REDIRECT_URI, VERIFIER)
    assert found
    assert {account.missing_scopes for account in found} == {("pages_manage_posts", "read_insights")}


async def test_scopes_that_were_declined_are_asked_for_again(
    platform: SocialPlatform, sandbox: Sandbox
) -> None:
    sandbox.consent(platform)
    sandbox.control("scopes", {"remove": ["pages_manage_posts"]})
    found = await platform.accounts(sandbox.consent(platform), REDIRECT_URI, VERIFIER)
    assert {account.missing_scopes for account in found} == {()}


async def test_a_login_is_renewed_by_its_user_alone(platform: SocialPlatform, account: FoundAccount) -> None:
    assert (account.expires_at, account.tokens.refresh_token) == (None, None)
    with pytest.raises(ActionRequired):
        await platform.renew(account.tokens)


async def test_without_sight_of_the_pages_there_are_none(platform: SocialPlatform, sandbox: Sandbox) -> None:
    code = sandbox.consent(platform)
    sandbox.control("scopes", {"remove": ["pages_show_list"]})
    assert await platform.accounts(code, REDIRECT_URI, VERIFIER) == []


async def test_a_code_of_another_address_is_refused(platform: SocialPlatform, sandbox: Sandbox) -> None:
    with pytest.raises(Rejected):
        await platform.accounts(sandbox.consent(platform), REDIRECT_URI + "/other", VERIFIER)


async def test_publishing_without_the_permission(sandbox: Sandbox, draft: Drafts, attempt: Attempts) -> None:
    sandbox.control("scopes", {"remove": ["pages_manage_posts"]})
    for photos in (0, 2):
        with pytest.raises(ActionRequired, match="permission"):
            await attempt(draft(photos=photos)).publish()


@pytest.mark.parametrize("scope", ["pages_manage_posts", "pages_read_engagement"])
async def test_a_missing_permission_is_not_mistaken_for_a_post_that_is_gone(
    platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, scope: str, attempt: Attempts
) -> None:
    post = await attempt().publish()
    sandbox.control("scopes", {"remove": [scope]})
    with pytest.raises(ActionRequired):
        await unpublish(platform, account, post.platform_post_id)
    assert len(sandbox.posts()) == 1
    sandbox.control("scopes", {"grant": [scope]})
    await unpublish(platform, account, post.platform_post_id)
    assert sandbox.posts() == []


async def test_the_token_of_another_page_does_not_make_a_post_gone(
    platform: SocialPlatform, sandbox: Sandbox, attempt: Attempts
) -> None:
    first, second = await platform.accounts(sandbox.consent(platform), REDIRECT_URI, VERIFIER)
    post = await attempt(by=first).publish()
    with pytest.raises(ActionRequired):
        await platform.unpublish(second.tokens, first.remote_id, post.platform_post_id)
    assert len(sandbox.posts()) == 1


async def test_a_post_that_never_was_is_gone(platform: SocialPlatform, account: FoundAccount) -> None:
    await unpublish(platform, account, f"{account.remote_id}_1")


async def test_success_false_and_still_there_is_a_refusal(
    platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, attempt: Attempts
) -> None:
    post = await attempt().publish()
    sandbox.fault("delete", kind="success_false")
    with pytest.raises(Rejected):
        await unpublish(platform, account, post.platform_post_id)
    assert len(sandbox.posts()) == 1


async def test_success_false_and_gone_is_success(
    platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, attempt: Attempts
) -> None:
    post = await attempt().publish()
    sandbox.control(f"posts/{post.platform_post_id}/remove", {})
    sandbox.fault("delete", kind="success_false")
    await unpublish(platform, account, post.platform_post_id)


@pytest.mark.parametrize("code", [1, 2, 506])
async def test_answers_after_which_a_post_may_be_there(
    sandbox: Sandbox, draft: Drafts, code: int, attempt: Attempts
) -> None:
    sandbox.fault("feed", method="POST", kind="error", code=code)
    with pytest.raises(Unavailable) as caught:
        await attempt(draft(photos=1)).publish()
    assert caught.value.outcome_unknown
    assert sandbox.staged() == 1


@pytest.mark.parametrize("code", [190, 10, 200])
async def test_answers_that_only_the_user_can_mend(
    sandbox: Sandbox, draft: Drafts, code: int, attempt: Attempts
) -> None:
    sandbox.fault("feed", method="POST", kind="error", code=code)
    with pytest.raises(ActionRequired):
        await attempt(draft(photos=1)).publish()
    assert sandbox.staged() == 0


async def test_a_web_page_in_place_of_an_answer(sandbox: Sandbox, attempt: Attempts) -> None:
    sandbox.fault("feed", method="POST", kind="status", status=200)
    with pytest.raises(Unavailable) as caught:
        await attempt().publish()
    assert caught.value.outcome_unknown
    sandbox.fault("feed", method="GET", kind="status", status=200)
    with pytest.raises(Unavailable) as caught:
        await attempt().find()
    assert not caught.value.outcome_unknown


async def test_alternative_texts_go_along(sandbox: Sandbox, draft: Drafts, attempt: Attempts) -> None:
    sandbox.fault("feed", method="POST", kind="lost_before")
    with pytest.raises(Unavailable):
        await attempt(draft(photos=2)).publish()
    assert [photo["alt_text"] for photo in sandbox.staged_photos()] == ["Photo 0", "Photo 1"]


async def test_photos_that_cannot_be_removed_do_not_hide_the_reason(
    sandbox: Sandbox, draft: Drafts, attempt: Attempts
) -> None:
    sandbox.fault("feed", method="POST", kind="error", code=100)
    sandbox.fault("delete", kind="reset", times=None)
    with pytest.raises(Rejected):
        await attempt(draft(photos=2)).publish()


async def test_the_text_decides_white_space_aside(draft: Drafts, attempt: Attempts) -> None:
    published = await attempt(draft("Two  homes\n\n at é once")).publish()
    assert await attempt(draft(" Two homes at e\u0301 once\n")).find() == published
    assert await attempt(draft("Two homes at é")).find() is None


async def test_a_post_is_found_pages_back(draft: Drafts, attempt: Attempts) -> None:
    one = attempt(draft("The first"))
    first = await one.publish()
    for number in range(120):
        await attempt(draft(f"Another {number}")).publish()
    assert await one.find() == first


async def test_the_person_who_consented_is_known(account: FoundAccount) -> None:
    assert account.login_id


async def test_figures_of_which_one_is_not_known_any_more(
    platform: SocialPlatform, sandbox: Sandbox, account: FoundAccount, attempt: Attempts
) -> None:
    post_id = (await attempt().publish()).platform_post_id
    sandbox.set_figures(post_id, {"views": 120, "clicks": 9, "likes": 7, "comments": 2})

    async def told() -> Engagement:
        return await platform.engagement(account.tokens, account.remote_id, post_id)

    sandbox.fault("/insights$", kind="error", code=100, times=2)
    assert await told() == Engagement(views=None, clicks=9, likes=7, comments=2, shares=0)
    sandbox.control("scopes", {"remove": ["read_insights"]})
    with pytest.raises(ActionRequired):
        await told()
