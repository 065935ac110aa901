"""Photos of a listing."""

from typing import Annotated

import strawberry

from domain.entities import listing as entities
from domain.entities.listing import PhotoState
from domain.rules import photos
from schema.context import Info
from schema.enums import PhotoVariant
from schema.fields import resolved, unchanging
from schema.ids import pair, to_id

_WEB = ("https://", "http://")

_Variant = Annotated[PhotoVariant, strawberry.argument(description="Which form of it.")]


@unchanging
@strawberry.type(description="A photo of a listing.")
class Photo:
    """A photo and where its variants can be loaded."""

    id: strawberry.ID = strawberry.field(description="Names the photo when publishing.")
    order: int = strawberry.field(description="Its place in the MLS's order.")
    caption: str | None = strawberry.field(description="What the MLS says it shows.")
    preferred: bool = strawberry.field(description="Whether the MLS prefers it as the first one.")
    state: PhotoState = strawberry.field(description="Where it is on its way into our storage.")
    failure: str | None = strawberry.field(description="Why it could not be kept.")
    width: int | None = strawberry.field(description="Of the original, in pixels, upright.")
    height: int | None = strawberry.field(description="Of the original, in pixels, upright.")
    original_url: str | None = strawberry.field(
        description="Where the MLS has it; null if it gives photos by other means than URLs that anybody may open."
    )
    blurhash: str | None = strawberry.field(
        description="From which a page paints a blurred picture until the photo is there: https://blurha.sh"
    )
    stored: strawberry.Private[entities.Photo]
    keys: strawberry.Private[dict[PhotoVariant, str | None]]

    @resolved("A URL for a browser, mostly of limited life; null until the photo is stored.", steady=True)
    def url(self, info: Info, variant: _Variant = PhotoVariant.LARGE) -> str | None:
        """Signed by the file store, unless it is public by setting."""
        if variant not in self.keys:  # few ask for more than one
            self.keys[variant] = _key_of(self.stored, variant)
        key = self.keys[variant]
        return None if key is None else info.context.ports.files.url(key)

    @staticmethod
    def of(photo: entities.Photo, listing: entities.Listing) -> "Photo":
        """From a photo of this listing."""
        media = photo.media
        return Photo(
            id=to_id("Photo", listing.user_id, pair(listing.id, media.key)),
            order=media.order,
            caption=media.caption,
            preferred=media.preferred,
            state=photo.state,
            failure=photo.failure,
            width=photo.width,
            height=photo.height,
            blurhash=photo.blurhash,
            original_url=media.url if media.url.startswith(_WEB) and not media.closed else None,
            stored=photo,
            keys={},
        )


def _key_of(photo: entities.Photo, variant: PhotoVariant) -> str | None:
    if variant is PhotoVariant.ORIGINAL:
        return photos.original_of(photo)
    return photos.variant_of(photo, variant.value.lower())
