"""Where a listing is counted from outside."""

from typing import Annotated

import strawberry

from domain.entities import tracking as entities

Platform = Annotated[
    str | None, strawberry.argument(description="The slug of the platform on which it will stand.")
]
Source = Annotated[
    str | None,
    strawberry.argument(description="Where it will stand, as `newsletter`; at most 40 characters."),
]
Campaign = Annotated[str | None, strawberry.argument(description="Its campaign; at most 100 characters.")]


@strawberry.type(description="Public addresses that count what comes of a listing. Anybody may know them.")
class TrackingLinks:
    """Public addresses of a listing."""

    pixel_url: str = strawberry.field(
        description="An image of one pixel: whoever loads it has viewed the listing. In e-mails, add `?to=` and"
        " something else for each recipient, for mail providers load the images of all."
    )
    beacon_url: str = strawberry.field(
        description='For `navigator.sendBeacon(url, "share")`, or `view`, or `click`; from any page.'
    )
    short_url: str = strawberry.field(
        description="Counts a click and leads to the listing's page, or else to its tour; without either it"
        " answers 404."
    )

    @staticmethod
    def of(links: entities.TrackingLinks) -> "TrackingLinks":
        """From the domain's."""
        return TrackingLinks(
            pixel_url=links.pixel_url, beacon_url=links.beacon_url, short_url=links.short_url
        )
