"""Pages of RESO's own generator of test data go through the adapter, where the samples are there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.budgets import LocalBudgets
from adapters.downloads import WebDownloads
from adapters.files.local import LocalFiles
from adapters.http import WebClient
from adapters.mls.reso_web_api import ResoWebApi
from adapters.mls.tools import Tools
from domain.entities.listing import ListingStatus
from domain.entities.mls import MlsQuery, MlsRecord
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.rules.statuses import interpret
from sandbox.serving import serve

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "reso"

pytestmark = pytest.mark.skipif(
    not list(SAMPLES.glob("page-*.json")), reason="the samples ../shared/samples/reso are not there"
)


@contextmanager
def samples() -> Iterator[str]:
    """A server of the sample pages, whose links lead to itself; gives its OData root."""
    pages = [orjson.loads(path.read_bytes()) for path in sorted(SAMPLES.glob("page-*.json"))]
    rows_before = [sum(len(page["value"]) for page in pages[:number]) for number in range(len(pages))]

    async def properties(request: Request) -> Response:
        page = dict(pages[rows_before.index(int(request.query_params.get("$skip", "0")))])
        if "@odata.nextLink" in page:
            link = urlsplit(page["@odata.nextLink"])
            page["@odata.nextLink"] = f"{str(request.base_url).rstrip('/')}{link.path}?{link.query}"
        return Response(orjson.dumps(page), media_type="application/json")

    with serve(Starlette(routes=[Route("/odata/Property", properties)])) as base_url:
        yield f"{base_url}/odata"


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[list[MlsRecord]]:
    web = WebClient(allow_http=True, allow_loopback=True)
    tools = Tools(
        web=web,
        downloads=WebDownloads(web),
        files=LocalFiles(
            tmp_path, base_url="http://127.0.0.1:1", signing_key=b"k" * 32, now=lambda: datetime.now(UTC)
        ),
        budgets=LocalBudgets(),
        now=lambda: datetime.now(UTC),
        sleep=asyncio.sleep,
        random=lambda: 0.0,
    )
    mls = ResoWebApi(tools)
    with samples() as root:
        source = MlsSource(
            connection_id="C1",
            url=root,
            vendor="generic",
            settings={},
            credentials=MlsCredentials(token="any"),
        )
        found: list[MlsRecord] = []
        position: str | None = None
        while True:
            page = await mls.fetch(source, MlsQuery(), position)
            assert page.total == 49
            found += [row for row in page.rows if isinstance(row, MlsRecord)]
            position = page.position
            if position is None:
                break
    yield found
    await web.aclose()


async def test_all_49_rows_come_though_23_have_no_number(records: list[MlsRecord]) -> None:
    assert len(records) == 49
    assert len({record.key for record in records}) == 49
    assert sum(record.facts.mls_number is None for record in records) == 23


async def test_two_of_them_are_skipped_and_no_status_is_unknown(records: list[MlsRecord]) -> None:
    readings = [
        interpret(
            record.facts.standard_status,
            record.facts.mls_status,
            settings={},
            previous=None,
            deleted=record.deleted,
        )
        for record in records
    ]
    assert sum(reading.skip for reading in readings) == 2
    assert not any(reading.unknown for reading in readings)
    statuses = [reading.status for reading in readings if not reading.skip]
    assert {status: statuses.count(status) for status in ListingStatus} == {
        ListingStatus.ACTIVE: 35,
        ListingStatus.PENDING: 2,
        ListingStatus.SOLD: 1,
        ListingStatus.EXPIRED: 9,
    }


async def test_what_makes_sense_is_kept_and_what_does_not_is_dropped(records: list[MlsRecord]) -> None:
    for record in records:
        facts = record.facts
        assert facts.price is not None
        assert facts.address.city is not None
        assert facts.bedrooms is not None
        assert facts.modified_in_mls_at is not None
        assert facts.garage_spaces is None or facts.garage_spaces < 10_000
        assert record.media is not None
        assert all(photo.url.startswith("https://") for photo in record.media)
    assert any(record.media for record in records)
    assert any("GarageSpaces" in warning for record in records for warning in record.warnings)
