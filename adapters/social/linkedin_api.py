"""Calls LinkedIn: addresses, version, token and errors."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from adapters.http import Reply
from adapters.http.origins import origin
from adapters.social.linkedin_errors import Kind, LinkedInFault, fault_of
from adapters.social.tools import Tools
from domain.errors import ActionRequired, Rejected, Unavailable

PROTOCOL = "2.0.0"
_MAX_BYTES = 5_000_000
_SECONDS = 30.0
_UPLOAD_SECONDS = 60.0
_READ_ATTEMPTS = 3
_PAGE = 100

Json = dict[str, Any]


class LinkedInApi:
    """LinkedIn's API of one app.

    The token travels in the Authorization header and the app's secret in bodies, never in a URL, because URLs
    end up in logs. All calls raise `LinkedInFault` for what the API refuses, and `Rejected` or `Unavailable`
    as `WebClient` does.

    Args:
        api_url, oauth_url: where the API is, and the site with the consent page.
        version: YYYYMM, sent with every call of the versioned API.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        client_id: str,
        client_secret: str,
        api_url: str,
        oauth_url: str,
        version: str,
    ) -> None:
        self._web = tools.web
        self._budgets = tools.budgets
        self._now = tools.now
        self.client_id = client_id
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._api, self.site = api_url.rstrip("/"), oauth_url.rstrip("/")
        self._versioned = {"LinkedIn-Version": version, "X-Restli-Protocol-Version": PROTOCOL}
        self._reading = AsyncRetrying(
            sleep=tools.sleep,
            stop=stop_after_attempt(_READ_ATTEMPTS),
            wait=wait_exponential(min=1) + wait_random(0, 1),
            retry=retry_if_exception(_is_passing),
            reraise=True,
        )

    async def get(self, path: str, token: str, **params: str) -> Json:
        """Read from the versioned API; up to three attempts while faults are passing ones.

        Args:
            params: a value may be Rest.li's `List(…)` of values that are quoted already.
        """
        query = "&".join(f"{name}={_value(text)}" for name, text in params.items())
        return _object(await self._reading(self._call, "GET", f"{path}?{query}" if query else path, token))

    async def elements(self, path: str, token: str, *, most: int, **params: str) -> AsyncIterator[Json]:
        """The elements of a paged list, of at most `most` pages of 100."""
        for number in range(most):
            answer = await self.get(path, token, **params, start=str(number * _PAGE), count=str(_PAGE))
            found = _list_of(answer.get("elements"))
            for element in found:
                yield element
            if len(found) < _PAGE:
                return

    async def post(self, path: str, token: str, body: Json) -> Reply:
        """Change something, once."""
        return await self._call("POST", path, token, json=body)

    async def delete(self, path: str, token: str) -> None:
        """Remove something, once."""
        await self._call("DELETE", path, token, {"X-RestLi-Method": "DELETE"})

    async def userinfo(self, token: str) -> Json:
        """Who consented, by OpenID Connect, which has no versions."""
        return _object(await self._reading(self._send, "GET", f"{self._api}/v2/userinfo", token, {}))

    async def upload(self, url: str, token: str, photo: bytes) -> None:
        """Send a JPEG to where LinkedIn asked for it, once; the token goes along to LinkedIn only."""
        ours = {_origin(self._api), _origin(self.site)}
        headers = {"Content-Type": "image/jpeg"}
        known = token if _origin(url) in ours else None
        await self._send("PUT", url, known, headers, content=photo, seconds=_UPLOAD_SECONDS)

    async def tokens(self, **form: str) -> Json:
        """What the endpoint for tokens answers to a code or a refresh token.

        Raises:
            ActionRequired: the code or the refresh token is used, too old, or none.
        """
        reply = await self._exchange(
            "POST", f"{self.site}/oauth/v2/accessToken", form={**form, **self._client}
        )
        answer = _json(reply)
        error = answer.get("error") if isinstance(answer, dict) else None
        if error in ("invalid_request", "invalid_grant") and reply.status < 500:
            raise ActionRequired("LinkedIn's consent is used or too old: connect the account again.")
        if error is not None and reply.status < 500:
            raise Rejected(f"LinkedIn does not accept this app: {str(error)[:60]}.")
        if fault := fault_of(reply.status, answer, self._now()):
            raise fault
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise LinkedInFault(Kind.TRANSIENT, "LinkedIn gave no token.")
        return answer

    async def _call(
        self, method: str, path: str, token: str, headers: Mapping[str, str] | None = None, **body: Any
    ) -> Reply:
        """Call the versioned API, unless it said that it takes no more of this today.

        Its limits are of a member, a resource and a kind of call: too many posts hold up no removal.
        """
        resource = path.partition("?")[0].partition("/")[0]
        name = f"linkedin {self.client_id} {token} {method} {resource}"
        if wait := await self._budgets.take(name, []):
            raise LinkedInFault(Kind.THROTTLED, "LinkedIn takes no more of this now.", retry_after=wait)
        url = f"{self._api}/rest/{path}"
        try:
            return await self._send(method, url, token, {**self._versioned, **(headers or {})}, **body)
        except LinkedInFault as fault:
            if fault.kind == Kind.THROTTLED and fault.retry_after:
                await self._budgets.pause(name, fault.retry_after)
            raise

    async def _send(
        self, method: str, url: str, token: str | None, headers: Mapping[str, str], **body: Any
    ) -> Reply:
        auth = {"Authorization": f"Bearer {token}"} if token is not None else {}
        reply = await self._exchange(method, url, headers={**headers, **auth}, **body)
        if fault := fault_of(reply.status, _json(reply), self._now()):
            raise fault
        if not 200 <= reply.status < 300:
            raise LinkedInFault(Kind.REJECTED, f"LinkedIn answered with status {reply.status}.")
        return reply

    async def _exchange(self, method: str, url: str, **request: Any) -> Reply:
        limits = {"max_bytes": _MAX_BYTES, "seconds": _SECONDS, "redirects": 0}
        return await self._web.send(method, url, **(limits | request))


def urn_path(urn: str) -> str:
    """A URN as a part of a path."""
    return quote(urn, safe="")


def list_of(*urns: str) -> str:
    """Rest.li's list: https://linkedin.github.io/rest.li/spec/protocol."""
    return f"List({','.join(quote(urn, safe='') for urn in urns)})"


def _value(text: str) -> str:
    return text if text.startswith("List(") else urlencode({"": text})[1:]


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        return origin(url)
    except ValueError:
        return None


def _json(reply: Reply) -> Any:
    try:
        return reply.json()
    except ValueError:
        return None


def _object(reply: Reply) -> Json:
    answer = _json(reply)
    if not isinstance(answer, dict):
        raise LinkedInFault(Kind.TRANSIENT, "LinkedIn's answer has a form that is not known.")
    return answer


def _list_of(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, Unavailable) or (
        isinstance(error, LinkedInFault) and error.kind == Kind.TRANSIENT
    )


@contextmanager
def certain() -> Iterator[None]:
    """Calls of which none can leave a post behind: their errors in the domain's words, no outcome unknown."""
    try:
        yield
    except LinkedInFault as fault:
        error = fault.as_error()
        if isinstance(error, Unavailable):
            raise Unavailable(error.message, retry_after=error.retry_after) from None
        raise error from None
    except Unavailable as error:
        raise Unavailable(error.message, retry_after=error.retry_after) from error
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable("LinkedIn's answer has a form that is not known.") from error
