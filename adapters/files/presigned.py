"""Signs the URLs under which S3 shows an object to anybody for a while."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from adapters.remembered import Remembered

SIGNED_URLS = 10_000
"""How many URLs of the present window are kept: a page of listings has hundreds."""

LONGEST_LIFE = 604_800
"""Seconds that S3 lets a signature live: seven days."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a signature is made with; `token` only for those of a role, which end with it."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


class Presigner:
    """Signature Version 4 in the query, for GET alone, with a date that is rounded down.

    The signature covers the date, so a date of now would make each URL another one and no browser could keep
    a photo. All URLs of one window of `seconds` carry the date of its beginning and live for two windows: at
    least `seconds`, at most twice as long. The rules are those of
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html; botocore's own signer does
    the same in 90 µs a URL, where a page has hundreds, and takes no date.

    Args:
        address: of the bucket, without a slash at its end.
        seconds: of a window, half of `LONGEST_LIFE` at most, else ValueError.
    """

    def __init__(self, address: str, *, region: str, seconds: int) -> None:
        if not 1 <= seconds <= LONGEST_LIFE // 2:
            raise ValueError(f"a signed URL lives 1 to {LONGEST_LIFE // 2} seconds")
        parts = urlsplit(address)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.netloc
        self._folder = parts.path + "/"
        self._region = region
        self._seconds = seconds
        self._window: tuple[int, Credentials] | None = None
        self._signed: Remembered[str, str] = Remembered(SIGNED_URLS)

    def url(self, key: str, credentials: Credentials, now: datetime) -> str:
        """The URL of the key; the same for all calls of a window with the same credentials."""
        window = self.window(credentials, now)
        if window != self._window:
            self._begin(*window)
        known = self._signed.get(key)
        if known is None:
            known = self._sign(key)
            self._signed.put(key, known)
        return known

    def window(self, credentials: Credentials, now: datetime) -> tuple[int, Credentials]:
        """When the present window began, in epoch seconds, and with what it is signed."""
        return int(now.timestamp()) // self._seconds * self._seconds, credentials

    def _sign(self, key: str) -> str:
        path = self._folder + quote(key)
        canonical = f"GET\n{path}\n{self._query}\nhost:{self._host}\n\nhost\nUNSIGNED-PAYLOAD"
        to_sign = self._to_sign + hashlib.sha256(canonical.encode()).hexdigest()
        signature = hmac.digest(self._key, to_sign.encode(), "sha256").hex()
        return f"{self._origin}{path}?{self._query}&X-Amz-Signature={signature}"

    def _begin(self, start: int, credentials: Credentials) -> None:
        date = datetime.fromtimestamp(start, UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = (date[:8], self._region, "s3", "aws4_request")
        parameters = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": "/".join((credentials.access_key, *scope)),
            "X-Amz-Date": date,
            "X-Amz-Expires": str(2 * self._seconds),
            "X-Amz-Security-Token": credentials.token,
            "X-Amz-SignedHeaders": "host",
        }
        self._query = "&".join(
            f"{name}={quote(value, safe='')}" for name, value in parameters.items() if value
        )
        self._to_sign = f"AWS4-HMAC-SHA256\n{date}\n{'/'.join(scope)}\n"
        self._key = f"AWS4{credentials.secret_key}".encode()
        for part in scope:
            self._key = hmac.digest(self._key, part.encode(), "sha256")
        self._window = (start, credentials)
        self._signed.clear()
