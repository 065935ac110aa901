"""A client for the tests of the sandbox LinkedIn, over real HTTP."""

import io
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from PIL import Image

from sandbox.social.linkedin import CLIENT_ID, CLIENT_SECRET, MEMBER, ORGANIZATIONS, SCOPES

CALLBACK = "http://127.0.0.1:9/oauth/callback/linkedin"
ORGANIZATION = ORGANIZATIONS[0].urn
VERSIONED = {"LinkedIn-Version": "202607", "X-Restli-Protocol-Version": "2.0.0"}
AUTHORIZATION, TOKEN = "/oauth/v2/authorization", "/oauth/v2/accessToken"


class Client:
    """Speaks to one sandbox LinkedIn, with an access token once it is linked."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=10, trust_env=False, verify=False)
        self.token = ""
        self.refresh_token = ""

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def consent(self, **changes: str) -> dict[str, str]:
        """What the consent page is asked."""
        asked = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": CALLBACK, "state": "s-1"}
        return asked | {"scope": " ".join(SCOPES)} | changes

    def code(self, **changes: str) -> httpx.Response:
        """Consent as a script does; the answer is the redirect."""
        accept = {"Accept": "application/json"}
        return self.http.get(AUTHORIZATION, params=self.consent(**changes), headers=accept)

    def redeem(self, **form: str) -> httpx.Response:
        """Ask for tokens; by default for a code."""
        given = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
        return self.http.post(
            TOKEN, data=given | {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} | form
        )

    def link(self, **changes: str) -> "Client":
        """Go through the whole round."""
        answer = self.redeem(code=answer_of(self.code(**changes))["code"]).json()
        self.token, self.refresh_token = answer["access_token"], answer.get("refresh_token", "")
        return self

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any call, with the token and the headers of the versioned API."""
        headers = {"Authorization": f"Bearer {self.token}", **VERSIONED, **options.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **options)

    def publish(
        self, commentary: str = "A home by the lake", author: str = MEMBER, **changes: Any
    ) -> httpx.Response:
        """`POST /rest/posts`."""
        distribution = {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        }
        body = {
            "author": author,
            "commentary": commentary,
            "visibility": "PUBLIC",
            "distribution": distribution,
        }
        return self.send("POST", "/rest/posts", json=body | {"lifecycleState": "PUBLISHED"} | changes)

    def image(self, owner: str = MEMBER, raw: bytes | None = None) -> str:
        """Upload an image; answers its URN."""
        asked = {"initializeUploadRequest": {"owner": owner}}
        value = self.send("POST", "/rest/images?action=initializeUpload", json=asked).json()["value"]
        self.send("PUT", value["uploadUrl"], content=picture() if raw is None else raw)
        return str(value["image"])

    def post(self, method: str, urn: str) -> httpx.Response:
        """One post, by its URN."""
        return self.send(method, f"/rest/posts/{quote(urn, safe='')}")

    def control(self, path: str, body: Any = None) -> Any:
        """POST to a control call if there is a body, else GET it."""
        url = "/_control" + path
        answer = self.http.get(url) if body is None else self.http.post(url, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


def picture(color: str = "teal", kind: str = "JPEG") -> bytes:
    """The bytes of a small image."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(buffer, kind)
    return buffer.getvalue()


def answer_of(redirect: httpx.Response) -> dict[str, str]:
    """The parameters a redirect back to the app carries."""
    assert redirect.status_code == 302, redirect.text
    query = parse_qs(urlsplit(redirect.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def error_of(answer: httpx.Response) -> tuple[int, int | None, str]:
    """HTTP status, serviceErrorCode and code of an answer in the envelope."""
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["message"]
    return answer.status_code, body.get("serviceErrorCode"), body["code"]
