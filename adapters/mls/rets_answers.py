"""Reads the answers of RETS servers: XML that may be broken, reply codes, and what is neither.

Sources: RETS 1.7.2, sections 3.8, 4.11, 5.12, 7.8 and 11.7 (reply codes).
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from adapters.http import Reply, retry_after
from adapters.mls.answers import bare, is_html
from domain.errors import ActionRequired, Rejected, Unavailable

NO_RECORDS = 20201
MAXIMUM_EXCEEDED = 20208
NO_OBJECT = 20403

_NOT_LOGGED_IN = frozenset({20701, 20702})
# Balance, broker code, login, user agent, password, not allowed to read.
_FOR_THE_USER = frozenset(
    {20003, 20012, 20013, 20036, 20037, 20041, 20140, 20141, 20142, 20207, 20407, 20507}
)
# Another login, disabled, time-outs, too many at once, and the codes that mean "some trouble".
_LATER = frozenset(
    {10000, 20022, 20050, 20203, 20209, 20210, 20408, 20409, 20411, 20412, 20413, 20508, 20509, 20511}
    | {20512, 20513}
)
# "Miscellaneous" is also what servers call a request that they will never like.
_NEVER = re.compile(r"\b(not valid|invalid|unknown|not found)\b", re.IGNORECASE)

_TOLD = 300
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&(#[0-9]{1,7};|#x[0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,30};)?")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_KEPT = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"}
_REPLY_TEXT = re.compile(rb'ReplyText\s*=\s*"([^"]{1,1000})"', re.IGNORECASE)


class Refused(Rejected):
    """The server refused the request.

    Attributes:
        code: its reply code, or the HTTP status where it gives none.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class SessionEnded(ActionRequired):
    """The server does not know the session, or not any more: log in again, once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in XML; `code` is 0, or one that the caller said it can live with."""

    code: int
    root: Element


def read_answer(reply: Reply, secrets: Sequence[str], passing: Sequence[int] = ()) -> Answer:
    """The XML of an answer with the HTTP status 200.

    Args:
        secrets: what must not appear in an error, though the server may echo it.
        passing: reply codes that are no failure.

    Raises:
        SessionEnded: 20701.
        ActionRequired: the account may not log in or read.
        Refused: any other reply code that asking again does not mend.
        Rejected: no RETS server answers here, or its XML brings a document type.
        Unavailable: the server is busy or has trouble, and XML that is damaged or broken off.
    """
    where = bare(reply.url)
    start = reply.body[:2000].lower()
    if b"<rets" not in start and is_html(reply):
        raise Rejected(f"The MLS answered HTML instead of RETS ({where}). Is the address right?")
    root = parse_xml(reply.body, where)
    if root.tag.upper() != "RETS":
        raise Rejected(f"The MLS answered XML that is no RETS ({where}). Is the address right?")
    code, text = _code_of(root)
    if code and code not in passing:
        fail(code, text, where, secrets)
    return Answer(code, root)


def parse_xml(body: bytes, where: str) -> Element:
    """The root of a stranger's XML, which is mended where it can be.

    Raises `Rejected` for a document type or an entity of its own, `Unavailable` for what is no XML.
    """
    try:
        try:
            return _root(body)
        except (ParseError, LookupError):
            return _root(_mended(body).encode())
    except DefusedXmlException:
        raise Rejected(f"The MLS's XML declares a document type or entities ({where}).") from None
    except (ParseError, LookupError, ValueError):
        raise Unavailable(f"The MLS's answer was damaged or broken off ({where}).") from None


def check_status(reply: Reply, *, now: datetime, secrets: Sequence[str]) -> None:
    """Raises for every HTTP status but 200; `SessionEnded` for 401."""
    status, where = reply.status, bare(reply.url)
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        target = bare(reply.headers.get("location", ""), base=reply.url)
        raise Refused(f"The MLS redirects {where} to {target}. Connect that address instead.", status)
    match = _REPLY_TEXT.search(reply.body[:4000])
    says = _says(match[1].decode("utf-8", "replace") if match else "", secrets)
    if status == 401:
        raise SessionEnded(f"The MLS did not accept the credentials ({where}).{says}")
    if status in (403, 407):
        raise ActionRequired(f"The MLS does not let this account read {where}.{says}")
    if status == 404:
        raise Refused(f"The MLS has nothing at {where} (404). Is the address right?{says}", status)
    if status in (408, 429) or (status >= 500 and status not in (501, 505)):
        raise Unavailable(
            f"The MLS has trouble or asks for fewer requests ({status} from {where}).{says}",
            retry_after=retry_after(reply, now),
        )
    raise Refused(f"The MLS refused the request ({status} from {where}).{says}", status)


def fail(code: int, text: str, where: str, secrets: Sequence[str]) -> NoReturn:
    """Raise the error that a reply code stands for."""
    says = _says(text, secrets)
    if code in _NOT_LOGGED_IN:
        raise SessionEnded(f"The MLS does not keep the account logged in ({code} from {where}).{says}")
    if code in _FOR_THE_USER:
        raise ActionRequired(f"The MLS does not let this account in or read ({code} from {where}).{says}")
    if code in _LATER and not _NEVER.search(text):
        raise Unavailable(f"The MLS has trouble at present ({code} from {where}).{says}")
    raise Refused(f"The MLS refused the request ({code} from {where}).{says}", code)


def number_of(text: str | None) -> int | None:
    """A whole number of at most 12 digits, as attributes hold it; None for anything else."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else None


def attribute(element: Element, name: str) -> str | None:
    """An attribute, whatever the case of its name."""
    wanted = name.casefold()
    return next((value for key, value in element.attrib.items() if key.casefold() == wanted), None)


def _root(data: bytes) -> Element:
    root: Element = fromstring(data, forbid_dtd=True)
    return root


def _code_of(root: Element) -> tuple[int, str]:
    """The reply code and text: a status behind the body counts more than the success promised before it."""
    found = (number_of(attribute(root, "ReplyCode")) or 0, attribute(root, "ReplyText") or "")
    for element in root.iter():
        if element.tag.upper() == "RETS-STATUS" and number_of(attribute(element, "ReplyCode")):
            found = (number_of(attribute(element, "ReplyCode")) or 0, attribute(element, "ReplyText") or "")
    return found


def _says(text: str, secrets: Sequence[str]) -> str:
    told = " ".join(_ILLEGAL.sub("", text).split())
    for secret in filter(None, secrets):
        told = told.replace(secret, "…")
    return f" It says: {told[:_TOLD]}" if told else ""


def _mended(body: bytes) -> str:
    """The text without what XML forbids: bytes of another encoding, control characters, a bare ampersand."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Most of these servers run on Windows, whatever their headers say.
        text = body.decode("cp1252", "replace")
    text = _DECLARATION.sub("", _ILLEGAL.sub("", text)).strip()
    return _REFERENCE.sub(_reference, text)


def _reference(match: re.Match[str]) -> str:
    whole = match[0]
    if whole in _KEPT:
        return whole
    if match[1] is None:
        return "&amp;"
    # Names of HTML become their characters; what stands for no character, or for a forbidden one, is dropped.
    plain = html.unescape(whole)
    return html.escape("" if plain == whole and whole[1] == "#" else _ILLEGAL.sub("", plain))
