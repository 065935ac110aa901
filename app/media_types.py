"""In which media type the graph answers, and in which it may be asked (GraphQL over HTTP; RFC 9110, section 12)."""

from email.message import Message
from functools import lru_cache

JSON = "application/json"
"""What legacy clients read, and what is answered to whoever does not care."""

GRAPHQL_JSON = "application/graphql-response+json"
"""With it the status says whether the document was executed."""

EVENTS = "text/event-stream"

_LONGEST = 2_000
"""Of a header, in characters; Python reads parameters in quadratic time, two seconds for as long a header as can come."""

_Range = tuple[str, float]


@lru_cache(maxsize=64)
def answered_as(accept: str) -> str | None:
    """The best media type for this header `Accept`; None if it takes none of ours.

    Of equally good ones the one that is named first. Events only if they are named, and wanted more than both kinds
    of JSON: clients list them beside JSON for servers that cannot do without.
    """
    if len(accept) > _LONGEST:
        return None
    ranges = [read for part in accept.split(",") if part.strip() and (read := _range(part))]
    if not accept.strip():
        return JSON
    json = max((JSON, GRAPHQL_JSON), key=lambda kind: _rank(kind, ranges))
    wanted = _rank(json, ranges)[0]
    events = max((quality for kind, quality in ranges if kind == EVENTS), default=0.0)
    if events > wanted:
        return EVENTS
    return json if wanted > 0 else None


@lru_cache(maxsize=64)
def is_json(content_type: str) -> bool:
    """Whether a body of this `Content-Type` is JSON in UTF-8."""
    if len(content_type) > _LONGEST:
        return False
    kind, parameters = _parsed(content_type)
    return kind == JSON and parameters.get("charset", "utf-8") in ("utf-8", "utf8")


def _rank(kind: str, ranges: list[_Range]) -> tuple[float, int, int]:
    """The quality by the range that names it most exactly, how exactly, and how early."""
    matches = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    named = [
        (-matches.index(name), -place, quality)
        for place, (name, quality) in enumerate(ranges)
        if name in matches
    ]
    exactness, place, quality = max(named, default=(-len(matches), 0, 0.0))
    return quality, exactness, place


def _range(text: str) -> _Range | None:
    """One media range of the header; None if it cannot be read, or asks for another encoding than UTF-8."""
    kind, parameters = _parsed(text)
    if parameters.get("charset", "utf-8") not in ("utf-8", "utf8"):
        return None
    try:
        quality = float(parameters.get("q", "1"))
    except ValueError:
        return None
    return (kind, quality) if 0 <= quality <= 1 else None


def _parsed(text: str) -> tuple[str, dict[str, str]]:
    header = Message()
    header["Content-Type"] = text.strip()
    (kind, _), *parameters = header.get_params() or [("", "")]
    return kind.lower(), {name.lower(): value.lower() for name, value in parameters}
