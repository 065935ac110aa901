"""Inputs and payloads: alerts on metrics."""

import strawberry
from strawberry import UNSET

from domain.entities.alert import AlertComparison, AlertMetric
from schema.alerts import MetricAlert
from schema.mutations.payload import Payload

_ALERT = "The global id of the alert."
_THRESHOLD = "The number: from 1 (`AT_MOST`: from 0) to 1,000,000,000"
_WINDOW = "Over how many UTC days events are added up: 1, 7 or 30"


@strawberry.input(description="An alert to make; there may be 50.")
class CreateMetricAlertInput:
    """For `createMetricAlert`."""

    listing_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Whose number; null for all your listings together."
    )
    metric: AlertMetric = strawberry.field(description="What is counted.")
    comparison: AlertComparison = strawberry.field(
        default=AlertComparison.AT_LEAST, description="On which side of the threshold you are told."
    )
    threshold: int = strawberry.field(description=f"{_THRESHOLD}.")
    window_days: int = strawberry.field(description=f"{_WINDOW}.")


@strawberry.input(description="What is to change of an alert; what is not given stays.")
class UpdateMetricAlertInput:
    """For `updateMetricAlert`."""

    alert_id: strawberry.ID = strawberry.field(description=_ALERT)
    metric: AlertMetric | None = strawberry.field(default=UNSET, description="What is counted.")
    comparison: AlertComparison | None = strawberry.field(
        default=UNSET, description="On which side of the threshold you are told."
    )
    threshold: int | None = strawberry.field(default=UNSET, description=f"{_THRESHOLD}.")
    window_days: int | None = strawberry.field(default=UNSET, description=f"{_WINDOW}.")
    enabled: bool | None = strawberry.field(default=UNSET, description="Whether you are told.")


@strawberry.input(description="An alert to delete.")
class DeleteMetricAlertInput:
    """For `deleteMetricAlert`."""

    alert_id: strawberry.ID = strawberry.field(description=_ALERT)


@strawberry.type(description="The alert as it was made.")
class CreateMetricAlertPayload(Payload):
    """Of `createMetricAlert`."""

    alert: MetricAlert | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The alert as it is now.")
class UpdateMetricAlertPayload(Payload):
    """Of `updateMetricAlert`."""

    alert: MetricAlert | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="What is gone.")
class DeleteMetricAlertPayload(Payload):
    """Of `deleteMetricAlert`."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the alert; null on failure."
    )
