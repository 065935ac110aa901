"""Reads how long a server asks us to wait."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from adapters.http.client import Reply

LONGEST_RETRY_AFTER = 3600.0
"""Seconds; a server that asks for more is asked again after an hour."""


def retry_after(reply: Reply, now: datetime) -> float | None:
    """The seconds of Retry-After, which may be a date (RFC 9110, section 10.2.3), an hour at most.

    Returns:
        None if the server does not ask for a wait, or not readably.
    """
    asked = reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", asked):
        return min(float(asked), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)
