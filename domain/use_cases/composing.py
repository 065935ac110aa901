"""What posts would show and what is wrong with them, all of it at once and before any call to a platform."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.entities.listing import Listing, Photo, PhotoState
from domain.entities.photo_forms import rendition_for
from domain.entities.post import Draft
from domain.entities.social_account import AccountState, SocialAccount
from domain.errors import ActionRequired, Conflict, Invalid, NotFound, Rejected, YardsignError
from domain.ports import SocialPlatform, Templates
from domain.rules.template_variables import variables_of
from domain.rules.wording import hashtag, hashtags_to_append, proposed_text, with_hashtags, with_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the user wants to be said and shown, the same for all accounts.

    Attributes:
        text: None for that of the template, or for one that is proposed from the listing's facts.
        template: over `domain.rules.template_variables`, rendered for each account.
        hashtags: as they were typed.
        photo_keys: which photos, in order; None for the first that the platform takes.
        link: whether the text ends with the post's short link; None for what the installation does with
            proposed texts.
    """

    text: str | None = None
    template: str | None = None
    hashtags: tuple[str, ...] = ()
    photo_keys: tuple[str, ...] | None = None
    link: bool | None = None


PROPOSED = Words()
"""The text that is proposed from the listing's facts, with the first photos."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A post of a listing on one account, as it would be.

    Attributes:
        post_id: that it will have if it is made.
        text: without the hashtags; empty if it could not be made.
        problems: why it would not be taken; none if it would.
    """

    post_id: str
    account: SocialAccount
    text: str
    hashtags: tuple[str, ...]
    photos: tuple[Photo, ...]
    problems: tuple[YardsignError, ...]


async def compose(
    templates: Templates,
    platform: SocialPlatform | None,
    listing: Listing,
    account: SocialAccount,
    words: Words,
    *,
    post_id: str,
    link: str | None,
) -> Composed:
    """The post, and everything that is wrong with it; a problem of the account or its platform names both.

    Args:
        platform: the account's; None if this installation has no app there.
        link: the short link of this post; None if there is no page to which it could lead.
    """
    problems: list[YardsignError] = _of_listing(listing)
    tags = _hashtags(words.hashtags, problems)
    text = await _text(templates, listing, account.platform, words, link, problems)
    kept = hashtags_to_append(text or "", tags)
    photos: tuple[Photo, ...] = ()
    own: list[YardsignError] = []
    if account.state in (AccountState.NEEDS_RECONNECT, AccountState.UNLINKED):
        own.append(ActionRequired("the account has to be connected again first.", field=("accountIds",)))
    if platform is None:
        own.append(NotFound(f"this installation has no app at {account.platform}.", field=("accountIds",)))
    else:
        photos = _photos(listing, words.photo_keys, platform, own)
        if text is not None:
            own += _of_text(platform, account, with_hashtags(text, kept), bool(photos), words)
    title = platform.title if platform else account.platform
    named = [_naming(error, f"{account.name} ({title})") for error in own]
    return Composed(
        post_id=post_id,
        account=account,
        text=text or "",
        hashtags=kept,
        photos=photos,
        problems=(*problems, *named),
    )


def _of_listing(listing: Listing) -> list[YardsignError]:
    if listing.publishable:
        return []
    message = f"The home is {listing.status.lower()} and may not be advertised now."
    return [Conflict(message, field=("listingId",))]


def _hashtags(typed: Sequence[str], problems: list[YardsignError]) -> list[str]:
    tags = []
    for text in typed:
        try:
            tags.append(hashtag(text))
        except Invalid as error:
            problems.append(error)
    return tags


async def _text(
    templates: Templates,
    listing: Listing,
    platform: str,
    words: Words,
    link: str | None,
    problems: list[YardsignError],
) -> str | None:
    """None if it cannot be made."""
    text = await _without_link(templates, listing, platform, words, link, problems)
    if not words.link or text is None:
        return text
    if link is None:
        problems.append(Conflict("The home has no page to which a link could lead.", field=("link",)))
        return text
    return with_link(text, link)


async def _without_link(
    templates: Templates,
    listing: Listing,
    platform: str,
    words: Words,
    link: str | None,
    problems: list[YardsignError],
) -> str | None:
    if words.template is None:
        return proposed_text(listing.facts) if words.text is None else words.text
    if words.text is not None:
        problems.append(Invalid("Give a text or a template, not both.", field=("template",)))
        return None
    try:
        return await templates.render(words.template, variables_of(listing, platform, link))
    except Rejected as error:
        problems.append(Invalid(error.message, field=("template",), reason="TEMPLATE"))
        return None


def _of_text(
    platform: SocialPlatform, account: SocialAccount, text: str, with_photos: bool, words: Words
) -> list[YardsignError]:
    """What the platform finds wrong with the text; of photos, which it is not shown here, it says nothing."""
    found = platform.preflight(Draft(account_id=account.remote_id, text=text))
    field = ("text",) if words.template is None else ("template",)
    return [
        Invalid(problem.message, field=field, reason=problem.code)
        for problem in found
        if problem.field[:1] != ("photos",) and not (with_photos and problem.code == "EMPTY")
    ]


def _photos(
    listing: Listing, keys: tuple[str, ...] | None, platform: SocialPlatform, problems: list[YardsignError]
) -> tuple[Photo, ...]:
    """Those that are shown. Their ratio, format and bytes are always right: renditions are made for that."""
    limits, title = platform.limits, platform.title
    stored = [photo for photo in listing.photos if photo.state is PhotoState.STORED]
    if keys is None:
        photos = [photo for photo in stored if _is_wide_enough(photo, platform)][: limits.photos_max]
    else:
        photos = _chosen(stored, keys, problems)
        problems += [_too_small(photo, platform) for photo in photos if not _is_wide_enough(photo, platform)]
    if len(photos) > limits.photos_max:
        message = f"a post on {title} has at most {limits.photos_max} photos, these are {len(photos)}."
        problems.append(Invalid(message, field=("photoIds",), reason="TOO_MANY_PHOTOS"))
    if len(photos) < limits.photos_min:
        wanted = "a photo" if limits.photos_min == 1 else f"{limits.photos_min} photos"
        message = f"a post on {title} needs {wanted}, and {_why_not_enough(listing, stored, keys)}."
        problems.append(Conflict(message, field=("photoIds",)))
    return tuple(photos)


def _chosen(stored: Sequence[Photo], keys: tuple[str, ...], problems: list[YardsignError]) -> list[Photo]:
    known = {photo.media.key: photo for photo in stored}
    wanted = list(dict.fromkeys(keys))
    for place, key in enumerate(wanted, start=1):
        if key not in known:
            message = f"photo {place} of those chosen is not of this listing, or not stored."
            problems.append(Invalid(message, field=("photoIds",), reason="PHOTO_NOT_STORED"))
    return [known[key] for key in wanted if key in known]


def _why_not_enough(listing: Listing, stored: Sequence[Photo], keys: tuple[str, ...] | None) -> str:
    if keys is not None:
        return "fewer are chosen"
    if stored:
        return "those of this listing are too few or too small"
    return "none is stored yet" if listing.photos else "this listing has none"


def _is_wide_enough(photo: Photo, platform: SocialPlatform) -> bool:
    if not photo.width or not photo.height:  # not known; the platform's own check of the bytes follows
        return True
    spec = rendition_for(platform.slug)
    return spec.width_of((photo.width, photo.height)) >= spec.least_width


def _too_small(photo: Photo, platform: SocialPlatform) -> Invalid:
    message = (
        f"a photo of {photo.width} × {photo.height} pixels is too small for {platform.title}, which takes"
        f" {rendition_for(platform.slug).least_width} pixels of width or more."
    )
    return Invalid(message, field=("photoIds",), reason="PHOTO_TOO_SMALL")


def _naming(error: YardsignError, whose: str) -> YardsignError:
    message = f"{whose}: {error.message}"
    if isinstance(error, Invalid):
        return Invalid(message, field=error.field, reason=error.reason)
    return type(error)(message, field=error.field)
