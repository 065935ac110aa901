"""Root fields for alerts on metrics."""

import strawberry

from domain.use_cases.alerts import create_alert, delete_alert, update_alert
from schema.alerts import MetricAlert
from schema.context import Info
from schema.fields import resolved
from schema.filters import given
from schema.mutations.alerts import (
    CreateMetricAlertInput,
    CreateMetricAlertPayload,
    DeleteMetricAlertInput,
    DeleteMetricAlertPayload,
    UpdateMetricAlertInput,
    UpdateMetricAlertPayload,
)
from schema.mutations.payload import Input, mutation


@strawberry.type
class AlertQuery:
    """Reads of alerts."""

    @resolved("The numbers that you want to hear of, oldest first.")
    async def metric_alerts(self, info: Info) -> list[MetricAlert]:
        """One query of the port."""
        found = await info.context.ports.alerts.of_user(info.context.user_id)
        return [MetricAlert.of(alert) for alert in found]


@strawberry.type
class AlertMutation:
    """Making, changing and deleting alerts."""

    @mutation(
        "Be told when a number is reached: by `METRIC_ALERT`, once each time it is crossed. What is reached already"
        " is told when it is reached anew."
    )
    async def create_metric_alert(
        self, info: Info, input: Input[CreateMetricAlertInput]
    ) -> CreateMetricAlertPayload:
        """One use case."""
        context, listing_id = info.context, given(input.listing_id)
        alert = await create_alert(
            context.ports,
            user_id=context.user_id,
            metric=input.metric,
            threshold=input.threshold,
            window_days=input.window_days,
            comparison=input.comparison,
            listing_id=None if listing_id is None else context.required(listing_id, "Listing", "listingId"),
        )
        return CreateMetricAlertPayload(alert=MetricAlert.of(alert))

    @mutation("Change an alert; what is reached already by then is told when it is reached anew.")
    async def update_metric_alert(
        self, info: Info, input: Input[UpdateMetricAlertInput]
    ) -> UpdateMetricAlertPayload:
        """One use case."""
        context = info.context
        alert = await update_alert(
            context.ports,
            user_id=context.user_id,
            alert_id=context.required(input.alert_id, "MetricAlert", "alertId"),
            metric=given(input.metric),
            threshold=given(input.threshold),
            window_days=given(input.window_days),
            comparison=given(input.comparison),
            enabled=given(input.enabled),
        )
        return UpdateMetricAlertPayload(alert=MetricAlert.of(alert))

    @mutation("Delete an alert.")
    async def delete_metric_alert(
        self, info: Info, input: Input[DeleteMetricAlertInput]
    ) -> DeleteMetricAlertPayload:
        """One use case."""
        context = info.context
        key = context.required(input.alert_id, "MetricAlert", "alertId")
        await delete_alert(context.ports, user_id=context.user_id, alert_id=key)
        return DeleteMetricAlertPayload(deleted_id=input.alert_id)
