"""A client of a running sandbox MLS, for its tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from sandbox.mls.reso import TOKEN, create_app
from sandbox.serving import serve

TODAY = datetime(2026, 3, 15, 9, 30, tzinfo=UTC)


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[httpx.Client]:
    """A sandbox MLS while the block runs, and a client of it that bears the long-lived token."""
    options.setdefault("now", lambda: TODAY)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with (
        serve(create_app(folder, **options)) as base_url,
        httpx.Client(base_url=base_url, headers=headers, timeout=10, verify=False) as client,
    ):
        yield client


def every_page(client: httpx.Client, url: str | None) -> list[dict[str, Any]]:
    """All pages from a URL on, by next link."""
    found: list[dict[str, Any]] = []
    while url is not None:
        page = client.get(url).raise_for_status().json()
        found += page["value"]
        url = page.get("@odata.nextLink")
    return found


def rows(client: httpx.Client, **options: str) -> list[dict[str, Any]]:
    """One page of Property; the names of `options` are without their dollar."""
    answer = client.get("/odata/Property", params={f"${name}": value for name, value in options.items()})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def every_row(client: httpx.Client, **options: str) -> list[dict[str, Any]]:
    """All pages of Property, by next link."""
    url: str | None = str(httpx.URL("/odata/Property", params={f"${k}": v for k, v in options.items()}))
    found: list[dict[str, Any]] = []
    while url is not None:
        page = client.get(url, headers={"Prefer": "odata.maxpagesize=50"}).raise_for_status().json()
        found += page["value"]
        url = page.get("@odata.nextLink")
    return found


def key_with(client: httpx.Client, status: str = "Active", property_type: str = "Residential") -> str:
    """The ListingKey of a home of this status and type."""
    wanted = f"StandardStatus eq '{status}' and PropertyType eq '{property_type}'"
    key: str = rows(client, filter=wanted, top="1")[0]["ListingKey"]
    return key


def control(client: httpx.Client, path: str, body: Any = None) -> Any:
    """POST a control call that must succeed; the answer's JSON, or None."""
    answer = client.post(f"/_control/{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None
