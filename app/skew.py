"""How far this machine's clock is from others'."""

from datetime import timedelta

from app.findings import Finding, Level

WARNED = timedelta(seconds=30)
"""As far as tokens may differ."""

FAILED = timedelta(minutes=5)
"""AWS refuses signatures beyond 15 minutes, issuers' tokens are taken for expired long before."""


def skew_finding(whose: str, ahead: timedelta) -> Finding:
    """What it means that another clock is so much ahead of ours (behind it, if negative)."""
    off = abs(ahead)
    if off <= WARNED:
        return Finding(Level.OK, f"The clock agrees with that of {whose}.")
    side = "behind" if ahead > timedelta() else "ahead of"
    level = Level.FAILURE if off > FAILED else Level.WARNING
    what = f"The clock of this machine is {off.total_seconds():,.0f} s {side} that of {whose}."
    return Finding(level, what, "Let both keep time by NTP (chrony, systemd-timesyncd).")
