"""The sandbox of each platform, as the contract suite drives it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.types import ASGIApp

from domain.ports import SocialPlatform
from sandbox.social import facebook, linkedin

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
        throttled: a fault that refuses because of too many calls.
        throttled_seconds: how long it asks to wait.
        refused: a fault that refuses for good.
        keeps_uploads: whether the platform has no call that removes what is uploaded and in no post.
        settles_by_sending: whether the first account's posts cannot be read, so that the platform is sent a
            lost one again, of which it refuses a second one by naming the first.
        knows_duplicates: whether content that is up already is not put up again, but named.
        looks: below which control calls its posts and what is staged are looked at.
        figures: what its control calls name the figures of a post, by their names in `Engagement`.
    """

    app: Callable[[Path, Callable[[], float]], ASGIApp]
    settings: Callable[[str], Mapping[str, str]]
    publish: str
    upload: str
    unpublish: str
    oauth: str
    throttled: Mapping[str, Any] = field(default_factory=dict)
    throttled_seconds: float = 420
    refused: Mapping[str, Any] = field(default_factory=dict)
    keeps_uploads: bool = False
    settles_by_sending: bool = False
    knows_duplicates: bool = False
    looks: str = "/_control"
    figures: Mapping[str, str] = field(default_factory=dict)


def _facebook_settings(base_url: str) -> Mapping[str, str]:
    return {
        "app_id": facebook.APP_ID,
        "app_secret": facebook.APP_SECRET,
        "graph_url": base_url,
        "dialog_url": base_url,
    }


def _linkedin_settings(base_url: str) -> Mapping[str, str]:
    return {
        "client_id": linkedin.CLIENT_ID,
        "client_secret": linkedin.CLIENT_SECRET,
        "api_url": base_url,
        "oauth_url": base_url,
        "organizations": "on",
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
        figures={
            "views": "post_media_view",
            "clicks": "post_clicks",
            "likes": "reactions",
            "comments": "comments",
            "shares": "shares",
        },
    ),
    "instagram": Make(
        app=lambda folder, now: facebook.create_app(
            folder, now=now, require_proof=True, processing_seconds=30
        ),
        settings=_facebook_settings,
        publish="/media_publish$",
        upload="/media$",
        unpublish="delete",
        oauth="oauth",
        throttled={"kind": "error", "code": 80002, "seconds": 420},
        refused={"kind": "error", "code": 100},
        keeps_uploads=True,
        looks="/_control/instagram",
        figures={name: name for name in ("views", "likes", "comments", "shares")},
    ),
    "linkedin": Make(
        app=lambda folder, now: linkedin.create_app(folder, now=now, partner=True),
        settings=_linkedin_settings,
        publish="/posts$",
        upload="/dms-uploads/",
        unpublish="delete",
        oauth="/accessToken",
        throttled={"kind": "error", "code": 101},
        throttled_seconds=12 * 3_600,
        refused={"kind": "error", "code": 0, "status": 422},
        keeps_uploads=True,
        settles_by_sending=True,
        knows_duplicates=True,
        figures={
            "views": "impressionCount",
            "clicks": "clickCount",
            "likes": "likeCount",
            "comments": "commentCount",
            "shares": "shareCount",
        },
    ),
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
        found = self._http.get(f"{self.make.looks}/posts").json()["posts"]
        return [post for post in found if post["live"]]

    def staged_photos(self) -> list[dict[str, Any]]:
        """The photos that were uploaded and are in no post, oldest first."""
        return list(self._http.get(f"{self.make.looks}/staged").json()["photos"])

    def staged(self) -> int:
        """How many those are."""
        return len(self.staged_photos())

    def remove_by_hand(self, post_id: str) -> None:
        """Remove a post as a person would, on the platform's own pages."""
        self._http.post(f"{self.make.looks}/posts/{post_id}/remove").raise_for_status()

    def set_figures(self, post_id: str, figures: Mapping[str, int]) -> None:
        """Let so much have happened to a post, by the names in `Engagement`."""
        named = {self.make.figures[name]: figure for name, figure in figures.items()}
        answer = self._http.post(f"{self.make.looks}/posts/{post_id}/figures", json=named)
        assert answer.is_success, answer.text

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
