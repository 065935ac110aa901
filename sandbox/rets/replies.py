"""What a RETS server replies: its codes with their texts, and the XML around them.

Codes: RETS 1.7.2, sections 4.11, 5.12, 6.6, 7.8 and 11.4.
"""

from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response

TEXTS = {
    0: "Operation Successful",
    20003: "Zero Balance",
    20022: "Additional login not permitted",
    20036: "Miscellaneous server login error",
    20037: "Client authentication failed",
    20041: "User-agent authentication required",
    20050: "Server Temporarily Disabled",
    20200: "Unknown Query Field",
    20201: "No Records Found",
    20202: "Invalid Select",
    20203: "Miscellaneous Search Error",
    20206: "Invalid Query Syntax",
    20207: "Unauthorized Query",
    20208: "Maximum Records Exceeded",
    20209: "Timeout",
    20210: "Too many outstanding queries",
    20400: "Invalid Resource",
    20401: "Invalid Type",
    20402: "Invalid Identifier",
    20403: "No Object Found",
    20413: "Miscellaneous error",
    20500: "Invalid Resource",
    20501: "Invalid Type",
    20502: "Invalid Identifier",
    20503: "No Metadata Found",
    20513: "Miscellaneous error",
    20701: "Not logged in",
}


class Declined(Exception):
    """A request that is answered with a ReplyCode other than 0, with HTTP 200 as all of RETS's replies."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Unauthorized(Exception):
    """A request that is answered with HTTP 401."""


def element(code: int, detail: str = "", name: str = "RETS") -> str:
    """`<RETS ReplyCode="…" ReplyText="…"`, without its end."""
    text = ": ".join(filter(None, (TEXTS.get(code, "Error"), detail)))
    return f'<{name} ReplyCode="{code}" ReplyText={quoteattr(text)}'


def document(code: int, body: str = "", detail: str = "") -> str:
    """A whole reply around a body of XML."""
    return f"{element(code, detail)}>\n{body}</RETS>\n" if body else f"{element(code, detail)}/>\n"


def answer(text: str, encoding: str = "utf-8", content_id: str | None = None) -> Response:
    """A reply as it is sent; what the encoding cannot express becomes a character reference."""
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n' if encoding == "utf-8" else ""
    headers = {"Content-Type": "text/xml", "Cache-Control": "private"}
    if content_id is not None:
        headers |= {"MIME-Version": "1.0", "Content-ID": content_id}
    return Response((declaration + text).encode(encoding, "xmlcharrefreplace"), headers=headers)


def columns(names: list[str], rows: list[list[str]], delimiter: str) -> str:
    """COLUMNS and DATA elements: the delimiter stands before the first value and behind the last one too."""

    def line(name: str, values: list[str]) -> str:
        return f"<{name}>{delimiter}{delimiter.join(map(escape, values))}{delimiter}</{name}>\n"

    return line("COLUMNS", names) + "".join(line("DATA", row) for row in rows)
