"""Alerts as their users make, change and delete them."""

from dataclasses import replace

from domain.entities.alert import WINDOWS, AlertComparison, AlertMetric, MetricAlert
from domain.errors import Invalid, LimitExceeded, NotFound
from domain.ports import Ports
from domain.rules.alerts import is_reached
from domain.use_cases.again import until_unchallenged
from domain.use_cases.alerting import day_to_judge, first_looks, numbers_of
from domain.use_cases.lookup import listing_of

MOST_ALERTS = 50
MOST_THRESHOLD = 1_000_000_000


async def create_alert(
    ports: Ports,
    *,
    user_id: str,
    metric: AlertMetric,
    threshold: int,
    window_days: int,
    comparison: AlertComparison = AlertComparison.AT_LEAST,
    listing_id: str | None = None,
) -> MetricAlert:
    """Watch a number from now on; what is reached already is told when it is reached anew.

    Args:
        listing_id: whose number; None for all listings together.

    Raises:
        NotFound: there is no such listing.
        Invalid: a window of other than 1, 7 or 30 days, or a threshold out of bounds.
        LimitExceeded: the user has `MOST_ALERTS`.
    """
    if listing_id is not None:
        await listing_of(ports, user_id, listing_id)
    now = ports.now()
    alert = MetricAlert(
        id=ports.new_id(),
        user_id=user_id,
        listing_id=listing_id,
        metric=metric,
        comparison=comparison,
        threshold=threshold,
        window_days=window_days,
        armed_on=now.date(),
        created_at=now,
        updated_at=now,
    )
    _check(alert)
    if len(await ports.alerts.of_user(user_id)) >= MOST_ALERTS:
        raise LimitExceeded(f"There may be {MOST_ALERTS} alerts.")
    return await _saved(ports, alert)


async def update_alert(
    ports: Ports,
    *,
    user_id: str,
    alert_id: str,
    metric: AlertMetric | None = None,
    threshold: int | None = None,
    window_days: int | None = None,
    comparison: AlertComparison | None = None,
    enabled: bool | None = None,
) -> MetricAlert:
    """Change what is given. What is reached already by then is told when it is reached anew."""

    async def attempt() -> MetricAlert:
        old = await alert_of(ports, user_id, alert_id)
        new = replace(
            old,
            metric=metric or old.metric,
            threshold=old.threshold if threshold is None else threshold,
            window_days=old.window_days if window_days is None else window_days,
            comparison=comparison or old.comparison,
            enabled=old.enabled if enabled is None else enabled,
        )
        _check(new)
        return old if new == old else await _saved(ports, new)

    return await until_unchallenged(ports, attempt)


async def delete_alert(ports: Ports, *, user_id: str, alert_id: str) -> str:
    """Forget an alert."""

    async def attempt() -> None:
        await ports.alerts.delete(await alert_of(ports, user_id, alert_id))

    await until_unchallenged(ports, attempt)
    return alert_id


async def alert_of(ports: Ports, user_id: str, alert_id: str) -> MetricAlert:
    """The user's alert; raises `NotFound`."""
    alert = await ports.alerts.get(user_id, alert_id)
    if alert is None:
        raise NotFound("There is no such alert.", field=("alertId",))
    return alert


async def _saved(ports: Ports, alert: MetricAlert) -> MetricAlert:
    """Armed as of now, together with the wishes for the looks that no event asks for."""
    now = ports.now()
    day = day_to_judge(alert, now)
    reached = is_reached(alert, await numbers_of(ports, alert, day), day)
    armed = replace(alert, armed_on=day, reached_on=day if reached else None)
    return await ports.alerts.save(armed, ask=first_looks(armed, now))


def _check(alert: MetricAlert) -> None:
    if alert.window_days not in WINDOWS:
        raise Invalid("A window has 1, 7 or 30 days.", field=("windowDays",))
    least = 1 if alert.comparison is AlertComparison.AT_LEAST else 0
    if not least <= alert.threshold <= MOST_THRESHOLD:
        raise Invalid(f"A threshold is from {least} to {MOST_THRESHOLD}.", field=("threshold",))
