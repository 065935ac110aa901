"""Reads what GetObject answers: one object, or a multipart of many (RETS 1.7.2, section 5; RFC 2046, 5.1).

Seen in the wild: a boundary in quotes with a charset behind it, or one that is not the body's; parts that are
XML errors; line ends without a carriage return.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from adapters.http import Reply
from adapters.http.origins import web_address
from adapters.mls.answers import bare
from adapters.mls.rets_answers import NO_OBJECT, attribute, number_of, parse_xml, read_answer
from domain.errors import Rejected, Unavailable

_BOUNDARY = re.compile(r'boundary\s*=\s*("[^"]+"|[^;\s]+)', re.IGNORECASE)
_FIRST_LINE = re.compile(rb"(?:^|\n)--([^\r\n]{1,200})")
_MOST_PARTS = 5000


@dataclass(frozen=True, slots=True)
class Object:
    """An object, or news that there is none.

    Attributes:
        key: of the row it belongs to (Content-ID).
        number: Object-ID; the order of photos.
        url: absolute, where the server gave a Location.
        code: the reply code of a part that is an error; 0 of an object.
    """

    key: str
    number: int
    url: str | None
    caption: str | None
    preferred: bool
    data: bytes
    code: int = 0


def read_objects(reply: Reply, secrets: Sequence[str]) -> tuple[Object, ...]:
    """The objects of an answer; none if it is as a whole "no object found".

    Raises as `read_answer` for an answer that is another error.
    """
    kind = reply.headers.get("content-type", "")
    if kind.lower().startswith("multipart/"):
        parts = _parts(reply.body, kind, bare(reply.url))
        return tuple(_object(headers, body, reply.url) for headers, body in parts)
    if _is_xml(kind, reply.body) and "location" not in reply.headers:
        read_answer(reply, secrets, passing=(NO_OBJECT,))
        return ()
    if kind.lower().startswith("text/html"):
        raise Rejected(f"The MLS answered HTML instead of photos ({bare(reply.url)}).")
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return (_object(headers, reply.body, reply.url),)


def _object(headers: Mapping[str, str], body: bytes, base: str) -> Object:
    code = 0
    if _is_xml(headers.get("content-type", ""), body):
        code = _code(body)
        body = b""
    location = headers.get("location", "").strip()
    return Object(
        key=headers.get("content-id", "").strip().strip("<>").strip(),
        number=_number(headers.get("object-id", "")),
        url=_url(location, base),
        caption=headers.get("content-description", "").strip() or None,
        preferred=headers.get("preferred", "").strip().lower() in ("1", "true", "yes"),
        data=body,
        # Neither an address nor bytes: there is nothing.
        code=code or (0 if location or body else NO_OBJECT),
    )


def _parts(body: bytes, kind: str, where: str) -> list[tuple[dict[str, str], bytes]]:
    """Headers, by names in lower case, and body of each part; a body that breaks off is no answer."""
    delimiter = _delimiter(body, kind)
    if delimiter is None:
        if body.strip():
            raise Unavailable(
                f"The MLS's photos cannot be told apart ({where}): their boundary is not there."
            )
        return []
    found = []
    for piece in body.split(delimiter)[1 : _MOST_PARTS + 1]:
        if piece.startswith(b"--"):
            break
        lines = piece.removeprefix(b"\r").removeprefix(b"\n")
        head, blank, content = _halves(lines)
        if not blank and not head.strip():
            continue
        content = content.removesuffix(b"\n").removesuffix(b"\r")
        found.append((_headers(head), content))
    return found


def _delimiter(body: bytes, kind: str) -> bytes | None:
    """What stands between the parts: as declared, or as the body begins if that is not in it."""
    match = _BOUNDARY.search(kind)
    declared = match[1].strip('"').encode("latin-1", "replace") if match else b""
    for candidate in (b"--" + declared, declared):
        if declared and candidate in body:
            return candidate
    first = _FIRST_LINE.search(body[:2000])
    return b"--" + first[1].rstrip() if first else None


def _halves(part: bytes) -> tuple[bytes, bytes, bytes]:
    """Headers and content, apart at the first blank line."""
    if part.startswith((b"\r\n", b"\n")):
        return b"", b"\n", part.removeprefix(b"\r").removeprefix(b"\n")
    match = re.search(rb"\r?\n\r?\n", part)
    if match is None:
        return part, b"", b""
    return part[: match.start()], match[0], part[match.end() :]


def _headers(head: bytes) -> dict[str, str]:
    """Header fields; a line that continues the one before is joined to it."""
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("cp1252", "replace")
    found: dict[str, str] = {}
    for line in re.sub(r"\r?\n[ \t]+", " ", text).splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), value.strip())
    return found


def _code(body: bytes) -> int:
    """The reply code of a part in XML; such a part is no photo, whatever it is."""
    try:
        return number_of(attribute(parse_xml(body, "a part"), "ReplyCode")) or 0
    except (Rejected, Unavailable):
        return NO_OBJECT


def _is_xml(kind: str, body: bytes) -> bool:
    start = body[:200].lstrip().lower()
    return kind.lower().startswith(("text/xml", "application/xml")) or start.startswith((b"<?xml", b"<rets"))


def _number(text: str) -> int:
    return number_of(text) or 0


def _url(location: str, base: str) -> str | None:
    """An absolute web address; None for what is none."""
    if not location:
        return None
    try:
        url = urljoin(base, location)
        web_address(url)
    except ValueError:
        return None
    return url
