"""Posts: through all their states, allowed by their listing at that moment, and found while they are live."""

import asyncio
from dataclasses import replace

import pytest

from adapters.tables.repositories import Repositories
from domain.entities.common import Failure, PageRequest
from domain.entities.intent import Ask, IntentKind
from domain.entities.listing import Takedown
from domain.entities.post import LIVE, Post, PostFilter, PostState
from domain.errors import Conflict, Invalid, Overtaken
from domain.ports import ListingSave
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import AT, a_fence, a_listing, a_post, a_run, created, passed

ASK = Ask(kind=IntentKind.PUBLISH, user_id="alice", target="P1")


async def posted(nouns: Repositories, *posts: Post) -> list[Post]:
    return await nouns.posts.create(posts)


async def test_a_post_comes_back_as_it_was_written(nouns: Repositories, now: Now) -> None:
    given = a_post(
        photo_keys=("m1",), publish_at=AT, failure=Failure("BAD", "It is bad."), unpublish_wanted=True
    )
    (saved,) = await nouns.posts.create([given], ask=[ASK])
    assert saved == replace(given, version=1, sequence=1, updated_at=now())
    assert await nouns.posts.get("alice", "P1") == saved
    assert await nouns.posts.get_many("alice", ["P2", "P1"]) == [None, saved]
    assert await nouns.intents.get(IntentKind.PUBLISH, "P1") is not None
    assert await nouns.posts.create([]) == []
    with pytest.raises(Conflict):
        await nouns.posts.create([a_post("P2"), given])
    assert await nouns.posts.get("alice", "P2") is None


async def test_a_key_that_was_used_answers_the_posts_of_then(nouns: Repositories, now: Now) -> None:
    first = await nouns.posts.create([a_post("P1"), a_post("P2")], idempotency_key="k")
    again = await nouns.posts.create([a_post("P3")], ask=[replace(ASK, target="P3")], idempotency_key="k")
    assert again == first
    assert await nouns.posts.get("alice", "P3") is None
    assert await nouns.intents.get(IntentKind.PUBLISH, "P3") is None
    known = await nouns.posts.created_with("alice", "k")
    assert [post.id for post in known or []] == ["P1", "P2"]
    assert await nouns.posts.created_with("alice", "other") is None
    assert await nouns.posts.created_with("bob", "k") is None
    hers = await nouns.posts.create([a_post("P4", "bob")], idempotency_key="k")
    assert [post.id for post in hers] == ["P4"]
    now.pass_by(days=8)
    assert [post.id for post in await nouns.posts.create([a_post("P5")], idempotency_key="k")] == ["P5"]


async def test_of_racers_with_one_key_one_creates(nouns: Repositories) -> None:
    racers = [nouns.posts.create([a_post(f"P{n:02d}")], idempotency_key="k") for n in range(20)]
    answers = await asyncio.gather(*racers)
    assert len({post.id for answer in answers for post in answer}) == 1
    assert len((await nouns.posts.page("alice", PostFilter(), PageRequest())).items) == 1


async def test_a_post_is_written_from_its_present_state(nouns: Repositories) -> None:
    (post,) = await posted(nouns, a_post())
    sending = await nouns.posts.save(replace(post, state=PostState.SENDING))
    assert (sending.version, sending.sequence) == (2, 2)
    with pytest.raises(Conflict):
        await nouns.posts.save(replace(post, state=PostState.FAILED), ask=[ASK])
    fence = await a_fence(nouns, IntentKind.PUBLISH, "P9")
    with pytest.raises(Overtaken):
        await nouns.posts.save(sending, fence=passed(fence))
    assert await nouns.posts.get("alice", "P1") == sending
    assert await nouns.intents.get(IntentKind.PUBLISH, "P1") is None
    assert (await nouns.posts.save(sending, fence=fence)).version == 3


@pytest.mark.parametrize(
    ("publishable", "takedown", "if_publishable", "if_advertisable", "allowed"),
    [
        (True, None, True, True, True),
        (False, None, True, False, False),
        (False, None, False, True, True),
        (False, Takedown.SOLD, False, True, False),
        (False, Takedown.SOLD, False, False, True),
    ],
)
async def test_a_post_depends_on_its_listing(
    nouns: Repositories,
    publishable: bool,
    takedown: Takedown | None,
    if_publishable: bool,
    if_advertisable: bool,
    allowed: bool,
) -> None:
    await created(nouns, a_listing(publishable=publishable, takedown=takedown))
    (post,) = await posted(nouns, a_post())
    wanted = replace(post, state=PostState.SENDING)
    saving = nouns.posts.save(wanted, if_publishable=if_publishable, if_advertisable=if_advertisable)
    if allowed:
        assert (await saving).state is PostState.SENDING
    else:
        with pytest.raises(Conflict, match="advertised"):
            await saving
        assert await nouns.posts.get("alice", "P1") == post


async def test_a_post_of_a_deleted_listing_may_not_go_up(nouns: Repositories) -> None:
    (listing,) = await created(nouns, a_listing())
    (post,) = await posted(nouns, a_post())
    await nouns.listings.delete(listing, changes=[], ask=[])
    with pytest.raises(Conflict):
        await nouns.posts.save(post, if_publishable=True)
    with pytest.raises(Conflict):
        await nouns.posts.save(post, if_advertisable=True)
    assert (await nouns.posts.save(post)).version == 2


async def test_selling_and_sending_at_once_never_both_happen_unseen(nouns: Repositories) -> None:
    """Whichever is first, the other sees it: the post is refused, or it is live when the home is sold."""
    for n in range(10):
        id = f"h{n}"
        (listing,) = await created(nouns, a_listing(id))
        (post,) = await posted(nouns, a_post(f"P{n}", listing_id=id))
        sold = replace(listing, publishable=False, takedown=Takedown.SOLD)
        sending = replace(post, state=PostState.SENDING)
        outcomes = await asyncio.gather(
            nouns.listings.update(ListingSave(listing=sold)),
            nouns.posts.save(sending, if_publishable=True),
            return_exceptions=True,
        )
        assert not isinstance(outcomes[0], BaseException)
        stored = await nouns.posts.get("alice", f"P{n}")
        assert stored is not None
        assert (stored.state is PostState.SENDING) == (not isinstance(outcomes[1], Conflict))


async def test_a_removal_is_counted_in_its_run(nouns: Repositories) -> None:
    await nouns.runs.save(a_run())
    (post,) = await posted(nouns, a_post())
    down = replace(post, state=PostState.UNPUBLISHED)
    post = await nouns.posts.save(down, count_unpublished_in="R1")
    with pytest.raises(Conflict):
        await nouns.posts.save(down, count_unpublished_in="R1")
    run = await nouns.runs.get("alice", "R1")
    assert run is not None
    assert (run.counters.posts_unpublished, run.version, run.sequence) == (1, 1, 2)
    assert (await nouns.posts.save(post, count_unpublished_in="R-gone")).version == 3
    assert await nouns.runs.get("alice", "R-gone") is None


async def test_posts_are_listed_newest_first(nouns: Repositories) -> None:
    posts = await posted(
        nouns,
        a_post("P1", platform="facebook"),
        a_post("P2", platform="linkedin", state=PostState.FAILED),
        a_post("P3", platform="facebook", state=PostState.FAILED, listing_id="mls-2"),
    )
    await posted(nouns, a_post("P4", "bob"))

    async def listed(**filter: object) -> list[str]:
        page = await nouns.posts.page("alice", PostFilter(**filter), PageRequest())  # type: ignore[arg-type]
        return [post.id for post in page.items]

    assert await listed() == ["P3", "P2", "P1"]
    assert await listed(states=(PostState.FAILED,)) == ["P3", "P2"]
    assert await listed(platforms=("facebook", "instagram")) == ["P3", "P1"]
    assert await listed(listing_id="mls-1") == ["P2", "P1"]
    assert await listed(listing_id="mls-1", states=(PostState.FAILED, PostState.PENDING)) == ["P2", "P1"]
    assert await listed(listing_id="mls-1", platforms=("facebook",)) == ["P1"]
    of_listing = await nouns.posts.of_listing("alice", "mls-1", PageRequest(first=1))
    assert (of_listing.items, of_listing.more) == ([posts[1]], True)
    rest = await nouns.posts.of_listing("alice", "mls-1", PageRequest(first=1, after=of_listing.end))
    assert (rest.items, rest.more) == ([posts[0]], False)
    with pytest.raises(Invalid):
        await nouns.posts.of_listing("alice", "mls-2", PageRequest(after=of_listing.end))
    several = await nouns.posts.of_listings("alice", ["mls-2", "absent", "mls-1"], PageRequest())
    assert [[post.id for post in page.items] for page in several] == [["P3"], [], ["P2", "P1"]]


async def test_posts_of_others_are_as_if_they_were_absent(nouns: Repositories) -> None:
    published = {"state": PostState.PUBLISHED, "platform_post_id": "42_1"}
    hers = [a_post(f"P{n}", "bob", listing_id="bobs-1", **published) for n in range(3)]
    await posted(nouns, *hers)
    page = PageRequest(first=1)
    absent = await nouns.posts.of_listing("alice", "absent", page)
    assert await nouns.posts.of_listing("alice", "bobs-1", page) == absent
    assert await nouns.posts.page("alice", PostFilter(listing_id="bobs-1"), page) == absent
    assert await nouns.posts.get("alice", "P1") is None
    assert (await nouns.posts.live_listing_ids("alice", page)).items == []


@pytest.mark.parametrize("state", PostState)
async def test_listings_with_a_live_post_are_known(nouns: Repositories, state: PostState) -> None:
    (post,) = await posted(nouns, a_post("P1", listing_id="l#1"))
    saved = await nouns.posts.save(replace(post, state=state))
    await posted(nouns, a_post("P2", listing_id="l#1"), a_post("P3", listing_id="l2"))
    page = await nouns.posts.live_listing_ids("alice", PageRequest())
    assert page.items == (["l#1"] if state in LIVE else []) + ["l#1", "l2"]
    back = await nouns.posts.save(replace(saved, state=PostState.PUBLISHED))
    assert back.state is PostState.PUBLISHED
    assert (await nouns.posts.live_listing_ids("alice", PageRequest())).items == ["l#1", "l#1", "l2"]


async def test_live_listings_come_by_pages(nouns: Repositories) -> None:
    await posted(nouns, *[a_post(f"P{n}", listing_id=f"l{n}") for n in range(5)])
    first = await nouns.posts.live_listing_ids("alice", PageRequest(first=3))
    rest = await nouns.posts.live_listing_ids("alice", PageRequest(first=3, after=first.end))
    assert [*first.items, *rest.items] == ["l0", "l1", "l2", "l3", "l4"]


async def test_a_post_is_found_by_the_platforms_id(nouns: Repositories) -> None:
    (post,) = await posted(nouns, a_post())
    assert await nouns.posts.of_remote_id("facebook", "42_7") == []
    up = await nouns.posts.save(replace(post, state=PostState.PUBLISHED, platform_post_id="42_7"))
    (hers,) = await posted(nouns, a_post("P2", "bob", platform_post_id="42_7"))
    assert await nouns.posts.of_remote_id("facebook", "42_7") == [up, hers]
    assert await nouns.posts.of_remote_id("instagram", "42_7") == []
    assert await nouns.posts.of_remote_id("facebook", "") == []
