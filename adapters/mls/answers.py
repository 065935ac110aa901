"""Reads the answers of OData servers: JSON, errors wherever they stand, and what is neither.

Sources: OData JSON Format 4.01, section 21 (error responses); RESO Web API Core 2.1.0, whose own example of
an error is sent with status 200.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

import orjson

from adapters.http import Reply
from adapters.mls.reso_profiles import Trouble
from adapters.mls.values import to_text
from domain.errors import ActionRequired, Rejected, Unavailable

_TOLD = 300
_DIGITS = 100
_NOT_JSON = object()
_SUSPENDED = re.compile(r"\bsuspen(d|sion)", re.IGNORECASE)


class Refused(Rejected):
    """The server answered with an error.

    Attributes:
        status: the HTTP status, or the one that an error sent with status 200 names.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Forbidden(ActionRequired):
    """The account may not read this; it may be allowed to read other things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What to read an answer with.

    Attributes:
        wait: the seconds that the server asks to wait, or None.
        secrets: what must not appear in an error, though the server may echo it.
        troubles: what the vendor's own error codes mean.
    """

    wait: float | None = None
    secrets: Sequence[str] = ()
    troubles: Mapping[str, Trouble] = field(default_factory=dict)


def read_object(reply: Reply, expected: Expected) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        ActionRequired: 401, `Forbidden` for 403, a suspended token, and codes of the vendor's that mean such.
        Refused: any other error that asking again does not mend.
        Rejected: no OData server answers here.
        Unavailable: 408, 429, 5xx, and JSON that is damaged or broken off.
    """
    where = bare(reply.url)
    if 300 <= reply.status < 400:
        target = bare(reply.headers.get("location", ""), base=reply.url)
        raise Refused(f"The MLS redirects {where} to {target}. Connect that address instead.", reply.status)
    body = _parse(reply.body)
    error = _error_of(body)
    if 200 <= reply.status < 300 and error is None:
        if isinstance(body, dict):
            return body
        _refuse_shape(reply, where, is_json=body is not _NOT_JSON)
    status, code, text = _understood(reply.status, error)
    for secret in filter(None, expected.secrets):
        text = text.replace(secret, "…")
    told = text[:_TOLD]
    if status in (401, 403, 429) and (_SUSPENDED.search(text) or _SUSPENDED.search(_start(reply))):
        says = f" It says: {told}" if told else ""
        raise ActionRequired(f"The MLS has suspended this account's access. Ask it to reinstate it.{says}")
    _raise_trouble(expected.troubles.get(code), told, expected.wait)
    return _fail(status, where, told, expected.wait)


def read_xml(reply: Reply, expected: Expected) -> bytes:
    """The XML document of an answer, unread; raises as `read_object` does."""
    is_xml = reply.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and not is_html(reply)
    if 200 <= reply.status < 300 and is_xml:
        return reply.body
    read_object(reply, expected)
    raise Rejected(f"The MLS answered JSON instead of XML ({bare(reply.url)}).")


def is_html(reply: Reply) -> bool:
    """Whether a page for people came instead of data."""
    start = reply.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html")) or "text/html" in reply.headers.get(
        "content-type", ""
    )


def bare(url: str, *, base: str = "") -> str:
    """A URL, absolute or relative to `base`, as an error may show it: without user, query and fragment."""
    try:
        parts = urlsplit(urljoin(base, url))
    except ValueError:
        return "a malformed address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _parse(body: bytes) -> Any:
    """JSON, also with NaN, numbers without end, lone surrogates or raw control characters in it: one bad value is
    not a bad page."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        text = body.decode("utf-8-sig", "replace")
        # Decimal also takes what is no float, and more digits than Python gives an int.
        return json.loads(text, strict=False, parse_float=Decimal, parse_int=_whole)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _DIGITS else Decimal(digits)


def _error_of(body: Any) -> Any:
    """The error in an answer: OData's, or the Spark API's own `{"D": {"Success": false, "Code": …}}`."""
    if not isinstance(body, dict):
        return None
    spark = body.get("D")
    if isinstance(spark, dict) and spark.get("Success") is False:
        return {"code": spark.get("Code"), "message": spark.get("Message")}
    return body.get("error")


def _understood(status: int, error: Any) -> tuple[int, str, str]:
    """The status that counts, the code and the text; an error sent with 200 may name its own status."""
    details = error if isinstance(error, dict) else {"message": error}
    code = _text(details.get("code"))
    if 200 <= status < 300:
        status = int(code) if re.fullmatch(r"[45]\d\d", code) else 400
    return status, code, _text(details.get("message")) or code


def _start(reply: Reply) -> str:
    """The beginning of a body that may be no JSON."""
    return reply.body[:2000].decode("utf-8", "replace")


def _raise_trouble(trouble: Trouble | None, told: str, wait: float | None) -> None:
    says = f" It says: {told}" if told else ""
    if trouble is Trouble.EXPIRED:
        raise ActionRequired(f"The access token has expired. Put in a new one.{says}")
    if trouble is Trouble.WRONG_HOST:
        raise ActionRequired(
            f"This access token is for another host of the vendor's: change the connection's address.{says}"
        )
    if trouble is Trouble.THROTTLED:
        raise Unavailable(f"The MLS asks for fewer requests.{says}", retry_after=wait)


def _text(value: Any) -> str:
    # OData 3 and some of today's servers write {"message": {"lang": "en", "value": "…"}}.
    value = value.get("value") if isinstance(value, dict) else value
    try:
        return "" if value is None else " ".join(to_text(value).split())
    except ValueError:
        return ""


def _refuse_shape(reply: Reply, where: str, *, is_json: bool) -> NoReturn:
    if is_json:
        raise Rejected(f"The MLS answered JSON that is no OData ({where}). Is the address right?")
    if is_html(reply):
        raise Rejected(f"The MLS answered HTML instead of JSON ({where}). Is the address right?")
    if reply.body.lstrip().startswith(b"<"):
        raise Rejected(f"The MLS answered XML instead of JSON ({where}). Is the address right?")
    raise Unavailable(f"The MLS's answer was damaged or broken off ({where}).")


def _fail(status: int, where: str, told: str, wait: float | None) -> NoReturn:
    says = f" It says: {told}" if told else ""
    if status == 401:
        raise ActionRequired(f"The MLS did not accept the credentials ({where}).{says}")
    if status == 403:
        raise Forbidden(f"The MLS does not let this account read {where}.{says}")
    if status == 404:
        raise Refused(f"The MLS has nothing at {where} (404). Is the address right?{says}", status)
    if status == 429:
        raise Unavailable(f"The MLS asks for fewer requests (429 from {where}).{says}", retry_after=wait)
    if status == 408 or (status >= 500 and status != 501):
        raise Unavailable(f"The MLS has trouble ({status} from {where}).{says}", retry_after=wait)
    raise Refused(f"The MLS refused the request ({status} from {where}).{says}", status)
