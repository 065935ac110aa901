"""Photos that anybody may load, because the installation says so."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from adapters.files.local import LocalFiles
from app.media import media_endpoint

KEY = "listings/u/l/large/photo0-a.webp"


def now() -> datetime:
    return datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


async def test_photos_need_no_signature_and_uploads_do(tmp_path: Path) -> None:
    base = "http://yardsign.example"
    files = LocalFiles(tmp_path, base_url=base, signing_key=b"s" * 32, now=now, public_url=f"{base}/media")
    await files.put(KEY, b"webp", content_type="image/webp")
    await files.put("uploads/c-1.csv", b"secret", content_type="text/csv")
    app = Starlette(routes=[Route("/media/{key:path}", media_endpoint(files, now))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as browser:
        photo = await browser.get(files.url(KEY))
        assert (photo.status_code, photo.content) == (200, b"webp")
        assert photo.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert (await browser.get(f"{base}/media/uploads/c-1.csv")).status_code == 403
        assert (await browser.get(files.url("uploads/c-1.csv"))).content == b"secret"
        for way_out in ("listings/%2e%2e/uploads/c-1.csv", "listings/..%2fuploads/c-1.csv", "listings//etc"):
            assert (await browser.get(f"{base}/media/{way_out}")).status_code in (403, 404)
