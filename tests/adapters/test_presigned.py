"""Signed URLs are what S3 expects: AWS's own example, and botocore's signer beside ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import botocore.credentials
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from adapters.files.presigned import LONGEST_LIFE, Credentials, Presigner

NOW = datetime(2026, 11, 21, 12, 0, 1, tzinfo=UTC)
MINE = Credentials("AKIDEXAMPLE", "secret")
ROLE = Credentials("ASIAEXAMPLE", "secret", "a/token+of=a role")


def presigner(address: str = "https://homes.s3.eu-west-1.amazonaws.com", seconds: int = 3600) -> Presigner:
    return Presigner(address, region="eu-west-1", seconds=seconds)


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


class BotocoreSigner(S3SigV4QueryAuth):
    """botocore's, at a moment of our choice: its own would always be now."""

    def __init__(self, credentials: Credentials) -> None:
        keys = (credentials.access_key, credentials.secret_key, credentials.token)
        super().__init__(botocore.credentials.Credentials(*keys), "s3", "eu-west-1")

    def signature_of(self, url: str) -> str:
        """Of a URL that has all its parameters but this one."""
        request = AWSRequest("GET", url)
        request.context["timestamp"] = query(url)["X-Amz-Date"]
        return str(self.signature(self.string_to_sign(request, self.canonical_request(request)), request))


def test_the_example_of_aws() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    signer = Presigner("https://examplebucket.s3.amazonaws.com", region="us-east-1", seconds=43_200)
    keys = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    assert signer.url("test.txt", keys, datetime(2013, 5, 24, 3, tzinfo=UTC)) == (
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


@pytest.mark.parametrize("credentials", [MINE, ROLE])
@pytest.mark.parametrize("address", ["https://homes.s3.amazonaws.com", "http://127.0.0.1:9000/homes"])
@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("a.jpg", "a.jpg"),
        ("a/b c/ü.jpg", "a/b%20c/%C3%BC.jpg"),
        ("a+b%?#&=.jpg", "a%2Bb%25%3F%23%26%3D.jpg"),
        ("~a-b_c.1:*'", "~a-b_c.1%3A%2A%27"),
    ],
)
def test_botocore_signs_the_same(credentials: Credentials, address: str, key: str, path: str) -> None:
    url, _, signature = presigner(address).url(key, credentials, NOW).partition("&X-Amz-Signature=")
    assert url.startswith(f"{address}/{path}?X-Amz-Algorithm=")
    assert signature == BotocoreSigner(credentials).signature_of(url)


def test_a_url_lives_at_least_its_time_and_at_most_twice() -> None:
    for later in (0, 1, 1800, 3597, 3598, 3599, 4000):
        now = NOW + timedelta(seconds=later)
        found = query(presigner().url("a.jpg", MINE, now))
        begun = datetime.strptime(found["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        assert begun <= now
        assert 3600 < (begun + timedelta(seconds=int(found["X-Amz-Expires"])) - now).total_seconds() <= 7200


def test_urls_are_equal_within_a_window() -> None:
    signer = presigner()
    first = signer.url("a.jpg", MINE, NOW)
    assert signer.url("a.jpg", MINE, NOW + timedelta(minutes=59)) == first
    assert signer.url("a.jpg", MINE, NOW + timedelta(minutes=60)) != first
    assert signer.url("a.jpg", MINE, NOW) == first
    windows = [signer.window(MINE, NOW + timedelta(minutes=each)) for each in (0, 59, 60)]
    assert windows[0] == windows[1] != windows[2]
    assert presigner().url("a.jpg", MINE, NOW) == first


def test_the_signature_changes_with_everything_it_covers() -> None:
    others = [
        presigner().url("a.jpg", MINE, NOW),
        presigner().url("b.jpg", MINE, NOW),
        presigner().url("a.jpg", MINE, NOW + timedelta(hours=1)),
        presigner(seconds=1800).url("a.jpg", MINE, NOW),
        presigner("https://other.s3.eu-west-1.amazonaws.com").url("a.jpg", MINE, NOW),
        Presigner("https://homes.s3.eu-west-1.amazonaws.com", region="us-east-1", seconds=3600).url(
            "a.jpg", MINE, NOW
        ),
        presigner().url("a.jpg", replace(MINE, secret_key="other"), NOW),
        presigner().url("a.jpg", replace(MINE, access_key="other"), NOW),
        presigner().url("a.jpg", replace(MINE, token="token"), NOW),
    ]
    signatures = {query(url)["X-Amz-Signature"] for url in others}
    assert len(signatures) == len(others)


def test_credentials_that_were_renewed_are_used_at_once() -> None:
    signer = presigner()
    assert "X-Amz-Security-Token" not in query(signer.url("a.jpg", MINE, NOW))
    assert query(signer.url("a.jpg", ROLE, NOW))["X-Amz-Security-Token"] == ROLE.token
    renewed = replace(ROLE, token="the next")
    assert query(signer.url("a.jpg", renewed, NOW))["X-Amz-Security-Token"] == "the next"


@pytest.mark.parametrize("seconds", [0, -1, LONGEST_LIFE // 2 + 1])
def test_a_life_that_s3_would_refuse_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="302400"):
        presigner(seconds=seconds)


def test_secrets_are_not_shown() -> None:
    assert "secret" not in repr(ROLE)
    assert "token of" not in repr(ROLE).replace("+", " ")
