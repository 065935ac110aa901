"""Where consent may return to."""

import pytest

from domain.rules.redirects import is_address, may_return_to

KNOWN = ("https://homes.example.com/linked", "https://homes.example.com/?page=linked")


@pytest.mark.parametrize("uri", KNOWN)
def test_a_known_page(uri: str) -> None:
    assert may_return_to(uri, KNOWN, loopback=False)


@pytest.mark.parametrize(
    "uri",
    [
        "https://homes.example.com/",
        "https://homes.example.com/linked/",
        "https://homes.example.com/linked#x",
        "https://homes.example.com/linked/../other",
        "HTTPS://homes.example.com/linked",
        "https://homes.example.com.evil.example/linked",
        "https://evil.example/",
        "javascript:alert(1)",
        "//homes.example.com/linked",
        "/linked",
        "",
    ],
)
def test_any_other(uri: str) -> None:
    assert not may_return_to(uri, KNOWN, loopback=True)


@pytest.mark.parametrize(
    "uri", ["http://localhost:3000/linked", "http://127.0.0.1:5173/", "http://[::1]:80/"]
)
def test_this_machine_in_development_alone(uri: str) -> None:
    assert may_return_to(uri, (), loopback=True)
    assert not may_return_to(uri, (), loopback=False)


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:3000@evil.example/",
        "http://user:password@localhost/",
        "http://localhost.evil.example/",
        "http://localhost/#x",
        "http://localhost\\@evil.example/",
        "http://localhost:99999/",
        "http://local host/",
        "http://localhost/\nx",
        "http://localhost/<script>",
        "http://[::1/",
        "ftp://localhost/",
        "http://localhost/" + "x" * 2_000,
    ],
)
def test_what_only_looks_like_it(uri: str) -> None:
    assert not may_return_to(uri, (), loopback=True)


def test_addresses() -> None:
    assert is_address("https://homes.example.com/linked?x=1")
    assert not is_address("homes.example.com/linked")
