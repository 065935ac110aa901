"""Gets the CSV file of a connection: from a web address, only if it changed, or as the user sent it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

import httpx

from adapters.budgets import Budget
from adapters.http import Reply
from adapters.http.origins import origin
from adapters.mls.answers import Expected, bare, read_object
from adapters.mls.attempts import Attempts
from adapters.mls.csv_feed_text import Damaged, read_text
from adapters.mls.logins import sendable
from adapters.mls.odata import PAGE_BYTES
from adapters.mls.tools import Tools
from domain.entities.mls import UPLOADED
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.rules.identity import upload_key

HASH, ETAG, MODIFIED = "file", "etag", "lastModified"
"""Cursors: of the file that was read, its SHA-256, and by what the server tells that it is the same."""

BUDGETS = (Budget(60, 60),)
"""A choice, out of politeness: nobody publishes limits for a file."""

_STRONG = timedelta(seconds=2)
_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class File:
    """A file that can be read as text.

    Attributes:
        text: empty if it is the same.
        cursors: what tells it from a later one.
        same: it is the file that was known before.
    """

    text: str
    sha256: str
    cursors: Mapping[str, str]
    same: bool = False


class CsvFiles:
    """Gets files; raises `ActionRequired`, `Rejected` or `Unavailable`."""

    def __init__(self, tools: Tools) -> None:
        self._files = tools.files
        self._attempts = Attempts(tools)

    async def get(self, source: MlsSource, known: Mapping[str, str]) -> File:
        """The file, which may be the one that the cursors `known` are of."""
        if source.url == UPLOADED:
            try:
                stored = await self._files.get(upload_key(source.connection_id))
            except NotFound:
                raise ActionRequired("There is no file yet: send the CSV file first.") from None
            return _file(stored.data, known, {})
        return await self._download(source, known)

    async def is_awaited(self, source: MlsSource) -> bool:
        """Whether the file is one that the user will send, and has not sent yet."""
        is_sent = source.url == UPLOADED
        return is_sent and not await self._files.exists(upload_key(source.connection_id))

    async def _download(self, source: MlsSource, known: Mapping[str, str]) -> File:
        try:
            origin(source.url)
        except ValueError:
            message = f"The address of the file must begin with https:// or http://, or be {UPLOADED}"
            raise Rejected(f"{message} for a file that you send.") from None
        credentials = source.credentials
        given = bool(credentials.token or credentials.username)

        def read(reply: Reply, expected: Expected) -> File:
            if reply.status == 304 and HASH in known:
                told = {name: known.get(name, "") for name in (HASH, ETAG, MODIFIED)}
                return File("", known[HASH], told, same=True)
            _check(reply, expected, given=given)
            try:
                return _file(reply.body, known, _validators(reply))
            except Damaged as failure:
                raise Unavailable(failure.message) from None

        return await self._attempts.get(
            source.url,
            read,
            account=f"csv {origin(source.url)} {credentials.token or credentials.username or ''}",
            budgets=BUDGETS,
            headers=_conditions(known) | _bearer(credentials),
            auth=_basic(credentials),
            secrets=[text for text in (credentials.token, credentials.password) if text],
            # Links of file shares redirect to where the file lies; credentials do not go along elsewhere.
            redirects=_REDIRECTS,
        )


def _check(reply: Reply, expected: Expected, *, given: bool) -> None:
    """Raises unless the answer is a file."""
    if reply.status == 401 and not given:
        raise ActionRequired(f"This file needs a user name and a password, or a token ({bare(reply.url)}).")
    if reply.status != 200:
        read_object(reply, expected)
        raise Rejected(f"There is no file at {bare(reply.url)}: it answered {reply.status}.")
    if reply.body.lstrip()[:1] == b"{":
        # Perhaps an error, though it is sent with status 200.
        read_object(reply, expected)


def _file(data: bytes, known: Mapping[str, str], validators: Mapping[str, str]) -> File:
    if len(data) > PAGE_BYTES:
        raise Rejected(f"The CSV file is larger than {PAGE_BYTES} bytes.")
    digest = sha256(data).hexdigest()
    cursors = {HASH: digest, ETAG: "", MODIFIED: "", **validators}
    if digest == known.get(HASH):
        return File("", digest, cursors, same=True)
    return File(read_text(data), digest, cursors)


def _validators(reply: Reply) -> dict[str, str]:
    """ETag, or else Last-Modified, by which the next look may be spared the file.

    A file that was changed a moment ago may change again within the same second (RFC 9110, section 8.8.2.2).
    """
    etag, modified = reply.headers.get("etag"), reply.headers.get("last-modified")
    if etag:
        return {ETAG: etag} if len(etag) <= 200 else {}
    try:
        age = _moment(reply.headers.get("date", "")) - _moment(modified or "")
    except ValueError:
        return {}
    return {MODIFIED: modified} if modified and age >= _STRONG else {}


def _moment(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _conditions(known: Mapping[str, str]) -> dict[str, str]:
    headers = {"Accept": "text/csv, text/plain;q=0.9, */*;q=0.5"}
    if known.get(HASH) and known.get(ETAG):
        headers["If-None-Match"] = known[ETAG]
    elif known.get(HASH) and known.get(MODIFIED):
        headers["If-Modified-Since"] = known[MODIFIED]
    return headers


def _bearer(credentials: MlsCredentials) -> dict[str, str]:
    token = sendable(credentials.token or "")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _basic(credentials: MlsCredentials) -> httpx.Auth | None:
    if credentials.token or not credentials.username:
        return None
    return httpx.BasicAuth(credentials.username, credentials.password or "")
