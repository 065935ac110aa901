"""What the folder of this machine promises beyond the contract."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from adapters.files.local import LocalFiles
from domain.errors import NotFound, Rejected, Unavailable

JPEG = "image/jpeg"


class Clock:
    """A time that the test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 12, 0, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> LocalFiles:
    return LocalFiles(
        tmp_path / "files",
        base_url="http://localhost:8000/",
        signing_key=b"s" * 32,
        now=clock,
        url_seconds=3600,
    )


def parts(url: str) -> tuple[str, str, str]:
    address = urlsplit(url)
    query = parse_qs(address.query)
    return unquote(address.path.removeprefix("/media/")), query["expires"][0], query["signature"][0]


def begun(folder: Path) -> list[Path]:
    """The files that are not yet what they are to be."""
    return list(folder.rglob(".*"))


async def test_a_photo_lies_under_its_key(files: LocalFiles, tmp_path: Path) -> None:
    await files.put("listings/demo/l-1/photo0.jpg", b"photo", content_type=JPEG)
    assert (tmp_path / "files/listings/demo/l-1/photo0.jpg").read_bytes() == b"photo"


async def test_an_object_without_its_facts_is_not_there(files: LocalFiles, tmp_path: Path) -> None:
    await files.put("a/b.jpg", b"photo", content_type=JPEG)
    (tmp_path / "files/a/b.jpg~meta").unlink()
    assert not await files.exists("a/b.jpg")
    assert [key async for key in files.list("")] == []
    with pytest.raises(NotFound):
        await files.get("a/b.jpg")
    await files.put("a/b.jpg", b"photo", content_type=JPEG)
    assert await files.exists("a/b.jpg")


async def test_what_a_crash_leaves_is_not_listed(files: LocalFiles, tmp_path: Path) -> None:
    await files.put("a/b.jpg", b"photo", content_type=JPEG)
    (tmp_path / "files/a/.half").write_bytes(b"pho")
    (tmp_path / "files/a/c.jpg~meta").write_bytes(b"{}")
    assert [key async for key in files.list("")] == ["a/b.jpg"]
    assert not await files.exists("a/c.jpg")


async def test_what_a_crash_has_left_goes_a_day_later(files: LocalFiles, tmp_path: Path) -> None:
    await files.put("a/b.jpg", b"photo", content_type=JPEG)
    for name, hours in (("." + 16 * "a", 25), ("." + 16 * "b", 23), (".foreign", 25)):
        (tmp_path / "files/a" / name).write_bytes(b"pho")
        then = time.time() - hours * 3_600
        os.utime(tmp_path / "files/a" / name, (then, then))
    assert [key async for key in files.list("")] == ["a/b.jpg"]
    assert sorted(path.name for path in begun(tmp_path)) == ["." + 16 * "b", ".foreign"]


async def test_nothing_is_left_of_folders_without_files(files: LocalFiles, tmp_path: Path) -> None:
    await files.put("a/b/c.jpg", b"x", content_type=JPEG)
    await files.put("a/d.jpg", b"x", content_type=JPEG)
    await files.delete("a/b/c.jpg")
    assert not (tmp_path / "files/a/b").exists()
    assert await files.exists("a/d.jpg")
    await files.delete("a/d.jpg")
    assert list((tmp_path / "files").iterdir()) == []


async def test_no_key_is_a_folder_of_another(files: LocalFiles, tmp_path: Path) -> None:
    await files.put("a/b", b"x", content_type=JPEG)
    for key in ("a", "a/b/c"):
        with pytest.raises(Rejected):
            await files.put(key, b"y", content_type=JPEG)
    assert [key async for key in files.list("")] == ["a/b"]
    assert begun(tmp_path) == []


async def test_a_segment_too_long_for_a_file_system_is_refused(files: LocalFiles) -> None:
    with pytest.raises(Rejected):
        await files.put("a/" + "ü" * 70, b"x", content_type=JPEG)


async def test_a_store_that_cannot_be_written_is_unavailable(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    files = LocalFiles(tmp_path / "loop/files", base_url="http://x", signing_key=b"s" * 32, now=clock)
    with pytest.raises(Unavailable):
        await files.put("a", b"x", content_type=JPEG)


async def test_photos_are_public_by_setting_and_nothing_else_is(tmp_path: Path, clock: Clock) -> None:
    files = LocalFiles(
        tmp_path,
        base_url="http://x",
        signing_key=b"s" * 32,
        now=clock,
        public_url="https://cdn.example/homes/",
    )
    photo = "listings/a b/l-1/large/photo0-ü.webp"
    assert files.url(photo) == "https://cdn.example/homes/listings/a%20b/l-1/large/photo0-%C3%BC.webp"
    assert files.is_public(photo)
    for key in ("uploads/c-1.csv", "listings", "uploads/listings/a.csv"):
        assert not files.is_public(key)
        assert files.url(key).startswith("http://x/media/")
        assert files.verify(*parts(files.url(key)))


def test_nothing_is_public_without_the_setting(files: LocalFiles) -> None:
    assert not files.is_public("listings/a/l/large/photo0.webp")


async def test_a_file_is_located(files: LocalFiles) -> None:
    await files.put("a/b.webp", b"photo", content_type="image/webp")
    found = await files.locate("a/b.webp")
    assert (found.path.read_bytes(), found.status.st_size, found.content_type) == (b"photo", 5, "image/webp")


@pytest.mark.parametrize(
    "key", ["a", "a/c.webp", "a/b.webp~meta", "../files/a/b.webp", "/etc/passwd", "", "a//b.webp"]
)
async def test_what_is_no_file_is_not_located(files: LocalFiles, key: str) -> None:
    await files.put("a/b.webp", b"photo", content_type="image/webp")
    with pytest.raises(NotFound):
        await files.locate(key)


def test_a_url_verifies(files: LocalFiles) -> None:
    url = files.url("a b/ü#?.jpg")
    assert url.startswith("http://localhost:8000/media/a%20b/%C3%BC%23%3F.jpg?expires=")
    key, expires, signature = parts(url)
    assert key == "a b/ü#?.jpg"
    assert files.verify(key, expires, signature)


def test_a_url_of_another_key_time_or_secret_does_not_verify(files: LocalFiles, clock: Clock) -> None:
    key, expires, signature = parts(files.url("a.jpg"))
    assert not files.verify("b.jpg", expires, signature)
    assert not files.verify(key, str(int(expires) + 3600), signature)
    assert not files.verify(key, "soon", signature)
    assert not files.verify(key, expires, signature[:-1])
    assert not files.verify(key, expires, "ü")
    assert not files.verify(key, expires, "")
    assert not files.verify("\ud800", expires, signature)
    other = LocalFiles(Path("x"), base_url="http://x", signing_key=b"t" * 32, now=clock)
    assert not other.verify(key, expires, signature)


def test_a_url_lives_at_least_its_time_and_at_most_twice(files: LocalFiles, clock: Clock) -> None:
    key, expires, signature = parts(files.url("a.jpg"))
    clock.time += timedelta(seconds=3600)
    assert files.verify(key, expires, signature)
    clock.time += timedelta(seconds=3600)
    assert not files.verify(key, expires, signature)


def test_urls_are_equal_within_a_window(files: LocalFiles, clock: Clock) -> None:
    first, season = files.url("a.jpg"), files.season()
    clock.time += timedelta(minutes=59)
    assert (files.url("a.jpg"), files.season()) == (first, season)
    clock.time += timedelta(minutes=2)
    assert files.url("a.jpg") != first
    assert files.season() != season
