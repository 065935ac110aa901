"""What is shown of a listing's metrics outside of the graph, and in which forms."""

from dataclasses import dataclass
from enum import StrEnum

from domain.entities.listing import Listing
from domain.rules.aggregates import Aggregate


class ChartFormat(StrEnum):
    """In which form a chart is drawn."""

    SVG = "SVG"
    PNG = "PNG"


class ChartTheme(StrEnum):
    """On which background a chart is drawn."""

    LIGHT = "LIGHT"
    DARK = "DARK"


@dataclass(frozen=True, slots=True)
class ListingReport:
    """A listing and what came of it in a span of days."""

    listing: Listing
    sums: Aggregate
