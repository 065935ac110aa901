"""A client for the tests of the sandbox Facebook, over real HTTP."""

import io
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from PIL import Image

from sandbox.social.facebook import APP_ID, APP_SECRET, PAGES

V = "/v26.0"
CALLBACK = "http://127.0.0.1:9/oauth/callback/facebook"
SCOPES = "pages_show_list,pages_manage_posts,pages_read_engagement"
PAGE = PAGES[0].id


def picture(color: str = "teal", kind: str = "JPEG") -> bytes:
    """The bytes of a small image."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(buffer, kind)
    return buffer.getvalue()


class Client:
    """Speaks to one sandbox Facebook, with a Page token once it is linked."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=10, trust_env=False, verify=False)
        self.token = ""
        self.user_token = ""

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def code(self, **changes: str) -> httpx.Response:
        """Consent as a script does; the answer is the redirect."""
        params = {"client_id": APP_ID, "redirect_uri": CALLBACK, "state": "s-1", "scope": SCOPES}
        params |= {"response_type": "code"} | changes
        return self.http.get(f"{V}/dialog/oauth", params=params, headers={"Accept": "application/json"})

    def redeem(self, code: str, **changes: str) -> httpx.Response:
        """Exchange a code."""
        params = {"client_id": APP_ID, "client_secret": APP_SECRET, "redirect_uri": CALLBACK, "code": code}
        return self.http.get(f"{V}/oauth/access_token", params=params | changes)

    def exchange(self, token: str) -> httpx.Response:
        """Exchange a user token for one of 60 days."""
        params = {"client_id": APP_ID, "client_secret": APP_SECRET, "grant_type": "fb_exchange_token"}
        return self.http.get(f"{V}/oauth/access_token", params=params | {"fb_exchange_token": token})

    def link(self, scope: str = SCOPES) -> "Client":
        """Go through the whole round and keep the first Page's token."""
        code = answer_of(self.code(scope=scope))["code"]
        short = self.redeem(code).json()["access_token"]
        self.user_token = self.exchange(short).json()["access_token"]
        accounts = self.get("/me/accounts", token=self.user_token).json()["data"]
        self.token = accounts[0]["access_token"] if accounts else ""
        return self

    def get(self, path: str, *, token: str | None = None, **params: str) -> httpx.Response:
        """Read below the version."""
        return self.http.get(V + path, params=params, headers=self._bearer(token))

    def post(self, path: str, *, token: str | None = None, **options: Any) -> httpx.Response:
        """Write below the version."""
        return self.http.post(V + path, headers=self._bearer(token), **options)

    def delete(self, path: str, *, token: str | None = None) -> httpx.Response:
        """Remove below the version."""
        return self.http.delete(V + path, headers=self._bearer(token))

    def stage(self, color: str = "teal") -> str:
        """Stage a photo of one colour; answers its id."""
        answer = self.post(
            f"/{PAGE}/photos",
            data={"published": "false", "caption": color, "alt_text_custom": f"All {color}"},
            files={"source": ("photo.jpg", picture(color), "image/jpeg")},
        )
        return str(answer.json()["id"])

    def publish(self, message: str = "A home by the lake") -> str:
        """Publish a post of words; answers its id."""
        return str(self.post(f"/{PAGE}/feed", data={"message": message}).json()["id"])

    def control(self, path: str, body: Any = None) -> Any:
        """POST to a control call if there is a body, else GET it."""
        url = "/_control" + path
        answer = self.http.get(url) if body is None else self.http.post(url, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, kind: str, **rest: Any) -> None:
        """Arm a fault."""
        self.control("/faults", {"kind": kind, **rest})

    def _bearer(self, token: str | None) -> dict[str, str]:
        chosen = self.token if token is None else token
        return {"Authorization": f"Bearer {chosen}"} if chosen else {}


def answer_of(redirect: httpx.Response) -> dict[str, str]:
    """The parameters a redirect back to the app carries."""
    assert redirect.status_code == 302, redirect.text
    return {
        name: values[0] for name, values in parse_qs(urlsplit(redirect.headers["location"]).query).items()
    }


def error_of(answer: httpx.Response) -> tuple[int, int, int | None]:
    """HTTP status, code and subcode of an answer in the error envelope."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("error_subcode")
