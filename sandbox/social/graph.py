"""The manners of Meta's Graph API: parameters, errors, field selection, cursors."""

import base64
import binascii
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import UploadFile
from starlette.requests import Request

DOCUMENTATION = "Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"
THROTTLED = {4, 17, 32, 341, 613, 80001, 80002}
THROTTLED_APP = {4, 341}
_TRANSIENT = {1, 2, 4}
_FIELD = re.compile(r"(\w+)(?:\.\w+\(\w*\))*\s*(?:\{([^{}]*)\})?")
_NEVER_IN_LINKS = {"access_token", "appsecret_proof"}
_MESSAGES = {
    -1: "Fatal",
    1: "An unknown error occurred",
    2: "An unexpected error has occurred. Please retry your request later.",
    4: "(#4) Application request limit reached",
    10: "(#10) Application does not have permission for this action",
    17: "(#17) User request limit reached",
    32: "(#32) Page request limit reached",
    100: "(#100) Invalid parameter",
    102: "Session key invalid or no longer valid",
    190: "Error validating access token: the session is no longer valid.",
    200: "(#200) Permissions error",
    341: "(#341) Application limit reached",
    368: "We limit how often you can post, comment or do other things in a given amount of time in order to"
    " help protect the community from spam. You can try again later.",
    506: "(#506) Duplicate status message",
    613: "(#613) Calls to this api have exceeded the rate limit.",
    80001: "(#80001) There have been too many calls to this Page account.",
}


class GraphError(Exception):
    """An answer in the error envelope.

    Attributes:
        code, subcode: as in Meta's error reference; the message defaults to the usual one of the code.
        status: the HTTP status, 400 unless the code says otherwise.
    """

    def __init__(
        self,
        code: int,
        message: str | None = None,
        *,
        subcode: int | None = None,
        status: int | None = None,
        kind: str = "OAuthException",
        title: str | None = None,
        explanation: str | None = None,
    ) -> None:
        self.message = message or _MESSAGES.get(code, f"(#{code}) The request was refused")
        super().__init__(self.message)
        self.code = code
        self.subcode = subcode
        self.status = status or (500 if code in (1, 2) else 403 if 200 <= code <= 299 else 400)
        self.kind = kind
        self.title = title
        self.explanation = explanation

    def envelope(self) -> dict[str, Any]:
        """The body: {"error": {…}}."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.code in _TRANSIENT:
            error["is_transient"] = True
        if self.title is not None:
            error["error_user_title"] = self.title
            error["error_user_msg"] = self.explanation
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)[:22]
        return {"error": error}


def absent(method: str, node: str) -> GraphError:
    """100/33: gone, never there, not yours or not possible; Meta never says which."""
    verb = {"GET": "get", "DELETE": "delete"}.get(method, "post")
    text = (
        f"Unsupported {verb} request. Object with ID '{node}' does not exist, cannot be loaded due to missing"
        f" permissions, or does not support this operation. {DOCUMENTATION}"
    )
    return GraphError(100, text, subcode=33, kind="GraphMethodException")


def invalid(text: str) -> GraphError:
    """100: a parameter is wrong."""
    return GraphError(100, f"(#100) {text}")


@dataclass
class Parameters:
    """What a request says, wherever it says it: query, form or JSON; the body wins."""

    values: dict[str, Any]
    files: dict[str, UploadFile] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The value as text; empty if it is missing."""
        value = self.values.get(name)
        if isinstance(value, dict | list):
            raise invalid(f"Param {name} must be a string")
        return "" if value is None else str(value)

    def flag(self, name: str, default: bool) -> bool:
        """A boolean in any of the forms Meta takes."""
        value = self.text(name).lower()
        if value not in ("", "true", "1", "false", "0"):
            raise invalid(f"Param {name} must be a boolean")
        return default if value == "" else value in ("true", "1")

    def items(self, name: str) -> list[Any]:
        """An array: a JSON array, JSON text of one, or name[0]=…&name[1]=…, each item JSON or plain."""
        value = self.values.get(name)
        if value in (None, ""):
            numbered = (re.fullmatch(re.escape(name) + r"\[(\d+)\]", key) for key in self.values)
            places = sorted((int(found[1]), found[0]) for found in numbered if found)
            return [_parsed(self.values[key], name) for _, key in places]
        value = _parsed(value, name)
        if not isinstance(value, list):
            raise invalid(f"Param {name} must be an array.")
        return [_parsed(item, name) for item in value]


def _parsed(value: Any, name: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise invalid(f"Param {name} must be valid JSON") from None


async def parameters(request: Request) -> Parameters:
    """Read query and body of the request; a body that cannot be read raises GraphError 100."""
    values: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" and (raw := await request.body()):
        body = _parsed(raw.decode("utf-8", "replace"), "body")
        if not isinstance(body, dict):
            raise invalid("The body must be a JSON object")
        return Parameters(values | body)
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return Parameters(values)
    files = {}
    for name, value in (await request.form()).items():
        if isinstance(value, UploadFile):
            files[name] = value
        else:
            values[name] = value
    return Parameters(values, files)


def selected(node: dict[str, Any], fields: str, kind: str, default: tuple[str, ...]) -> dict[str, Any]:
    """The fields asked for, `id` always among them; a field there is not raises GraphError 100.

    Of a node within the node, such as `page{id,name}`, too; without braces it shows its id alone. What is said
    about a list, such as `comments.summary(true).limit(0)`, is passed over.
    """
    asked = dict(_FIELD.findall(fields)) or dict.fromkeys(default, "")
    shown = {}
    for name, inner in (asked | {"id": ""}).items():
        if name not in node:
            raise invalid(f"Tried accessing nonexisting field ({name}) on node type ({kind})")
        value = node[name]
        if isinstance(value, dict) and "id" in value:
            value = selected(value, inner, kind, ("id",))
        if value is not None:
            shown[name] = value
    return shown


@dataclass(frozen=True)
class Slice:
    """One page of a list: `items` with their positions, and whether there are more."""

    items: list[dict[str, Any]]
    paging: dict[str, Any]


def sliced(rows: list[tuple[int, dict[str, Any]]], params: Parameters, address: str) -> Slice:
    """One page of rows (position, node) in ascending order of position, beginning behind `after`.

    `address` is the list's URL without a query; the next link repeats the query, but never a token.
    """
    limit = _limit(params.text("limit"))
    if after := params.text("after"):
        place = _position(after)
        rows = [row for row in rows if row[0] > place]
    chosen = rows[:limit]
    if not chosen:
        return Slice([], {})
    cursors = {"before": _cursor(chosen[0][0]), "after": _cursor(chosen[-1][0])}
    paging: dict[str, Any] = {"cursors": cursors}
    if len(rows) > limit:
        kept = {name: value for name, value in params.values.items() if name not in _NEVER_IN_LINKS}
        paging["next"] = f"{address}?{urlencode(kept | {'limit': limit, 'after': cursors['after']})}"
    return Slice([node for _, node in chosen], paging)


def _limit(text: str) -> int:
    if text == "":
        return 25
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise invalid("Param limit must be between 1 and 100")
    return int(text)


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def _position(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise invalid("Invalid cursors values for after cursor") from None
