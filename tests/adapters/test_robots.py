"""Whom the visits of a listing come from: people, whatever their program, and not robots that look at links."""

import pytest

from adapters.robots import is_automatic

_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {_WEBKIT}"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"
PEOPLE = [
    CHROME,
    f"{_IPHONE} Version/18.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    f"{_IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0.36.107;FBDV/iPhone14,5]",
    f"{_IPHONE} Mobile/15E148 Instagram 340.0.3.27.81 (iPhone14,5; iOS 17_5; en_US)",
    f"{_IPHONE} Mobile/15E148 [LinkedInApp]/9.29.5",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Thunderbird/128.0",
]
ROBOTS = [
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "WhatsApp/2.23.20.0",
    "curl/8.5.0",
    "python-httpx/0.28.1",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0.0.0 Safari/537.36",
    "",
    "   ",
]


@pytest.mark.parametrize("agent", PEOPLE)
def test_people(agent: str) -> None:
    assert not is_automatic({"user-agent": agent})


@pytest.mark.parametrize("agent", ROBOTS)
def test_robots(agent: str) -> None:
    assert is_automatic({"user-agent": agent})


def test_who_does_not_say_is_none_of_the_people() -> None:
    assert is_automatic({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("purpose", "preview"),
        ("x-purpose", "preview"),
        ("x-moz", "prefetch"),
    ],
)
def test_what_a_browser_loads_ahead_nobody_has_seen(name: str, value: str) -> None:
    assert is_automatic({"user-agent": CHROME, name: value})
