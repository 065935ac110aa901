"""The ways in which RETS servers differ from each other; a sandbox server is made with some of them."""

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

Boundaries = Literal["sound", "unclosed", "bare LF", "dashes"]


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a server behaves where the specification leaves a choice, or is commonly disregarded.

    Attributes:
        version: what the header RETS-Version of every answer says. `RETS/1.8` sends stamps in UTC with a `Z`,
            and `Info` tokens at login; before that stamps are the server's local time without an offset.
        ua_password: with one, every request must bear a RETS-UA-Authorization made with it.
        cookie: the name of the session's cookie.
        relative_urls: the capability URLs of the login are paths.
        single_login: a login while another session lives is answered 20022.
        session_requests: a session ends after so many requests; None: only by idleness.
        session_end: how a request in a session that has ended is answered: by ReplyCode, or by HTTP 401.
        standard_names: fields have their StandardName in the metadata, and `StandardNames=1` works.
        standard_status: rows have RESO's StandardStatus (L_StandardStatus) beside the MLS's own status.
        one_class: there is a single class of Property, `LISTING`; else homes are spread over eight.
        order: how rows are ordered; `modified` moves a home that was touched behind all others.
        max_rows: the most rows an answer has, whatever Limit says.
        over_limit: how an answer says that `max_rows` cut it: a ReplyCode of 0 or 20208, `<MAXROWS/>` both times.
        offset: Offset is heeded; else every answer begins with the first row.
        empty: how an empty result is told: as the outer ReplyCode, or in a RETS-STATUS behind one of 0.
        delimiter: the character between values, as a number.
        location: `Location=1` of GetObject is heeded; else the bytes come all the same.
        boundaries: how the parts of a multipart answer are set apart: by the book; without the closing boundary;
            with bare line feeds; or with the two dashes declared as a part of the boundary.
        encoding: of the XML of searches, which does not declare it unless it is UTF-8.
    """

    version: str = "RETS/1.7.2"
    auth: Literal["digest", "basic"] = "digest"
    ua_password: str | None = None
    cookie: str = "RETS-Session-ID"
    relative_urls: bool = True
    single_login: bool = False
    session_requests: int | None = None
    session_end: Literal["20701", "401"] = "20701"
    time_zone: str = "America/Chicago"
    standard_names: bool = False
    standard_status: bool = False
    one_class: bool = False
    order: Literal["key", "modified"] = "key"
    max_rows: int = 200
    over_limit: Literal["0", "20208"] = "0"
    offset: bool = True
    empty: Literal["code", "status"] = "code"
    delimiter: int = 9
    location: bool = True
    boundaries: Boundaries = "sound"
    encoding: str = "utf-8"

    @property
    def in_utc(self) -> bool:
        """Whether stamps are in UTC, as RETS 1.8 has them."""
        return self.version == "RETS/1.8"

    @property
    def zone(self) -> ZoneInfo:
        """Where the server stands."""
        return ZoneInfo(self.time_zone)
