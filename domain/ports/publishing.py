"""What the domain keeps of publishing: accounts on platforms, posts, and what came of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from domain.entities.common import Page, PageRequest
from domain.entities.intent import Ask, Fence
from domain.entities.metrics import (
    Counts,
    DayMetrics,
    Inquiry,
    InquiryOrigin,
    InquiryStatus,
    ListingCounts,
    MetricEvent,
    MetricsOrder,
    Reading,
)
from domain.entities.post import Post, PostFilter
from domain.entities.social_account import LinkState, SocialAccount, SocialTokens


class SocialAccounts(Protocol):
    """Linked accounts; tokens are sealed before they are stored and opened only on demand."""

    async def get(self, user_id: str, account_id: str) -> SocialAccount | None: ...

    async def get_many(self, user_id: str, account_ids: Sequence[str]) -> list[SocialAccount | None]: ...

    async def of_user(self, user_id: str) -> list[SocialAccount]: ...

    async def save(
        self, account: SocialAccount, *, tokens: SocialTokens | None = None, ask: Sequence[Ask] = ()
    ) -> SocialAccount:
        """Create (version 0) or update an account; tokens are written only if given."""
        ...

    async def tokens(self, user_id: str, account_id: str) -> SocialTokens:
        """Open the sealed tokens; raises `NotFound`."""
        ...

    async def of_login(self, platform: str, login_id: str) -> list[SocialAccount]:
        """Of all users, for what a platform tells by itself: the accounts of the person with this id there.

        The index may lag.
        """
        ...

    async def delete(self, account: SocialAccount, *, ask: Sequence[Ask] = ()) -> None:
        """Forget the account and its tokens."""
        ...

    async def begin_link(self, state: LinkState) -> None:
        """Keep the state, sealed, until its end; one that was taken out may be put back."""
        ...

    async def finish_link(self, user_id: str, state: str) -> LinkState | None:
        """Take the state out: the second caller, a late one and another user get None."""
        ...


class Posts(Protocol):
    """Posts in all their states."""

    async def create(
        self, posts: Sequence[Post], *, ask: Sequence[Ask] = (), idempotency_key: str | None = None
    ) -> list[Post]:
        """Write new posts; with a key that was used before, answer the posts of then and write nothing."""
        ...

    async def created_with(self, user_id: str, idempotency_key: str) -> list[Post] | None:
        """The posts that were created with the key, as they are now; None if it was not used."""
        ...

    async def get(self, user_id: str, post_id: str) -> Post | None: ...

    async def get_many(self, user_id: str, post_ids: Sequence[str]) -> list[Post | None]: ...

    async def save(
        self,
        post: Post,
        *,
        fence: Fence | None = None,
        ask: Sequence[Ask] = (),
        if_publishable: bool = False,
        if_advertisable: bool = False,
        count_unpublished_in: str | None = None,
    ) -> Post:
        """Write the post if its version still holds.

        Args:
            if_publishable: only if its listing exists and is publishable at that moment, else `Conflict`.
            if_advertisable: only if its listing exists and need not come down, else `Conflict`.
            count_unpublished_in: the run whose `posts_unpublished` rises by one in the same transaction.
        """
        ...

    async def of_listing(self, user_id: str, listing_id: str, page: PageRequest) -> Page[Post]:
        """Newest first."""
        ...

    async def of_listings(
        self, user_id: str, listing_ids: Sequence[str], page: PageRequest
    ) -> list[Page[Post]]:
        """The same slice for each listing, in the order of the ids."""
        ...

    async def page(self, user_id: str, filter: PostFilter, page: PageRequest) -> Page[Post]:
        """Newest first."""
        ...

    async def live_listing_ids(self, user_id: str, page: PageRequest) -> Page[str]:
        """The listings that have a live post, each once per live post; the index may lag by seconds."""
        ...

    async def of_remote_id(self, platform: str, platform_post_id: str) -> list[Post]:
        """Of all users, for what a platform tells by itself: the posts with this id there; usually one.

        The index may lag.
        """
        ...


class Metrics(Protocol):
    """Exact counters by day, and inquiries."""

    async def record(
        self, event: MetricEvent, inquiry: Inquiry | None = None, *, ask: Sequence[Ask] = ()
    ) -> bool:
        """Count the event, once for its id; False if it was counted before.

        Args:
            ask: wishes that many events may have at once; all for the same work name the same due time.
        """
        ...

    async def reading(self, user_id: str, post_id: str) -> Reading | None:
        """What a platform has told of a post so far; None before anything was counted."""
        ...

    async def add_reading(
        self, reading: Reading, gain: Counts, *, ask: Sequence[Ask] = (), fence: Fence
    ) -> None:
        """Write what was told, if the version still holds, and add the gain to the day of `read_at`: both or
        neither; `ask` as in `record`. Raises `Conflict`, or `Overtaken` if the work is somebody else's."""
        ...

    async def days(self, user_id: str, listing_id: str, first: date, last: date) -> list[DayMetrics]:
        """The days with events from `first` to `last`, both included, in order."""
        ...

    async def days_of_listings(
        self, user_id: str, listing_ids: Sequence[str], first: date, last: date
    ) -> list[list[DayMetrics]]:
        """The same for several listings, in the order of the ids."""
        ...

    async def all_days(self, user_id: str, first: date, last: date) -> list[DayMetrics]:
        """Of all the user's listings, by day."""
        ...

    async def all_sums(self, user_id: str, first: date, last: date) -> dict[date, Counts]:
        """What all listings together come to on each day from `first` to `last` that has any event, read from their
        months."""
        ...

    async def totals(self, user_id: str, listing_ids: Sequence[str], first: date, last: date) -> list[Counts]:
        """What the days from `first` to `last` of each listing come to, in the order of the ids, read from its
        months."""
        ...

    async def ranking(
        self, user_id: str, first: date, last: date, order: MetricsOrder, page: PageRequest
    ) -> Page[ListingCounts]:
        """The sums of all the user's listings, ranked; among equals by id.

        Those without any event in these days come behind all others, or before them if the lowest come first.
        Deleted listings are there with what they had. The cursor holds a place in the ranking, not a number: what
        is counted meanwhile moves the listing that it is of, and no other.
        """
        ...

    async def inquiry_origins(
        self, user_id: str, listing_ids: Sequence[str], first: date, last: date
    ) -> list[dict[InquiryOrigin, int]]:
        """How many inquiries about each listing came from where, in the order of the ids."""
        ...

    async def inquiry(self, user_id: str, listing_id: str, at: datetime, inquiry_id: str) -> Inquiry | None:
        """One inquiry by its place among those of its listing, contact details opened."""
        ...

    async def set_inquiry_status(
        self, user_id: str, listing_id: str, at: datetime, inquiry_id: str, status: InquiryStatus
    ) -> Inquiry | None:
        """The same inquiry with another status; None if there is none."""
        ...

    async def inquiries(
        self,
        user_id: str,
        page: PageRequest,
        *,
        listing_id: str | None = None,
        status: InquiryStatus | None = None,
    ) -> Page[Inquiry]:
        """Newest first, contact details opened."""
        ...
