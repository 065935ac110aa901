"""Signed URLs: what was signed opens, for its time, and nothing else does."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from adapters.links import SignedLinks

NOW = datetime(2026, 10, 30, 15, tzinfo=UTC)


def links(now: datetime = NOW, key: bytes = b"k" * 32) -> SignedLinks:
    return SignedLinks(key, public_url=lambda path: f"https://own.example{path}", now=lambda: now)


def parts(url: str) -> tuple[str, str]:
    split = urlsplit(url)
    return split.path, split.query


def test_a_url_opens_for_thirty_days_and_no_longer_than_one_more() -> None:
    path, query = parts(links().url("/charts/1.svg", {"theme": "dark & more"}))
    assert path == "/charts/1.svg"
    assert links(NOW + timedelta(days=30)).opens(path, query)
    assert not links(NOW + timedelta(days=31)).opens(path, query)


def test_a_url_is_the_same_all_day() -> None:
    made = {links(NOW.replace(hour=hour)).url("/a", {}) for hour in range(24)}
    assert len(made) == 1
    assert links(NOW + timedelta(days=1)).url("/a", {}) not in made


def test_nothing_else_opens() -> None:
    path, query = parts(links().url("/charts/1.svg", {"from": "2026-10-01"}))
    expires, _, signature = query.partition("&expires=")[2].partition("&signature=")
    for other_path, other_query in (
        ("/charts/2.svg", query),
        (path, query.replace("2026-10-01", "2025-10-01")),
        (path, query.replace(expires, str(int(expires) + 1))),
        (path, f"theme=dark&{query}"),
        (path, f"{query}&theme=dark"),
        (path, query[:-1]),
        (path, query.replace(signature, "é")),
        (path, "expires=9999999999"),
        (path, "expires=9999999999&signature="),
        (path, ""),
    ):
        assert not links().opens(other_path, other_query), other_query
    assert not links(key=b"o" * 32).opens(path, query)
    assert links().opens(path, query)
