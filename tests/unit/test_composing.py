"""What a post would show and all that is wrong with it, by the rules of the real platforms; none of them is called."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import adapters.social
from adapters.budgets import LocalBudgets
from adapters.http import WebClient
from adapters.social.tools import Tools
from adapters.templates import LiquidTemplates
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus, Media, Photo, PhotoState
from domain.entities.social_account import AccountState, SocialAccount
from domain.errors import ActionRequired, Conflict, Invalid, NotFound, YardsignError
from domain.ports import SocialPlatform
from domain.use_cases.composing import PROPOSED, Composed, Words, compose
from tests.world.world import TLS

NOW = datetime(2026, 3, 4, tzinfo=UTC)
APPS = {
    "facebook": {"app_id": "a", "app_secret": "b"},
    "linkedin": {"client_id": "a", "client_secret": "b"},
}
"""Instagram is reached by the app of Facebook."""
LINK = "https://yardsign.example/l/token"


def photo(place: int, width: int = 1_600, height: int = 1_200) -> Photo:
    media = Media(key=f"m{place}", url=f"https://mls.example/{place}.jpg")
    return Photo(media=media, state=PhotoState.STORED, original_key=f"{place}", width=width, height=height)


HOME = Listing(
    id="north-1",
    user_id="demo",
    mls_provider="north",
    facts=ListingFacts(address=Address(street="12 Oak Lane", city="Austin")),
    status=ListingStatus.ACTIVE,
    publishable=True,
    photos=tuple(photo(place) for place in range(12)),
    created_at=NOW,
    updated_at=NOW,
)


def account(platform: str, state: AccountState) -> SocialAccount:
    return SocialAccount(
        id=f"{platform}:1",
        user_id="demo",
        platform=platform,
        remote_id="1",
        name="Elm Realty",
        state=state,
        linked_at=NOW,
        updated_at=NOW,
    )


@pytest.fixture
async def platforms() -> AsyncIterator[dict[str, SocialPlatform]]:
    async def sleep(seconds: float) -> None:
        raise AssertionError("Somebody waits.")

    web = WebClient(tls=TLS)
    tools = Tools(web=web, budgets=LocalBudgets(), now=lambda: NOW, sleep=sleep)
    yield adapters.social.discover(tools, APPS)
    await web.aclose()


async def composed(
    platforms: dict[str, SocialPlatform],
    slug: str,
    words: Words = PROPOSED,
    listing: Listing = HOME,
    state: AccountState = AccountState.ACTIVE,
    link: str | None = LINK,
) -> Composed:
    own = account(slug, state)
    return await compose(LiquidTemplates(), platforms.get(slug), listing, own, words, post_id="p1", link=link)


def told(made: Composed) -> list[tuple[type[YardsignError], str, str | None]]:
    """Of each problem its kind, its field and its finer word."""
    return [(type(one), one.field[0], getattr(one, "reason", None)) for one in made.problems]


@pytest.mark.parametrize("slug", ["facebook", "instagram", "linkedin"])
async def test_a_post_that_every_platform_takes(platforms: dict[str, SocialPlatform], slug: str) -> None:
    made = await composed(platforms, slug, Words(template="{{ platform }}", hashtags=("#Home", "home", "tx")))
    assert made.problems == ()
    assert (made.text, made.hashtags) == (slug, ("Home", "tx"))
    assert [one.media.key for one in made.photos] == [
        f"m{place}" for place in range(min(12, platforms[slug].limits.photos_max))
    ]


@pytest.mark.parametrize(
    ("slug", "words", "problems"),
    [
        ("instagram", Words(photo_keys=()), [(Conflict, "photoIds", None)]),
        ("facebook", Words(photo_keys=()), []),
        ("facebook", Words(text="", photo_keys=()), [(Invalid, "text", "EMPTY")]),
        ("facebook", Words(text=""), []),
        ("instagram", Words(text="x" * 2_201), [(Invalid, "text", "TEXT_TOO_LONG")]),
        ("linkedin", Words(text="x" * 3_001), [(Invalid, "text", "TEXT_TOO_LONG")]),
        ("linkedin", Words(text="x" * 3_000), []),
        ("linkedin", Words(text="(" * 1_501), [(Invalid, "text", "TEXT_TOO_LONG")]),
        ("instagram", Words(template="x" * 2_201), [(Invalid, "template", "TEXT_TOO_LONG")]),
        (
            "instagram",
            Words(text="x", hashtags=tuple(f"tag{n}" for n in range(31))),
            [(Invalid, "text", "TOO_MANY_HASHTAGS")],
        ),
        (
            "instagram",
            Words(photo_keys=tuple(f"m{n}" for n in range(11))),
            [(Invalid, "photoIds", "TOO_MANY_PHOTOS")],
        ),
        (
            "facebook",
            Words(photo_keys=("m1", "none", "m1", "m2")),
            [(Invalid, "photoIds", "PHOTO_NOT_STORED")],
        ),
        ("facebook", Words(text="x", template="y"), [(Invalid, "template", None)]),
        ("facebook", Words(template="{{ listing.__class__ }}"), [(Invalid, "template", "TEMPLATE")]),
        (
            "instagram",
            Words(text="x" * 2_201, hashtags=("two words", "2026"), photo_keys=("none",)),
            [
                (Invalid, "hashtags", None),
                (Invalid, "hashtags", None),
                (Invalid, "photoIds", "PHOTO_NOT_STORED"),
                (Conflict, "photoIds", None),
                (Invalid, "text", "TEXT_TOO_LONG"),
            ],
        ),
    ],
)
async def test_all_that_is_wrong_is_told_at_once(
    platforms: dict[str, SocialPlatform],
    slug: str,
    words: Words,
    problems: list[tuple[type[YardsignError], str, str | None]],
) -> None:
    assert told(await composed(platforms, slug, words)) == problems


async def test_a_problem_of_an_account_names_it_and_its_platform(
    platforms: dict[str, SocialPlatform],
) -> None:
    bare = replace(HOME, photos=(), publishable=False, status=ListingStatus.PENDING)
    made = await composed(platforms, "instagram", listing=bare, state=AccountState.NEEDS_RECONNECT)
    assert [type(one) for one in made.problems] == [Conflict, ActionRequired, Conflict]
    assert [one.message for one in made.problems] == [
        "The home is pending and may not be advertised now.",
        "Elm Realty (Instagram): the account has to be connected again first.",
        "Elm Realty (Instagram): a post on Instagram needs a photo, and this listing has none.",
    ]


async def test_a_platform_that_this_installation_has_no_app_for(platforms: dict[str, SocialPlatform]) -> None:
    made = await composed(platforms, "myspace")
    assert told(made) == [(NotFound, "accountIds", None)]


async def test_photos_that_are_too_small_for_a_platform(platforms: dict[str, SocialPlatform]) -> None:
    """Borders can widen a picture; 200 × 1000 becomes 800 × 1000."""
    sizes = [(319, 240), (320, 240), (200, 1_000), (5_000, 100)]
    home = replace(HOME, photos=tuple(photo(place, *size) for place, size in enumerate(sizes)))
    first = await composed(platforms, "instagram", listing=home)
    assert (first.problems, [one.media.key for one in first.photos]) == ((), ["m1", "m2", "m3"])
    chosen = await composed(platforms, "instagram", Words(photo_keys=("m0", "m1")), home)
    assert told(chosen) == [(Invalid, "photoIds", "PHOTO_TOO_SMALL")]
    assert "319 × 240" in chosen.problems[0].message
    only = await composed(platforms, "instagram", listing=replace(home, photos=home.photos[:1]))
    assert told(only) == [(Conflict, "photoIds", None)]
    assert len((await composed(platforms, "facebook", listing=home)).photos) == 4


async def test_hashtags_of_the_text_are_not_repeated(platforms: dict[str, SocialPlatform]) -> None:
    made = await composed(platforms, "facebook", Words(text="Our #Home.", hashtags=("home", "#austin")))
    assert (made.text, made.hashtags) == ("Our #Home.", ("austin",))


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (Words(), "12 Oak Lane, Austin"),
        (Words(link=True), f"12 Oak Lane, Austin\n\n{LINK}"),
        (Words(text="Look!", link=True), f"Look!\n\n{LINK}"),
        (Words(text=f"See {LINK} now", link=True), f"See {LINK} now"),
        (Words(text="", link=True), LINK),
        (Words(template="At {{ listing.url }}."), f"At {LINK}."),
        (Words(template="At {{ listing.url }}.", link=True), f"At {LINK}."),
        (Words(template="Look!", link=True), f"Look!\n\n{LINK}"),
    ],
)
async def test_a_link_stands_where_it_is_wanted(
    platforms: dict[str, SocialPlatform], words: Words, text: str
) -> None:
    made = await composed(platforms, "facebook", words)
    assert (made.text, made.problems) == (text, ())


async def test_a_link_that_leads_nowhere_is_refused(platforms: dict[str, SocialPlatform]) -> None:
    made = await composed(platforms, "facebook", Words(link=True), link=None)
    assert told(made) == [(Conflict, "link", None)]
    blank = await composed(platforms, "facebook", Words(template="At {{ listing.url }}."), link=None)
    assert (blank.text, blank.problems) == ("At .", ())
