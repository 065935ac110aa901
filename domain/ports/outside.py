"""What is neither stored nor ours: files, downloads, pictures, MLSs, platforms, watchers, the bell."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.entities.common import Problem
from domain.entities.engagement import Engagement, PlatformNews
from domain.entities.intent import IntentKind
from domain.entities.listing import Media
from domain.entities.mls import MlsKeys, MlsPage, MlsQuery, MlsSample, MlsVendor
from domain.entities.mls_connection import MlsSource
from domain.entities.news import News
from domain.entities.photo_forms import RenditionSpec
from domain.entities.post import Draft, PlatformLimits, Prepared, Published
from domain.entities.social_account import ApiVersion, FoundAccount, Renewed, SocialTokens


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it lies in the store."""

    key: str
    data: bytes
    content_type: str
    metadata: Mapping[str, str]


class Files(Protocol):
    """Photos as objects. Keys are paths with `/`; what is stored under a key never changes, but for files that
    users send, which nobody is shown."""

    async def put(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Store durably; once this returns, the object survives a crash."""
        ...

    async def put_all(self, files: Sequence[StoredFile]) -> None:
        """`put` of several, for less than one by one. Where it raises, any of them may be stored."""
        ...

    async def get(self, key: str) -> StoredFile:
        """Raises `NotFound`."""
        ...

    async def exists(self, key: str) -> bool: ...

    async def delete(self, key: str) -> None:
        """Absent already is fine."""
        ...

    def list(self, prefix: str, after: str = "") -> AsyncIterator[str]:
        """All keys that begin with the prefix and come after `after`, which need not be one, in order."""
        ...

    def url(self, key: str) -> str:
        """A URL under which a browser can load it; may be of limited life."""
        ...

    def season(self) -> object:
        """Something that stays equal for as long as `url` answers the same for the same key: what is kept of its
        answers is kept with this."""
        ...


class Downloads(Protocol):
    """Fetches what an MLS links to."""

    async def photo(self, url: str) -> bytes:
        """The bytes behind a photo's URL, 20 MB at most. Raises `Rejected` (no such photo, not allowed, too
        large) or `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """A photo in the forms we keep.

    Attributes:
        extension, content_type: of the original, told from its bytes.
        width, height: of the original in pixels, upright.
        blurhash: see https://blurha.sh.
        variants: WebP files by name, one for each of `VARIANTS`.
    """

    extension: str
    content_type: str
    width: int
    height: int
    blurhash: str
    variants: Mapping[str, bytes]


class Images(Protocol):
    """Decodes strangers' pictures safely, off the event loop."""

    async def render(self, data: bytes) -> Rendered:
        """Raises `Rejected` for what is no picture, damaged, of a format we do not take, or too large."""
        ...

    async def rendition(self, data: bytes, spec: RenditionSpec) -> bytes:
        """The JPEG that a platform takes, always the same for the same bytes; raises as `render` does."""
        ...


class Mls(Protocol):
    """One protocol in which MLSs speak. Raises only the four errors of adapters."""

    name: str
    title: str
    vendors: tuple[MlsVendor, ...]

    async def check(self, source: MlsSource) -> None:
        """Log in and read one row; raises `ActionRequired`, `Rejected` or `Unavailable` if that fails."""
        ...

    async def fetch(self, source: MlsSource, query: MlsQuery, position: str | None) -> MlsPage:
        """One page; `position` is None for the first, then what the page before gave."""
        ...

    async def keys(self, source: MlsSource, position: str | None) -> MlsKeys:
        """A page of the keys (`MlsRecord.key`) of every row there is now, deleted ones left out.

        Raises rather than leave a page out: what is missing here is taken off the market.
        """
        ...

    async def photo(self, source: MlsSource, media: Media) -> bytes:
        """The bytes of a photo that a row named, by the MLS's rules for media.

        Raises `Rejected` (no such photo, not allowed, too large), `ActionRequired` or `Unavailable`.
        """
        ...

    async def sample(self, source: MlsSource) -> MlsSample:
        """Log in, read the metadata and one row; raises as `check` does."""
        ...

    async def close(self) -> None: ...


class SocialPlatform(Protocol):
    """One platform. Raises only the four errors of adapters.

    Attributes:
        listens: whether it can be had to tell by itself what happens to posts.
    """

    slug: str
    title: str
    version: ApiVersion
    limits: PlatformLimits
    can_unpublish: bool
    needs_photo: bool
    listens: bool

    def authorization_url(self, state: str, redirect_uri: str, challenge: str) -> str:
        """Where the user's browser is sent to consent.

        Args:
            challenge: of RFC 7636 by S256; a platform without PKCE leaves it out.
        """
        ...

    async def accounts(self, code: str, redirect_uri: str, verifier: str) -> list[FoundAccount]:
        """Exchange the code and list the accounts the user may choose from."""
        ...

    async def renew(self, tokens: SocialTokens) -> Renewed:
        """Exchange the refresh token for a new login, once, without trying again.

        Raises `ActionRequired` if there is none, or the platform does not take it.
        """
        ...

    def preflight(self, draft: Draft) -> list[Problem]:
        """Everything the platform would refuse, found without calling it."""
        ...

    async def prepare(self, tokens: SocialTokens, draft: Draft, step: str | None) -> Prepared:
        """Bring to the platform what the post needs; nobody can see any of it, and its outcome is never unknown.

        What fails leaves nothing behind that could be named.

        Args:
            step: of the `Prepared` before; None at first.
        """
        ...

    async def publish(self, tokens: SocialTokens, draft: Draft, step: str) -> Published:
        """Publish what is prepared: once, without trying again.

        Raises `Unavailable.outcome_unknown` if it may have gone up.
        """
        ...

    async def discard(self, tokens: SocialTokens, step: str) -> None:
        """Remove what was prepared and is not going to be published. Never raises: nobody can see it."""
        ...

    async def find(self, tokens: SocialTokens, draft: Draft, since: datetime, step: str) -> Published | None:
        """Look for the post that an attempt begun at `since` may have left.

        Where a platform lets nobody read posts, but refuses content that is up already and names its post, it is
        sent the same content once more: either way one post is up and known, whether the first went up or not.
        """
        ...

    async def unpublish(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> None:
        """Remove the post and return when it is gone; a post that is gone already is success.

        Raises `Rejected` if the platform refuses for good.
        """
        ...

    async def engagement(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> Engagement:
        """How the post does; raises `NotFound` if it is certain that it is gone from the platform."""
        ...

    async def shows(self, tokens: SocialTokens, account_id: str, platform_post_id: str) -> bool:
        """Whether the post is up there.

        Raises `ActionRequired` if the platform shows no such post and may only not let this token see it, and
        `Rejected` if it shows such posts to nobody.
        """
        ...

    async def listen(self, tokens: SocialTokens, account_id: str) -> None:
        """Have the platform tell by itself what happens to the account's posts, if it `listens`."""
        ...

    def challenge(self, params: Mapping[str, str]) -> str | None:
        """What the platform wants to hear when our webhook is registered there; None for anybody else."""
        ...

    def news(self, headers: Mapping[str, str], body: bytes) -> list[PlatformNews]:
        """What the platform tells, as far as it matters; raises `Rejected` if it is not signed as it must be.

        Args:
            headers: with names in lower case, or a mapping that does not mind the case.
        """
        ...

    async def close(self) -> None: ...


class Progress(Protocol):
    """Tells watchers that something has changed; what it is now they read from the store.

    Losing a message is harmless to the store and delays a watcher at most until the next one.
    """

    async def tell(self, topic: str) -> None:
        """Never raises: whoever works must not fail because nobody can listen."""
        ...

    def follow(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[News]]:
        """Yields once for each burst of changes; a slow watcher gets one for many.

        All watchers of a topic in a process get the same object. Whoever waits for the next may stop waiting
        and wait again.
        """
        ...


class Bell(Protocol):
    """Rings a worker for an intent that is stored already."""

    async def ring(self, kind: IntentKind, target: str) -> None:
        """Never raises and takes a second at most: the clock rings again for what nobody has begun."""
        ...
