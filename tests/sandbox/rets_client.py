"""A plain client of a running sandbox RETS server, for its tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import httpx

from sandbox.rets.server import PASSWORD, USER, create_app
from sandbox.serving import serve

TODAY = datetime(2026, 3, 15, 9, 30, tzinfo=UTC)
HEADERS = {"User-Agent": "Test/1.0", "RETS-Version": "RETS/1.7.2"}
SEARCH = {"SearchType": "Property", "Class": "RES", "QueryType": "DMQL2", "Format": "COMPACT-DECODED"}
EVERYTHING = "(L_UpdateDate=1900-01-01+)"
CODES = ("RES", "CND", "RNT", "MUL", "LND", "COM", "FRM", "MFG")


@dataclass
class Client:
    """A client that has the credentials but has not logged in; `homes` are as the control call lists them."""

    http: httpx.Client

    def login(self) -> str:
        """Log in; the body of the answer."""
        text = reply(self.http.get("/rets/login")).findtext("RETS-RESPONSE")
        assert text is not None
        return text

    def search(self, query: str = EVERYTHING, **arguments: str) -> httpx.Response:
        """The answer to a search of RES."""
        return self.http.get("/rets/search", params={**SEARCH, "Query": query, **arguments})

    def rows(self, query: str = EVERYTHING, **arguments: str) -> list[dict[str, str]]:
        """The rows of a search that must succeed."""
        return rows(reply(self.search(query, **arguments)))

    def keys(self, query: str = EVERYTHING, **arguments: str) -> set[str]:
        """The keys of the rows that a query finds in all classes."""
        found: set[str] = set()
        for name in CODES:
            answer = reply(self.search(query, Class=name, Select="L_ListingID", **arguments), 0, 20201)
            found |= {row["L_ListingID"] for row in rows(answer)}
        return found

    def objects(self, id_: str, **arguments: str) -> httpx.Response:
        """The answer to a GetObject of photos."""
        params = {"Resource": "Property", "Type": "Photo", "ID": id_, **arguments}
        return self.http.get("/rets/getobject", params=params)

    def metadata(self, kind: str, id_: str = "0") -> Element:
        """The one element of a GetMetadata that must succeed."""
        params = {"Type": f"METADATA-{kind}", "ID": id_, "Format": "COMPACT"}
        return reply(self.http.get("/rets/getmetadata", params=params))[0]

    def homes(self) -> list[dict[str, Any]]:
        """All homes."""
        found: list[dict[str, Any]] = self.http.get("/_control/homes").json()
        return found

    def control(self, path: str, body: Any = None) -> Any:
        """POST a control call that must succeed; the answer's JSON, or None."""
        answer = self.http.post(f"/_control/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[Client]:
    """A sandbox RETS server while the block runs, and a client of it."""
    options.setdefault("now", lambda: TODAY)
    basic = options.get("auth") == "basic"
    auth = httpx.BasicAuth(USER, PASSWORD) if basic else httpx.DigestAuth(USER, PASSWORD)
    with (
        serve(create_app(folder, **options)) as base_url,
        httpx.Client(
            base_url=base_url, headers=HEADERS, auth=auth, timeout=10, trust_env=False, verify=False
        ) as http,
    ):
        yield Client(http)


def reply(answer: httpx.Response, *codes: int) -> Element:
    """The RETS element of an answer with one of these ReplyCodes (0 unless given)."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["rets-version"].startswith("RETS/1.")
    root = fromstring(answer.content)
    assert int(root.attrib["ReplyCode"]) in (codes or (0,)), answer.text
    return root


def rows(root: Element, delimiter: str = "\t") -> list[dict[str, str]]:
    """The rows of a COMPACT table, by column."""

    def values(text: str | None) -> list[str]:
        assert text is not None
        assert text.startswith(delimiter)
        assert text.endswith(delimiter)
        return text[1:-1].split(delimiter)

    header = root.find("COLUMNS")
    if header is None:
        return []
    names = values(header.text)
    return [dict(zip(names, values(data.text), strict=True)) for data in root.findall("DATA")]


def parts(answer: httpx.Response) -> list[tuple[dict[str, str], bytes]]:
    """The parts of a multipart answer: headers with names in lower case, and bytes."""
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + answer.content)
    assert message.is_multipart()
    found = []
    for part in message.walk():
        if part is not message:
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)
            found.append(({name.lower(): str(value) for name, value in part.items()}, body))
    return found
