"""What the sandbox Facebook knows: its app, user, Pages, tokens and granted scopes."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request

from sandbox.social.graph import GraphError, Parameters
from sandbox.social.state import Document, Store
from sandbox.social.usage import Meter
from sandbox.social.webhooks import Webhooks

APP_ID = "sandbox-app"
APP_SECRET = "sandbox-app-secret"  # noqa: S105  a published constant of the sandbox, no secret
APP_NAME = "Yardsign"
USER_ID = "10001000100010042"
USER_NAME = "Robin Sandoval"

SHORT_SECONDS = 5_400
LONG_SECONDS = 5_184_000
CODE_SECONDS = 600

SCOPES = {
    "public_profile": "Your name",
    "email": "Your e-mail address",
    "pages_show_list": "See the Pages you manage",
    "pages_manage_posts": "Create and remove posts on your Pages",
    "pages_read_engagement": "Read what is on your Pages",
    "pages_manage_metadata": "Be told when something changes on your Pages",
    "read_insights": "Read the figures of your Pages",
    "business_management": "See the businesses your Pages belong to",
    "instagram_basic": "See the Instagram accounts of your Pages",
    "instagram_content_publish": "Publish to the Instagram accounts of your Pages",
    "instagram_manage_contents": "Remove posts from the Instagram accounts of your Pages",
    "instagram_manage_insights": "Read the figures of the Instagram accounts of your Pages",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A Page of the sandbox user; `instagram` is the id of its Instagram account, if it has one."""

    id: str
    name: str
    category: str
    instagram: str | None


PAGES = (
    Page("100200300400501", "Juniper & Vale Realty", "Real estate agent", "17841400000000501"),
    Page("100200300400502", "Harbor Lane Homes", "Real estate company", None),
)
_PAGES = {page.id: page for page in PAGES}

_INVALIDATED = {
    458: f"Error validating access token: The user has not authorized application {APP_ID}.",
    460: "Error validating access token: The session has been invalidated because the user changed their"
    " password or Facebook has changed the session for security reasons.",
    463: "Error validating access token: Session has expired. The current time is {now}.",
}


@dataclass
class Site:
    """The state behind every endpoint of one sandbox Facebook.

    Attributes:
        processing_seconds: how long Instagram's containers are in progress, unless a control call says otherwise.
    """

    store: Store
    now: Callable[[], float]
    base_url: str | None
    require_proof: bool
    processing_seconds: float = 0
    meter: Meter = field(init=False)
    webhooks: Webhooks = field(init=False)

    def __post_init__(self) -> None:
        self.meter = Meter(self.now)
        self.webhooks = Webhooks(self.store, self.now, APP_SECRET)

    def address(self, request: Request) -> str:
        """The server's own address, without a slash at the end."""
        return (self.base_url or str(request.base_url)).rstrip("/")

    # Scopes

    def granted(self) -> list[str]:
        """The scopes the user has granted the app."""
        return [scope for scope, status in self.permissions().items() if status == "granted"]

    def permissions(self) -> dict[str, str]:
        """Every scope ever asked for → granted or declined."""
        grant = self.store.get("grant", USER_ID)
        return dict(grant["scopes"]) if grant else {}

    def grant(self, scopes: dict[str, str]) -> None:
        """Set the status of some scopes, leaving the others."""
        self.store.put("grant", USER_ID, {"scopes": self.permissions() | scopes})

    def lacks(self, *scopes: str) -> bool:
        """Whether one of the scopes is not granted."""
        return not set(scopes) <= set(self.granted())

    # Tokens

    def new_token(
        self, kind: str, *, expires_at: float | None, page_id: str | None = None, parent: str = ""
    ) -> str:
        """Hand out a token of kind "user" or "page"; expires_at None: it has no date."""
        token = "EAA" + kind[0].upper() + secrets.token_urlsafe(48)
        self.store.put(
            "token",
            token,
            {
                "token": token,
                "kind": kind,
                "page_id": page_id,
                "parent": parent,
                "issued_at": self.now(),
                "expires_at": expires_at,
                "subcode": None,
            },
        )
        return token

    def page_token(self, page: Page, user_token: Document) -> str:
        """The Page token that goes with a user token: without a date if that one is long-lived."""
        for token in self.store.all("token"):
            if (token["page_id"], token["parent"]) == (page.id, user_token["token"]) and token[
                "subcode"
            ] is None:
                return str(token["token"])
        lasting = user_token["expires_at"] - user_token["issued_at"] > SHORT_SECONDS
        expires_at = None if lasting else user_token["expires_at"]
        return self.new_token("page", expires_at=expires_at, page_id=page.id, parent=user_token["token"])

    def invalidate(self, subcode: int, page_id: str | None = None) -> int:
        """End the tokens of one Page, or all of them; answers how many."""
        ended = 0
        for token in self.store.all("token"):
            if token["subcode"] is None and page_id in (None, token["page_id"]):
                self.store.put("token", token["token"], token | {"subcode": subcode})
                ended += 1
        return ended

    def fault_of(self, token: Document) -> GraphError | None:
        """Why the token is not valid, or None."""
        subcode = token["subcode"]
        if subcode is None and token["expires_at"] is not None and token["expires_at"] <= self.now():
            subcode = 463
        if subcode is None:
            return None
        text = _INVALIDATED.get(subcode, "Error validating access token.")
        return GraphError(190, text.format(now=timestamp(self.now())), subcode=subcode)

    def caller(self, request: Request, params: Parameters) -> Document:
        """The valid token of a request, from the header or the parameter; raises GraphError."""
        text = bearer(request) or params.text("access_token")
        if not text:
            raise GraphError(104, "An access token is required to request this resource.")
        token = self.store.get("token", text)
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if fault := self.fault_of(token):
            raise fault
        self._check_proof(params, text)
        return token

    def _check_proof(self, params: Parameters, token: str) -> None:
        given = params.text("appsecret_proof")
        if not given and self.require_proof:
            text = "API calls from the server require an appsecret_proof argument"
            raise GraphError(100, text, kind="GraphMethodException")
        expected = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        if given and not hmac.compare_digest(given.encode(), expected.encode()):
            text = "Invalid appsecret_proof provided in the API argument"
            raise GraphError(100, text, kind="GraphMethodException")


def page_named(page_id: str) -> Page | None:
    """The Page with that id, or None."""
    return _PAGES.get(page_id)


def bearer(request: Request) -> str:
    """The token of the Authorization header; empty if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def site_of(request: Request) -> Site:
    """The Site behind the app that serves the request."""
    site = request.app.state.site
    if not isinstance(site, Site):
        raise TypeError("this app serves no sandbox Facebook")
    return site


def timestamp(seconds: float) -> str:
    """A time as the Graph API writes it: 2026-10-01T12:00:00+0000."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
