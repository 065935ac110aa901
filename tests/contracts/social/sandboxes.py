"""The sandbox of each platform, as the contract suite drives it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.types import ASGIApp

from domain.ports import SocialPlatform
from sandbox.social import facebook

REDIRECT_URI = "http://localhost:8000/oauth/callback/platform"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-1"
CHALLENGE = "MAkp9xe7yEDxOM61OhqSTgRlS2ApUTI3IUoNjXvWNgg"
"""Of the verifier, by S256."""


@dataclass(frozen=True)
class Make:
    """How the sandbox of a platform is made and misbehaves.

    Attributes:
        app: makes the server over a folder; the second argument is a clock in seconds.
        settings: of the adapter, given the server's address.
        publish, upload, unpublish, oauth: what faults call the request that makes the post, that brings a
            photo, that removes, and that exchanges the code.
        throttled: a fault that refuses because of too many calls, and asks for seven minutes.
        refused: a fault that refuses for good.
    """

    app: Callable[[Path, Callable[[], float]], ASGIApp]
    settings: Callable[[str], Mapping[str, str]]
    publish: str
    upload: str
    unpublish: str
    oauth: str
    throttled: Mapping[str, Any] = field(default_factory=dict)
    refused: Mapping[str, Any] = field(default_factory=dict)


def _facebook_settings(base_url: str) -> Mapping[str, str]:
    return {
        "app_id": facebook.APP_ID,
        "app_secret": facebook.APP_SECRET,
        "graph_url": base_url,
        "dialog_url": base_url,
    }


MAKES = {
    "facebook": Make(
        app=lambda folder, now: facebook.create_app(folder, now=now, require_proof=True),
        settings=_facebook_settings,
        publish="feed",
        upload="photos",
        unpublish="delete",
        oauth="oauth",
        throttled={"kind": "error", "code": 80001, "seconds": 420},
        refused={"kind": "error", "code": 100},
    )
}
"""A platform without an entry here fails the suite."""


class Sandbox:
    """One sandbox server that listens at `base_url`, looked into from outside."""

    def __init__(self, make: Make, base_url: str, now: Callable[[], float]) -> None:
        self.make = make
        self.now = now
        self._http = httpx.Client(base_url=base_url, trust_env=False, verify=False)

    def consent(self, platform: SocialPlatform, state: str = "state-1") -> str:
        """Consent as a user would; answers the code that comes back with the state."""
        url = platform.authorization_url(state, REDIRECT_URI, CHALLENGE)
        answer = self._http.get(url, headers={"Accept": "application/json"})
        assert answer.status_code == 302, answer.text
        target = urlsplit(answer.headers["location"])
        assert target._replace(query="", fragment="").geturl() == REDIRECT_URI
        query = parse_qs(target.query)
        assert query["state"] == [state]
        return query["code"][0]

    def posts(self) -> list[dict[str, Any]]:
        """The live posts, oldest first."""
        found = self._http.get("/_control/posts").json()["posts"]
        return [post for post in found if post["live"]]

    def staged_photos(self) -> list[dict[str, Any]]:
        """The photos that were uploaded and are in no post, oldest first."""
        return list(self._http.get("/_control/staged").json()["photos"])

    def staged(self) -> int:
        """How many those are."""
        return len(self.staged_photos())

    def log(self) -> list[dict[str, Any]]:
        """The requests so far, with method, path, query and status."""
        return list(self._http.get("/_control/log").json()["requests"])

    def fault(self, match: str, **fault: Any) -> None:
        """Arm a fault, by default for one request."""
        self.control("faults", {"match": match} | fault)

    def heal(self) -> None:
        """Disarm all faults."""
        self._http.delete("/_control/faults").raise_for_status()

    def control(self, call: str, body: Mapping[str, Any]) -> None:
        """Any other control call."""
        answer = self._http.post(f"/_control/{call}", json=dict(body))
        assert answer.is_success, answer.text

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
