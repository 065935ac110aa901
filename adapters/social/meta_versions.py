"""Until when the versions of Meta's Graph API are answered."""

import re
from datetime import date

from domain.entities.social_account import ApiVersion

_OLDEST = 20
_ENDS = {20: date(2026, 9, 24), 21: date(2027, 1, 1), 25: date(2028, 7, 1)}
"""By major number; where Meta names a month, its first day. https://developers.facebook.com/docs/graph-api/changelog"""


def graph_version(name: str) -> ApiVersion:
    """The version, such as `v26.0`; of one that is not listed, no end is announced, or it has ended long ago."""
    numbers = re.fullmatch(r"v(\d+)\.\d+", name)
    major = int(numbers[1]) if numbers else None
    ends_on = None if major is None else _ENDS.get(max(major, _OLDEST))
    return ApiVersion(name=name, ends_on=ends_on)
