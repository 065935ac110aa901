"""Views, shares and clicks that strangers' browsers report, and links that lead them to a listing."""

from contextlib import suppress

from domain.entities.listing import Listing
from domain.entities.metrics import EventKind
from domain.entities.tracking import Tracked, TrackingLinks, Visit, Visited
from domain.errors import Invalid, NotFound, YardsignError
from domain.ports import Ports
from domain.use_cases.counting import EventInput, check_event, record_event
from domain.use_cases.lookup import listing_of

FROM_OUTSIDE = frozenset({EventKind.VIEW, EventKind.SHARE, EventKind.CLICK})
"""An inquiry is none: it is a message of somebody, and comes by the agent's own form and `recordInquiryEvent`."""


def tracking_links(ports: Ports, *, tracked: Tracked) -> TrackingLinks:
    """The public URLs that count for a listing; raises `Invalid` for names that no event may have."""
    event = EventInput(
        kind=EventKind.VIEW,
        listing_id=tracked.listing_id,
        platform=tracked.platform,
        source=tracked.source,
        campaign=tracked.campaign,
    )
    check_event(ports, event)
    token = ports.tracking.token(tracked)
    return TrackingLinks(
        pixel_url=ports.public_url(f"/t/{token}.gif"),
        beacon_url=ports.public_url(f"/t/{token}"),
        short_url=ports.public_url(f"/l/{token}"),
    )


def link_for_post(ports: Ports, listing: Listing, post_id: str) -> str | None:
    """The short link that a post of a listing may show; None if it would lead nowhere."""
    if ports.tracking.page_of(listing) is None:
        return None
    tracked = Tracked(user_id=listing.user_id, listing_id=listing.id, post_id=post_id)
    return tracking_links(ports, tracked=tracked).short_url


async def count_visit(ports: Ports, *, token: str, kind: EventKind, visit: Visit) -> Visited:
    """Count what a visitor did, unless it is none of a person or none that is new.

    Raises:
        NotFound: the token is not ours, or the listing is there no more.
        Invalid: the kind may not be reported from outside.
    """
    if kind not in FROM_OUTSIDE:
        raise Invalid("From outside come views, shares and clicks.", field=("kind",))
    tracked = _tracked(ports, token)
    if visit.automatic:
        return Visited.AUTOMATIC
    if not await ports.tracking.admits(visit.visitor):
        return Visited.TOO_MANY
    # A listing that is gone is told before the visit is remembered: nothing of it could be counted.
    listing = await listing_of(ports, tracked.user_id, tracked.listing_id)
    return await _count(ports, listing, tracked, token, kind, visit)


async def follow_link(ports: Ports, *, token: str, visit: Visit) -> str:
    """The URL to which a short link leads; counts the click, but leads there whether it counts or not.

    Raises:
        NotFound: the token is not ours, the listing is there no more, or it has no page.
    """
    tracked = _tracked(ports, token)
    listing = await listing_of(ports, tracked.user_id, tracked.listing_id)
    page = ports.tracking.page_of(listing)
    if page is None:
        raise NotFound("This home has no page.")
    if not visit.automatic and await ports.tracking.admits(visit.visitor):
        with suppress(YardsignError):  # who follows a link wants to see the home
            await _count(ports, listing, tracked, token, EventKind.CLICK, visit)
    return page


def _tracked(ports: Ports, token: str) -> Tracked:
    tracked = ports.tracking.read(token)
    if tracked is None:
        raise NotFound("There is no such link.")
    return tracked


async def _count(
    ports: Ports, listing: Listing, tracked: Tracked, token: str, kind: EventKind, visit: Visit
) -> Visited:
    if not await ports.tracking.is_new(visit.visitor, f"{kind} {token} {visit.recipient}"):
        return Visited.AGAIN
    # A preview shows a link with the id of a post that was never made.
    post = await ports.posts.get(listing.user_id, tracked.post_id) if tracked.post_id else None
    platform = post.platform if post else tracked.platform
    event = EventInput(
        kind=kind,
        listing_id=listing.id,
        platform=platform if platform in ports.social else None,
        source=tracked.source,
        campaign=tracked.campaign,
        post_id=post.id if post else None,
        referrer=visit.referrer,
    )
    await record_event(ports, user_id=listing.user_id, event=event)
    return Visited.COUNTED
