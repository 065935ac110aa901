"""Photos that anybody may load, because the installation says so."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.routing import Route

from app.media import media_endpoint
from app.settings import Settings
from app.stores import open_stores
from tests.emulators.s3 import aws_settings

__all__ = ["aws_settings"]

PHOTO, UPLOAD = "listings/u/l/large/photo0-a.webp", "uploads/c-1.csv"
BASE = "http://yardsign.example"


def now() -> datetime:
    return datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def settings(folder: Path, **values: str) -> Settings:
    return Settings.model_validate({"yardsign_data": folder, "public_url": BASE, **values})


async def test_photos_need_no_signature_and_uploads_do(tmp_path: Path) -> None:
    public = settings(tmp_path, yardsign_public_files_url=f"{BASE}/media")
    async with open_stores(public, b"s" * 32, now) as stores:
        files = stores.media
        assert files is not None
        await files.put(PHOTO, b"webp", content_type="image/webp")
        await files.put(UPLOAD, b"secret", content_type="text/csv")
        app = Starlette(routes=[Route("/media/{key:path}", media_endpoint(files, now))])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as browser:
            assert files.url(PHOTO) == f"{BASE}/media/{PHOTO}"
            photo = await browser.get(files.url(PHOTO))
            assert (photo.status_code, photo.content) == (200, b"webp")
            assert photo.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert (await browser.get(f"{BASE}/media/{UPLOAD}")).status_code == 403
            assert (await browser.get(files.url(UPLOAD))).content == b"secret"
            ways_out = ("listings/%2e%2e/uploads/c-1.csv", "listings/..%2fuploads/c-1.csv", "listings//etc")
            for way_out in ways_out:
                assert (await browser.get(f"{BASE}/media/{way_out}")).status_code in (403, 404)


@pytest.mark.parametrize(
    ("store", "signed"), [("local", f"{BASE}/media/{PHOTO}?expires="), ("s3", "https://homes.s3.eu-west-1.")]
)
async def test_the_setting_chooses_between_signed_and_public_urls(
    store: str, signed: str, aws_settings: None, tmp_path: Path
) -> None:
    where = {"yardsign_files": store, "yardsign_s3_bucket": "homes"}
    async with open_stores(settings(tmp_path, **where), b"s" * 32, now) as stores:
        assert stores.files.url(PHOTO).startswith(signed)
        assert "ignature=" in stores.files.url(PHOTO)
    where["yardsign_public_files_url"] = "https://cdn.example/homes"
    async with open_stores(settings(tmp_path, **where), b"s" * 32, now) as stores:
        assert stores.files.url(PHOTO) == f"https://cdn.example/homes/{PHOTO}"
        assert "ignature=" in stores.files.url(UPLOAD)


@pytest.mark.parametrize(
    "url", ["cdn.example", "ftp://cdn.example", "https://cdn.example/?key=", "https://a b"]
)
def test_what_can_be_no_base_of_urls_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        settings(tmp_path, yardsign_public_files_url=url)
