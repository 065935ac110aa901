"""What the bucket promises beyond the contract: how objects lie in it, and under what URLs they are shown."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession
from yarl import URL

from adapters.files.s3 import S3Files, open_s3_files
from adapters.files.s3_client import FreshCredentials, open_client
from domain.errors import ActionRequired, Rejected
from tests.contracts.files.s3_proxy import S3Proxy
from tests.emulators.s3 import PAGE, s3_session

JPEG = "image/jpeg"
NOW = datetime(2026, 11, 21, 12, 0, 1, tzinfo=UTC)


@pytest.fixture
async def files(proxy: S3Proxy, s3_bucket: str, tmp_path: Path) -> AsyncIterator[S3Files]:
    async with open_s3_files(
        s3_bucket, endpoint_url=proxy.url, prefix=tmp_path.name, now=lambda: NOW, session=s3_session()
    ) as opened:
        yield opened


async def test_s3_is_told_the_checksum_and_nothing_is_opened(files: S3Files, proxy: S3Proxy) -> None:
    await files.put("a.jpg", b"photo", content_type=JPEG, metadata={"photoIndex": "0"})
    [request] = proxy.requests
    checksum = base64.b64encode(hashlib.sha256(b"photo").digest()).decode()
    assert request.headers["x-amz-checksum-sha256"] == checksum
    assert request.headers["Content-Type"] == JPEG
    assert request.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=testing/")
    assert "acl" not in request.query
    assert not [name for name in request.headers if name.lower().startswith(("x-amz-acl", "x-amz-grant"))]


async def test_keys_begin_with_the_prefix(files: S3Files, s3_bucket: str, tmp_path: Path) -> None:
    await files.put("a b.jpg", b"photo", content_type=JPEG)
    async with open_client(s3_bucket, session=s3_session()) as opened:
        page = await opened.client.list_objects_v2(Bucket=s3_bucket, Prefix=tmp_path.name)
        assert [entry["Key"] for entry in page["Contents"]] == [f"{tmp_path.name}/a b.jpg"]
        await opened.client.put_object(Bucket=s3_bucket, Key=f"{tmp_path.name}-other/a.jpg", Body=b"")
    assert [key async for key in files.list("")] == ["a b.jpg"]


async def test_the_prefix_counts_in_the_length_of_a_key(files: S3Files, tmp_path: Path) -> None:
    longest = 1024 - len(tmp_path.name) - 1
    await files.put("a" * longest, b"x", content_type=JPEG)
    with pytest.raises(Rejected):
        await files.put("a" * (longest + 1), b"x", content_type=JPEG)


async def test_what_another_program_stored_can_be_read(
    files: S3Files, s3_bucket: str, tmp_path: Path
) -> None:
    async with open_client(s3_bucket, session=s3_session()) as opened:
        await opened.client.put_object(
            Bucket=s3_bucket, Key=f"{tmp_path.name}/theirs", Body=b"x", Metadata={"other": "1"}
        )
    stored = await files.get("theirs")
    assert (stored.data, dict(stored.metadata)) == (b"x", {})


async def test_a_long_list_comes_in_pages_and_in_order(files: S3Files, proxy: S3Proxy) -> None:
    keys = sorted(f"a/{number}.jpg" for number in range(3 * PAGE + 2))
    await asyncio.gather(*(files.put(key, b"x", content_type=JPEG) for key in reversed(keys)))
    proxy.requests.clear()
    assert [key async for key in files.list("a/")] == keys
    assert proxy.methods() == ["GET"] * 4


async def test_metadata_survives_as_it_is(files: S3Files) -> None:
    metadata = {
        "MixedCase": "ü 漢 \U0001f3e0",
        "two  spaces ": " \t\r\n\x7f\x00",
        "": "",
        "a-b_c": '"\\',
        "x": "ÿ",
    }
    await files.put("a", b"x", content_type=JPEG, metadata=metadata)
    assert dict((await files.get("a")).metadata) == metadata


async def test_metadata_up_to_what_s3_holds(files: S3Files, proxy: S3Proxy) -> None:
    most = 2048 - len('yardsign{"url":""}')
    await files.put("a", b"x", content_type=JPEG, metadata={"url": "u" * most})
    assert (await files.get("a")).metadata == {"url": "u" * most}
    proxy.requests.clear()
    with pytest.raises(Rejected):
        await files.put("a", b"x", content_type=JPEG, metadata={"url": "u" * (most + 1)})
    assert not proxy.requests


async def test_a_url_shows_the_photo_to_a_browser(files: S3Files) -> None:
    key = "a b/ü+%41#?&=.jpg"
    await files.put(key, b"photo", content_type=JPEG)
    async with ClientSession() as browser, browser.get(URL(files.url(key), encoded=True)) as reply:
        assert (reply.status, reply.content_type) == (200, JPEG)
        assert await reply.read() == b"photo"


async def test_a_url_names_host_bucket_key_and_end(files: S3Files, proxy: S3Proxy, tmp_path: Path) -> None:
    address = urlsplit(files.url("a b.jpg"))
    query = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}" == proxy.url
    assert address.path == f"/yardsign-photos/{tmp_path.name}/a%20b.jpg"
    assert query["X-Amz-Date"] == ["20261121T120000Z"]
    assert query["X-Amz-Expires"] == ["7200"]
    assert query["X-Amz-Credential"] == ["testing/20261121/eu-west-1/s3/aws4_request"]


@pytest.mark.parametrize(
    ("bucket", "region", "address"),
    [
        ("homes", "eu-west-1", "https://homes.s3.eu-west-1.amazonaws.com"),
        ("homes", "us-east-1", "https://homes.s3.us-east-1.amazonaws.com"),
        ("homes", "cn-north-1", "https://homes.s3.cn-north-1.amazonaws.com.cn"),
        ("homes.example", "eu-west-1", "https://s3.eu-west-1.amazonaws.com/homes.example"),
    ],
)
async def test_the_address_on_aws(aws_settings: None, bucket: str, region: str, address: str) -> None:
    async with open_s3_files(bucket, region=region, now=lambda: NOW) as files:
        assert files.url("a.jpg").startswith(f"{address}/a.jpg?")


async def test_the_token_of_a_role_is_in_the_url(aws_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of/a role")
    async with open_s3_files("homes", now=lambda: NOW) as files:
        assert "&X-Amz-Security-Token=of%2Fa%20role&" in files.url("a.jpg")


async def test_photos_are_public_by_setting_and_nothing_else_is(aws_settings: None) -> None:
    async with open_s3_files("homes", now=lambda: NOW, public_url="https://cdn.example") as files:
        assert files.url("listings/a b/l/p.webp") == "https://cdn.example/listings/a%20b/l/p.webp"
        assert "X-Amz-Signature=" in files.url("uploads/c-1.csv")


async def test_a_cdn_may_keep_what_is_public(proxy: S3Proxy, s3_bucket: str, tmp_path: Path) -> None:
    async with open_s3_files(
        s3_bucket,
        endpoint_url=proxy.url,
        prefix=tmp_path.name,
        now=lambda: NOW,
        public_url="https://cdn.example",
    ) as files:
        for key in ("listings/a/l/p.webp", "uploads/c-1.csv"):
            await files.put(key, b"x", content_type=JPEG)
    kept = [request.headers["Cache-Control"] for request in proxy.requests]
    assert kept == [f"{scope}, max-age=31536000, immutable" for scope in ("public", "private")]


class Role:
    """Answers other credentials each time, and fails the second time."""

    def __init__(self) -> None:
        self.asked = 0
        self.access_key, self.secret_key, self.token = "key", "secret", "0"

    async def get_frozen_credentials(self) -> "Role":
        self.asked += 1
        if self.asked == 2:
            raise OSError
        self.token = str(self.asked)
        return self


async def test_credentials_stay_fresh_and_survive_a_failed_renewal() -> None:
    credentials = FreshCredentials(Role())
    await credentials.fetch()
    tokens: list[str | None] = []

    async def sleep(seconds: float) -> None:
        tokens.append(credentials.current.token)
        if len(tokens) == 4:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await credentials.keep_fresh(sleep)
    assert tokens == ["1", "1", "3", "4"]


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"])
async def test_what_is_not_set_is_named(
    aws_settings: None, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(ActionRequired, match="region" if "REGION" in missing else "credentials"):
        async with open_s3_files("homes", now=lambda: NOW):
            pass


async def test_a_profile_that_is_not_there(aws_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(ActionRequired):
        async with open_s3_files("homes", now=lambda: NOW):
            pass
