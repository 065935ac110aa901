"""What is shown of a listing's metrics outside of the graph, and in which forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from domain.entities.listing import Listing
from domain.entities.metrics import DayMetrics
from domain.rules.aggregates import Aggregate, aggregate


class ChartFormat(StrEnum):
    """In which form a chart is drawn."""

    SVG = "SVG"
    PNG = "PNG"


class ChartTheme(StrEnum):
    """On which background a chart is drawn."""

    LIGHT = "LIGHT"
    DARK = "DARK"


@dataclass(frozen=True)
class ListingReport:
    """A listing and what came of it from the first to the last day, both included.

    Attributes:
        days: those on which something was counted.
    """

    listing: Listing
    days: Sequence[DayMetrics]
    first: date
    last: date

    @cached_property
    def sums(self) -> Aggregate:
        """Added up when it is first asked for: of two years that takes milliseconds, better in a thread."""
        return aggregate(self.days, self.first, self.last, listing_id=self.listing.id)
