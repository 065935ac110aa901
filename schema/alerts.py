"""Alerts on metrics."""

from datetime import datetime

import strawberry

from domain.entities import alert as entities
from domain.entities.alert import AlertComparison, AlertMetric
from schema.context import Context, Info
from schema.fields import resolved
from schema.ids import to_id
from schema.listings import Listing
from schema.nodes import Node


@strawberry.type(description="A number that you want to hear of; you are told each time it is crossed.")
class MetricAlert(Node):
    """An alert."""

    metric: AlertMetric = strawberry.field(description="What is counted.")
    comparison: AlertComparison = strawberry.field(description="On which side of the threshold you are told.")
    threshold: int = strawberry.field(description="The number.")
    window_days: int = strawberry.field(
        description="Over how many UTC days events are added up: 1, 7 or 30. The last is today, and for `AT_MOST`"
        " yesterday, which is looked at soon after midnight."
    )
    enabled: bool = strawberry.field(description="Whether you are told.")
    last_fired_at: datetime | None = strawberry.field(description="When you were told last.")
    created_at: datetime = strawberry.field(description="When it was made.")
    listing_id: strawberry.Private[str | None]

    @resolved(
        "Whose number it is; null for all your listings together. Of a deleted one only its id remains."
    )
    async def listing(self, info: Info) -> Listing | None:
        """Through the loader."""
        return (
            None if self.listing_id is None else await Listing.load_or_remnant(info.context, self.listing_id)
        )

    @staticmethod
    def of(alert: entities.MetricAlert) -> "MetricAlert":
        """From the entity."""
        return MetricAlert(
            id=to_id("MetricAlert", alert.user_id, alert.id),
            metric=alert.metric,
            comparison=alert.comparison,
            threshold=alert.threshold,
            window_days=alert.window_days,
            enabled=alert.enabled,
            last_fired_at=alert.last_fired_at,
            created_at=alert.created_at,
            listing_id=alert.listing_id,
        )

    @staticmethod
    async def load(context: Context, alert_id: str) -> "MetricAlert | None":
        """The viewer's alert with this key."""
        found = await context.ports.alerts.get(context.user_id, alert_id)
        return None if found is None else MetricAlert.of(found)
