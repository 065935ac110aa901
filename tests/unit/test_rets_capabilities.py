"""The capability URLs of a RETS login: absolute or relative, in names of any case, and never a stranger's."""

import pytest

from adapters.mls.rets_answers import parse_xml
from adapters.mls.rets_session import capabilities

LOGIN = "https://rets.example:6103/rets/login?x=1"


def named(*lines: str, url: str = LOGIN) -> dict[str, str]:
    body = "\r\n".join(lines)
    text = f'<RETS ReplyCode="0"><RETS-RESPONSE>\r\n{body}\r\n</RETS-RESPONSE></RETS>'
    return capabilities(parse_xml(text.encode(), "here"), url)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("Search=/rets/search", "https://rets.example:6103/rets/search"),
        ("Search=search;jsessionid=7", "https://rets.example:6103/rets/search;jsessionid=7"),
        ("SEARCH = https://rets.example:6104/s?a=b", "https://rets.example:6104/s?a=b"),
        ("search=https://RETS.example/s", "https://RETS.example/s"),
    ],
)
def test_they_are_absolute_or_relative_and_named_in_any_case(written: str, url: str) -> None:
    assert named("Broker=4711", written)["search"] == url


@pytest.mark.parametrize(
    "written",
    [
        "Search=https://elsewhere.example/rets/search",
        "Search=//elsewhere.example/rets/search",
        "Search=http://rets.example:6103/rets/search",
        "Search=https://rets.example:6103@elsewhere.example/",
        "Search=file:///etc/passwd",
        "Search=https://[x",
    ],
)
def test_credentials_go_to_no_other_host_and_never_unencrypted(written: str) -> None:
    assert "search" not in named(written)


def test_a_server_without_encryption_may_lead_to_encryption() -> None:
    url = "http://rets.example/login"
    assert named("Search=https://rets.example/s", url=url) == {"search": "https://rets.example/s"}
