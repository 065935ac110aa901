"""What the sandbox LinkedIn knows: its app, member, organizations, tokens, versions and the day's limit."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.social.state import Document, Store

CLIENT_ID = "sandbox-linkedin-app"
CLIENT_SECRET = "sandbox-linkedin-secret"  # noqa: S105  a published constant of the sandbox, no secret
APP_NAME = "Yardsign"
MEMBER_ID = "Sx7aQ1vT0p"
MEMBER_NAME = "Robin Sandoval"
MEMBER = f"urn:li:person:{MEMBER_ID}"

CODE_SECONDS = 1_800
ACCESS_SECONDS = 60 * 86_400
REFRESH_SECONDS = 365 * 86_400
PROTOCOL = "2.0.0"

SCOPES = {
    "openid": "Sign in with your LinkedIn account",
    "profile": "Your name and photo",
    "email": "Your e-mail address",
    "w_member_social": "Create and remove posts in your name",
    "w_organization_social": "Create and remove posts of your organizations",
    "r_organization_social": "Read the posts of your organizations and their figures",
    "rw_organization_admin": "See which organizations you administer",
}


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization and the sandbox member's role in it."""

    id: str
    name: str
    role: str

    @property
    def urn(self) -> str:
        """As posts name it."""
        return f"urn:li:organization:{self.id}"


ORGANIZATIONS = (
    Organization("2414183", "Juniper & Vale Realty", "ADMINISTRATOR"),
    Organization("2414184", "Harbor Lane Homes", "CONTENT_ADMINISTRATOR"),
    Organization("2414185", "Old Mill Lettings", "ANALYST"),
)
MAY_POST = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER")


class RestError(Exception):
    """An answer in LinkedIn's envelope: {status, serviceErrorCode, code, message}.

    Attributes:
        service: the number of the error; left out where LinkedIn sends none.
    """

    def __init__(self, status: int, code: str, message: str, *, service: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.service = service

    def answer(self) -> Response:
        """The body; never with a Retry-After, 429 neither."""
        body: dict[str, object] = {"status": self.status, "code": self.code, "message": self.message}
        if self.service is not None:
            body["serviceErrorCode"] = self.service
        return JSONResponse(body, status_code=self.status)


_KNOWN = {
    100: (403, "ACCESS_DENIED", "Not enough permissions to access: this resource"),
    101: (429, "TOO_MANY_REQUESTS", "Resource level throttle limit for calls to this resource is reached."),
    65_600: (401, "INVALID_ACCESS_TOKEN", "Invalid access token"),
    65_601: (401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"),
    65_602: (401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
}


def known_error(service: int, status: int | None = None, message: str | None = None) -> RestError:
    """The error of that number; of a number that is not known, a refusal of the request."""
    usual, code, text = _KNOWN.get(service, (status or 400, "BAD_REQUEST", "The request is refused."))
    return RestError(status or usual, code, message or text, service=service)


def denied(resource: str) -> RestError:
    """100: the token may not do this."""
    return known_error(100, message=f"Not enough permissions to access: {resource}")


@dataclass
class Site:
    """The state behind every endpoint of one sandbox LinkedIn.

    Attributes:
        versions: the first and the last version of the API that is answered, YYYYMM.
        partner: whether the app is given refresh tokens.
        rotates: whether each use of a refresh token gives another one and ends the one used.
        day_limit: posts of the member in a day of UTC.
    """

    store: Store
    now: Callable[[], float]
    base_url: str | None
    versions: tuple[str, str]
    partner: bool
    rotates: bool
    day_limit: int

    def address(self, request: Request) -> str:
        """The server's own address, without a slash at the end."""
        return (self.base_url or str(request.base_url)).rstrip("/")

    # Tokens

    def new_tokens(self, scopes: list[str], consented_at: float) -> Document:
        """What `/oauth/v2/accessToken` answers: an access token, for partners a refresh token too."""
        answer: Document = {
            "access_token": self._token("access", scopes, self.now() + ACCESS_SECONDS, consented_at),
            "expires_in": ACCESS_SECONDS,
            "scope": ",".join(scopes),
            "token_type": "Bearer",
        }
        if self.partner:
            ends = consented_at + REFRESH_SECONDS
            answer["refresh_token"] = self._token("refresh", scopes, ends, consented_at)
            answer["refresh_token_expires_in"] = int(ends - self.now())
        return answer

    def renewed(self, refresh: Document) -> Document:
        """The answer to a refresh token; its end stays 365 days after the consent."""
        answer: Document = {
            "access_token": self._token(
                "access", refresh["scopes"], self.now() + ACCESS_SECONDS, refresh["consented_at"]
            ),
            "expires_in": ACCESS_SECONDS,
            "scope": ",".join(refresh["scopes"]),
            "refresh_token": refresh["token"],
            "refresh_token_expires_in": int(refresh["expires_at"] - self.now()),
        }
        if self.rotates:
            self.store.put("token", refresh["token"], refresh | {"revoked": True})
            answer["refresh_token"] = self._token(
                "refresh", refresh["scopes"], refresh["expires_at"], refresh["consented_at"]
            )
        return answer

    def _token(self, kind: str, scopes: list[str], expires_at: float, consented_at: float) -> str:
        token = "AQ" + secrets.token_urlsafe(48)
        body = {
            "token": token,
            "kind": kind,
            "scopes": scopes,
            "expires_at": expires_at,
            "consented_at": consented_at,
            "revoked": False,
        }
        self.store.put("token", token, body)
        return token

    def change_tokens(self, **changes: object) -> int:
        """Change every token that is good; answers how many."""
        good = [token for token in self.store.all("token") if not token["revoked"]]
        for token in good:
            self.store.put("token", token["token"], token | changes)
        return len(good)

    def caller(self, request: Request, *scopes: str) -> Document:
        """The valid access token of a request; raises RestError if it is none or lacks one of the scopes."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        token = self.store.get("token", text.strip()) if kind.lower() == "bearer" else None
        if token is None or token["kind"] != "access":
            raise known_error(65_600)
        if token["revoked"]:
            raise known_error(65_601)
        if token["expires_at"] <= self.now():
            raise known_error(65_602)
        if not set(scopes) <= set(token["scopes"]):
            resource = request.url.path.strip("/").replace("/", ".")
            raise denied(f"{resource}.{request.method}")
        return token

    def author(self, request: Request, urn: object) -> str:
        """The author if the caller may write as that; raises RestError."""
        organization = organization_named(str(urn))
        if organization is not None and organization.role in MAY_POST:
            self.caller(request, "w_organization_social")
        elif urn == MEMBER:
            self.caller(request, "w_member_social")
        else:
            self.caller(request)
            raise denied("posts.CREATE: the author is not one of yours")
        return str(urn)

    # What a request must say

    def check_version(self, request: Request) -> None:
        """Raises RestError unless the request names a version that lives and the protocol."""
        version = request.headers.get("linkedin-version", "")
        if not version:
            raise RestError(400, "VERSION_MISSING", "A version must be present. Please specify a version.")
        if not re.fullmatch(r"\d{4}(0[1-9]|1[0-2])", version):
            raise RestError(
                400, "INVALID_VERSION", f"Requested version {version[:20]} is not of the form YYYYMM"
            )
        first, last = self.versions
        if not first <= version <= last:
            raise RestError(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        if request.headers.get("x-restli-protocol-version") != PROTOCOL:
            raise RestError(400, "BAD_REQUEST", "X-Restli-Protocol-Version must be 2.0.0")

    def count_post(self) -> None:
        """One more post today; raises RestError beyond the member's limit, until 00:00 UTC."""
        today = datetime.fromtimestamp(self.now(), UTC).date().isoformat()
        used = self.store.get("day", today) or {"posts": 0}
        if used["posts"] >= self.day_limit:
            text = "Resource level throttle MEMBER DAY limit for calls to this resource is reached."
            raise known_error(101, message=text)
        self.store.put("day", today, {"posts": used["posts"] + 1})


def organization_named(urn: str) -> Organization | None:
    """The organization with that URN, or None."""
    return next((one for one in ORGANIZATIONS if one.urn == urn), None)


def site_of(request: Request) -> Site:
    """The Site behind the app that serves the request."""
    site = request.app.state.site
    if not isinstance(site, Site):
        raise TypeError("this app serves no sandbox LinkedIn")
    return site
