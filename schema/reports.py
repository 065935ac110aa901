"""Where the metrics of a listing are as files and as pictures."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

import strawberry

from domain.entities.report import ChartFormat, ChartTheme
from schema.context import Info
from schema.fields import resolved
from schema.ids import to_id

_Format = Annotated[
    ChartFormat, strawberry.argument(description="Mail programs show PNG alone; pages show either.")
]
_Theme = Annotated[ChartTheme, strawberry.argument(description="On which background it stands.")]


@strawberry.type(description="The metrics of the same listing and days, outside of the graph.")
class MetricsReports:
    """Addresses of files and pictures."""

    owner: strawberry.Private[str]
    listing_id: strawberry.Private[str]
    first: strawberry.Private[date]
    last: strawberry.Private[date]

    @resolved(
        "As CSV, a row for each day and platform; opens with your bearer token, and is null if the listing is"
        " somebody else's. Without `listingId` it has all of your listings."
    )
    async def csv_url(self, info: Info) -> str | None:
        """Read with a login."""
        return self._export(info, "csv")

    @resolved("As PDF, a page for each listing; as `csvUrl`.")
    async def pdf_url(self, info: Info) -> str | None:
        """Read with a login."""
        return self._export(info, "pdf")

    @resolved(
        "A chart of views, shares and inquiries by day and platform, 600 by 300 points (PNG has two pixels a"
        " point). Whoever has this URL may load it, for 30 days."
    )
    async def chart_url(
        self, info: Info, format: _Format = ChartFormat.SVG, theme: _Theme = ChartTheme.LIGHT
    ) -> str:
        """Signed."""
        id = to_id("Listing", self.owner, self.listing_id)
        query = {**self._days, "theme": theme.value.lower()}
        return info.context.ports.links.url(f"/charts/listing/{id}.{format.value.lower()}", query)

    @property
    def _days(self) -> dict[str, str]:
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}

    def _export(self, info: Info, form: str) -> str | None:
        if self.owner != info.context.user_id:
            return None
        query = urlencode({"listingId": to_id("Listing", self.owner, self.listing_id), **self._days})
        return info.context.ports.public_url(f"/exports/metrics.{form}?{query}")
