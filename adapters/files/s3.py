"""Photos in a bucket of S3, private, shown to browsers by signed URLs."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import aioboto3

from adapters.files.keys import check_key, public_url
from adapters.files.presigned import Presigner
from adapters.files.s3_client import CONNECTIONS, OpenClient, Patience, open_client
from domain.errors import NotFound, Rejected
from domain.ports import StoredFile

T = TypeVar("T")

MAX_METADATA_BYTES = 2_048
"""Of names and values: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html"""

_AT_ONCE = CONNECTIONS * 3 // 4
"""Files of `put_all` on their way at a time: a request that waited for a connection would lose time for its tries."""

_METADATA = "yardsign"
_FOREVER = "max-age=31536000, immutable"


@asynccontextmanager
async def open_s3_files(
    bucket: str,
    *,
    now: Callable[[], datetime],
    prefix: str = "",
    region: str | None = None,
    endpoint_url: str | None = None,
    url_seconds: int = 3_600,
    public_url: str | None = None,
    patience: Patience | None = None,
    session: aioboto3.Session | None = None,
) -> AsyncIterator["S3Files"]:
    """Open the bucket for the life of a process; asks nothing of S3 (`check_bucket` does).

    Args:
        prefix: what all keys begin with in the bucket; a slash is put behind it.
        region, endpoint_url: instead of what AWS's usual settings say.
        url_seconds: how long a URL lives at least, 302,400 at most; see `S3Files.url`.
        public_url: where anybody may load photos, such as a CDN that may read the bucket; without it, URLs
            are signed.
        session: see `open_client`.

    Raises:
        ActionRequired: credentials or the region are missing.
        Unavailable: the credentials could not be fetched.
    """
    async with open_client(bucket, region=region, endpoint_url=endpoint_url, session=session) as opened:
        signer = Presigner(opened.address, region=opened.region, seconds=url_seconds)
        yield S3Files(
            opened,
            bucket,
            prefix=prefix,
            signer=signer,
            now=now,
            public_url=public_url,
            patience=patience or Patience(),
        )


class S3Files:
    """Implements `domain.ports.Files` in a bucket.

    Nothing here opens an object to the public: no ACL is ever sent. Besides what the port says, every method
    raises `ActionRequired` for what the operator has to mend (credentials, a bucket that is missing, somebody
    else's or in another region), and `Unavailable` once `patience` is at its end.
    """

    def __init__(
        self,
        opened: OpenClient,
        bucket: str,
        *,
        prefix: str,
        signer: Presigner,
        now: Callable[[], datetime],
        public_url: str | None,
        patience: Patience,
    ) -> None:
        self._client = opened.client
        self._credentials = opened.credentials
        self._bucket = bucket
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self._signer = signer
        self._now = now
        self._public_url = public_url
        self._patience = patience
        self._bucket_seen = False
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def put(
        self, key: str, data: bytes, *, content_type: str, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Store all or nothing; S3 itself checks what arrives against its SHA-256.

        Only what is public may be kept by others than browsers, such as a CDN; each object says so itself.

        Raises `Rejected` for a bad key and for metadata of more than `MAX_METADATA_BYTES`.
        """
        where = self._where(key)
        facts = _encoded(metadata or {})
        scope = "private" if public_url(self._public_url, key) is None else "public"
        checksum = base64.b64encode(await asyncio.to_thread(_sha256, data)).decode()
        await self._call(
            "put_object",
            lambda: self._client.put_object(
                **where,
                Body=data,
                ContentType=content_type,
                CacheControl=f"{scope}, {_FOREVER}",
                Metadata=facts,
                ChecksumSHA256=checksum,
            ),
        )

    async def put_all(self, files: Sequence[StoredFile]) -> None:
        """`put` of several side by side; raises what the first of them raises, once none is under way."""

        async def put(file: StoredFile) -> None:
            async with self._room:
                await self.put(file.key, file.data, content_type=file.content_type, metadata=file.metadata)

        for result in await asyncio.gather(*map(put, files), return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def get(self, key: str) -> StoredFile:
        """Raises `NotFound`."""
        try:
            where = self._where(key)
        except Rejected:
            raise NotFound("There is no such file.") from None

        async def read() -> tuple[bytes, Mapping[str, Any]]:
            answer = await self._client.get_object(**where)
            body = answer["Body"]
            async with body:
                return await body.read(), answer

        data, answer = await self._call("get_object", read)
        return StoredFile(key, data, answer["ContentType"], _decoded(answer["Metadata"]))

    async def exists(self, key: str) -> bool:
        """Whether something is stored under the key."""
        try:
            where = self._where(key)
        except Rejected:
            return False
        try:
            await self._call("head_object", lambda: self._client.head_object(**where))
        except NotFound:
            await self._see_bucket()
            return False
        return True

    async def delete(self, key: str) -> None:
        """Remove the file; absent already is fine."""
        try:
            where = self._where(key)
        except Rejected:
            return
        await self._call("delete_object", lambda: self._client.delete_object(**where))

    async def list(self, prefix: str, after: str = "") -> AsyncIterator[str]:
        """All keys that begin with the prefix and come after `after`, in the order of their code points, a
        thousand a request."""
        wanted = {"Bucket": self._bucket, "Prefix": self._prefix + prefix}
        if after:
            wanted["StartAfter"] = self._prefix + after
        more = True
        while more:
            page = await self._call("list_objects_v2", lambda: self._client.list_objects_v2(**wanted))
            for entry in page.get("Contents", ()):
                yield entry["Key"].removeprefix(self._prefix)
            more = page["IsTruncated"]
            wanted["ContinuationToken"] = page.get("NextContinuationToken", "")

    def url(self, key: str) -> str:
        """The public URL; or a signed one, the same for all calls within a window of `url_seconds`, so that it
        can be cached.

        A signed one lives one to two windows, but never longer than the credentials it is signed with: a role's have at
        least 10 minutes left. Who needs more signs as a user of its own.
        """
        if (public := public_url(self._public_url, key)) is not None:
            return public
        return self._signer.url(self._prefix + key, self._credentials.current, self._now())

    def season(self) -> object:
        """The window, and the credentials."""
        return self._signer.window(self._credentials.current, self._now())

    async def _see_bucket(self) -> None:
        """Tells an absent object from an absent bucket, once: S3 answers both alike."""
        if not self._bucket_seen:
            await self._call("head_bucket", lambda: self._client.head_bucket(Bucket=self._bucket))
            self._bucket_seen = True

    def _where(self, key: str) -> dict[str, str]:
        check_key(key)
        check_key(self._prefix + key)
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    async def _call(self, name: str, attempt: Callable[[], Awaitable[T]]) -> T:
        return await self._patience.call(attempt, self._bucket, name)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _encoded(metadata: Mapping[str, str]) -> dict[str, str]:
    """All of it in one header of plain ASCII: S3 lowers the names, and headers carry nothing else safely."""
    if not metadata:
        return {}
    text = json.dumps(dict(metadata), separators=(",", ":")).replace("\x7f", "\\u007f")
    if len(_METADATA) + len(text) > MAX_METADATA_BYTES:
        raise Rejected(f"A file's metadata has {MAX_METADATA_BYTES} bytes at most in S3.")
    return {_METADATA: text}


def _decoded(stored: Mapping[str, str]) -> dict[str, str]:
    facts: dict[str, str] = json.loads(stored.get(_METADATA, "{}"))
    return facts
