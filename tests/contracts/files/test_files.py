"""What every store of files promises."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.files.local import LocalFiles
from adapters.files.s3 import open_s3_files
from domain.errors import NotFound, Rejected
from domain.ports import Files, StoredFile
from tests.contracts.files.conftest import S3_BUCKET
from tests.emulators.s3 import s3_session

Open = Callable[[Path], AbstractAsyncContextManager[Files]]
JPEG = "image/jpeg"
KEY = "listings/alice/sandbox-1/original/photo0-0123456789ab.jpg"

BAD_KEYS = [
    "",
    "/",
    "/a",
    "a/",
    "a//b",
    "..",
    "../a",
    "a/../b",
    "a/..",
    ".",
    "a/./b",
    "a\x00b",
    "a\nb",
    "\ud800",
]
BAD_KEYS += ["a" * 1025]


@asynccontextmanager
async def local(folder: Path) -> AsyncIterator[Files]:
    """Opened again on the same folder it holds the same files."""
    yield LocalFiles(
        folder / "files",
        base_url="http://localhost:8000",
        signing_key=b"k" * 32,
        now=lambda: datetime(2026, 11, 21, tzinfo=UTC),
    )


@asynccontextmanager
async def s3(folder: Path) -> AsyncIterator[Files]:
    """Opened again for the same folder it is the same part of the bucket."""
    async with open_s3_files(
        S3_BUCKET,
        prefix=folder.name,
        now=lambda: datetime(2026, 11, 21, tzinfo=UTC),
        session=s3_session(),
    ) as files:
        yield files


@pytest.fixture(params=["local", "s3"])
def open_files(request: pytest.FixtureRequest) -> Open:
    if request.param == "local":
        return local
    request.getfixturevalue("s3_bucket")
    return s3


@pytest.fixture
async def files(open_files: Open, tmp_path: Path) -> AsyncIterator[Files]:
    async with open_files(tmp_path) as opened:
        yield opened


async def keys(files: Files, prefix: str) -> list[str]:
    return [key async for key in files.list(prefix)]


class TestFiles:
    """The promises."""

    async def test_what_is_put_is_got(self, files: Files) -> None:
        metadata = {"listingId": "l1", "photoIndex": "0", "originalUrl": "https://mls/a b?ü=1"}
        await files.put(KEY, b"\x00\xff" * 1000, content_type=JPEG, metadata=metadata)
        stored = await files.get(KEY)
        assert stored.key == KEY
        assert stored.data == b"\x00\xff" * 1000
        assert stored.content_type == JPEG
        assert dict(stored.metadata) == metadata

    async def test_what_is_put_together_is_got(self, files: Files) -> None:
        several = [
            StoredFile("a/1/x.jpg", b"one", JPEG, {"listingId": "l1"}),
            StoredFile("a/2/x.webp", b"two" * 100_000, "image/webp", {}),
            StoredFile("a/1/y.jpg", b"", JPEG, {"photoIndex": "1"}),
        ]
        await files.put_all(several)
        assert [await files.get(file.key) for file in several] == several
        await files.put_all([*several, StoredFile("b", b"four", JPEG, {})])
        assert await keys(files, "") == ["a/1/x.jpg", "a/1/y.jpg", "a/2/x.webp", "b"]
        await files.put_all([])

    async def test_a_bad_key_among_others_is_refused(self, files: Files) -> None:
        good = StoredFile(KEY, b"x", JPEG, {})
        with pytest.raises(Rejected):
            await files.put_all([good, StoredFile("a/../b", b"x", JPEG, {})])
        await files.put_all([good])  # whatever was stored of them may be stored again
        assert await keys(files, "") == [KEY]

    async def test_urls_stay_for_their_season(self, files: Files) -> None:
        seasons = [files.season() for _ in range(2)]
        while seasons[0] != seasons[1]:  # the window has just ended
            seasons = [files.season() for _ in range(2)]
        assert files.url(KEY) == files.url(KEY)
        assert files.url(KEY) != files.url("another.jpg")

    async def test_without_metadata_it_is_empty(self, files: Files) -> None:
        await files.put(KEY, b"", content_type=JPEG)
        stored = await files.get(KEY)
        assert (stored.data, dict(stored.metadata)) == (b"", {})

    async def test_survives_opening_again(self, open_files: Open, tmp_path: Path) -> None:
        async with open_files(tmp_path) as first:
            await first.put(KEY, b"photo", content_type=JPEG, metadata={"photoIndex": "0"})
        async with open_files(tmp_path) as second:
            stored = await second.get(KEY)
            assert (stored.data, dict(stored.metadata)) == (b"photo", {"photoIndex": "0"})

    async def test_what_is_not_there_is_not_found(self, files: Files) -> None:
        await files.put("a/b.jpg", b"x", content_type=JPEG)
        for key in ("nothing.jpg", "a", "a/b.jpg/c", "a/b", "a/b.jp"):
            assert not await files.exists(key)
            with pytest.raises(NotFound):
                await files.get(key)
            await files.delete(key)
        assert await files.exists("a/b.jpg")

    async def test_deleted_is_gone_and_can_be_put_again(self, files: Files) -> None:
        await files.put(KEY, b"x", content_type=JPEG)
        assert await files.exists(KEY)
        await files.delete(KEY)
        await files.delete(KEY)
        assert not await files.exists(KEY)
        assert await keys(files, "") == []
        await files.put(KEY, b"y", content_type=JPEG)
        assert (await files.get(KEY)).data == b"y"

    async def test_putting_the_same_again_changes_nothing(self, files: Files) -> None:
        await asyncio.gather(*(files.put(KEY, b"same", content_type=JPEG) for _ in range(10)))
        assert (await files.get(KEY)).data == b"same"
        assert await keys(files, "") == [KEY]

    async def test_puts_and_deletes_beside_each_other(self, files: Files) -> None:
        async def come_and_go(number: int) -> None:
            for _ in range(20):
                await files.put(f"a/b/{number}.jpg", b"x", content_type=JPEG)
                await files.delete(f"a/b/{number}.jpg")

        await asyncio.gather(*(come_and_go(number) for number in range(8)))
        await files.put("a/b/last.jpg", b"x", content_type=JPEG)
        assert await keys(files, "") == ["a/b/last.jpg"]

    async def test_list_is_in_order_of_the_whole_key(self, files: Files) -> None:
        wanted = ["a-/1", "a.jpg", "a/1.jpg", "a/10.jpg", "a/2.jpg", "a/b/c.jpg", "a0", "b", "Ä", "B"]
        for key in wanted:
            await files.put(key, b"x", content_type=JPEG)
        assert await keys(files, "") == sorted(wanted)

    async def test_list_goes_on_behind_any_key(self, files: Files) -> None:
        wanted = ["a-/1", "a/1.jpg", "a/2.jpg", "a/b/c.jpg", "a/b0/d.jpg", "a0"]
        for key in wanted:
            await files.put(key, b"x", content_type=JPEG)
        for after in (*wanted, "a", "a/", "a/1", "a/b", "a/b/", "a/b/d", "b"):
            found = [key async for key in files.list("", after)]
            assert found == [key for key in wanted if key > after], after
        assert [key async for key in files.list("a/b", "a/b/c.jpg")] == ["a/b0/d.jpg"]

    async def test_list_takes_any_prefix(self, files: Files) -> None:
        for key in ("u/1/a.jpg", "u/1/b.jpg", "u/10/a.jpg", "u/2/a.jpg"):
            await files.put(key, b"x", content_type=JPEG)
        assert await keys(files, "u/1") == ["u/1/a.jpg", "u/1/b.jpg", "u/10/a.jpg"]
        assert await keys(files, "u/1/") == ["u/1/a.jpg", "u/1/b.jpg"]
        assert await keys(files, "u/1/a.jpg") == ["u/1/a.jpg"]
        assert await keys(files, "u/1/a.jpg/") == []
        assert await keys(files, "x") == []
        assert await keys(files, "../") == []

    async def test_keys_apart_stay_apart(self, files: Files) -> None:
        apart = [
            "a/x",
            "A/x",
            "a/X",
            "a/%78",
            "a/é",
            "a/e\u0301",
            "a/.x",
            "a/x~meta",
            "a/x y",
            "a/x+y",
            "a/:*?",
        ]
        for key in apart:
            await files.put(key, key.encode(), content_type=JPEG)
        for key in apart:
            assert (await files.get(key)).data == key.encode()
        assert await keys(files, "a/") == sorted(key for key in apart if key.startswith("a/"))

    @pytest.mark.parametrize("key", BAD_KEYS)
    async def test_a_bad_key_is_refused(self, files: Files, tmp_path: Path, key: str) -> None:
        with pytest.raises(Rejected):
            await files.put(key, b"x", content_type=JPEG)
        with pytest.raises(NotFound):
            await files.get(key)
        assert not await files.exists(key)
        await files.delete(key)
        assert await keys(files, "") == []

    async def test_url_is_the_same_within_a_moment_and_differs_by_key(self, files: Files) -> None:
        assert files.url(KEY) == files.url(KEY)
        assert files.url(KEY) != files.url(KEY + "x")

    async def test_one_call_does_not_hold_up_the_loop(self, files: Files) -> None:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        put: Awaitable[None] = files.put(KEY, b"x" * 5_000_000, content_type=JPEG)
        await put
        counting.cancel()
        assert turns > 1
