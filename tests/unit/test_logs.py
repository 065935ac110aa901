"""The log goes one way, says where something went wrong and what it belongs to, and holds no secret."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from adapters.redaction import redacted
from app.__main__ import cli
from app.logs import write_logs
from app.settings import Settings
from tests.unit.test_settings import PRODUCTION

SECRET = "canary" + "-token"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root, quiet = logging.getLogger(), logging.getLogger("httpx")
    before = (list(root.handlers), root.level, quiet.level)
    yield
    root.handlers, root.level, quiet.level = before
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def call(token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    raise LookupError(f"{len(headers)} header is not enough")


def fail() -> None:
    try:
        call(SECRET)
    except LookupError:
        structlog.get_logger("test").exception("work.failed")


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in captured.readouterr().err.splitlines()]


def test_tracebacks_hold_no_values_of_variables(capsys: pytest.CaptureFixture[str]) -> None:
    assert CliRunner().invoke(cli, ["settings"]).exit_code == 0
    fail()
    written = capsys.readouterr().err
    assert "work.failed" in written
    assert "LookupError: 1 header is not enough" in written
    assert "in call" in written
    assert SECRET not in written


def test_all_loggers_write_one_json_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    write_logs("json")
    structlog.contextvars.bind_contextvars(request_id="r1", user="a1b2")
    fail()
    structlog.get_logger("tasks.work").info("work.overtaken", lane="sync")
    logging.getLogger("some.library").warning("slow %s", "client")
    try:
        call(SECRET)
    except LookupError:
        logging.getLogger("dramatiq").exception("actor failed")
    for name in ("httpx", "botocore.endpoint", "dramatiq.worker"):
        logging.getLogger(name).info("GET https://mls.example/odata?access_token=%s", SECRET)
    written = lines(capsys)
    assert [(line["logger"], line["level"], line["event"]) for line in written] == [
        ("test", "error", "work.failed"),
        ("tasks.work", "info", "work.overtaken"),
        ("some.library", "warning", "slow client"),
        ("dramatiq", "error", "actor failed"),
    ]
    assert all((line["request_id"], line["user"]) == ("r1", "a1b2") for line in written)
    assert all(line["timestamp"].endswith("Z") for line in written)
    assert "in call" in written[0]["exception"]
    assert "in call" in written[3]["exception"]
    assert SECRET not in json.dumps(written)


def test_values_are_cleaned_wherever_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    write_logs("json", "debug")
    log = structlog.get_logger("test")
    log.info("sent", url=f"https://a:{SECRET}@mls.example/x", token=SECRET, code="RECONNECT")
    log.info("sent", headers={"Authorization": SECRET, "Accept": "*/*"}, tried=[f"Bearer {SECRET}"])
    log.info("sent", error=ValueError(f"/oauth?code={SECRET}&state=1"), to=("agent@brokerage.example",))
    logging.getLogger("aiosmtplib").debug("RCPT TO:<%s>", "agent@brokerage.example")
    text = json.dumps(written := lines(capsys))
    assert SECRET not in text
    assert "agent@" not in text
    assert (written[0]["code"], written[1]["headers"]["Accept"]) == ("RECONNECT", "*/*")


def test_what_matters_less_than_the_level_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    write_logs("json", "warning")
    structlog.get_logger("test").info("quiet")
    logging.getLogger("test").info("quiet")
    structlog.get_logger("test").warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_production_writes_json_unless_told_otherwise() -> None:
    assert Settings().log_form == "console"
    assert Settings.model_validate({"log_format": "JSON"}).log_form == "json"
    production = {name.lower(): value for name, value in PRODUCTION.items()}
    assert Settings.model_validate(production).log_form == "json"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "GET https://x.example/p?access_token=abc&limit=5",
            "GET https://x.example/p?access_token=…&limit=5",
        ),
        (
            "https://s3/k?X-Amz-Signature=ab12&X-Amz-Date=2026",
            "https://s3/k?X-Amz-Signature=…&X-Amz-Date=2026",
        ),
        ("code=abc&client_secret=d%2Fe&redirect_uri=x", "code=…&client_secret=…&redirect_uri=x"),
        ("ftp://user:pass@mls.example:21/x", "ftp://…@mls.example:21/x"),
        ("Authorization: Bearer abcdefghi.jkl", "Authorization: Bearer …"),
        ('{"refresh_token": "abc", "n": 1}', '{"refresh_token": "…", "n": 1}'),
        ("{'password': 'a b', 'n': 1}", "{'password': '…', 'n': 1}"),
        ('{"password": "it\'s \\"so\\" long", "n": 1}', '{"password": "…", "n": 1}'),
        (
            '"body": "{\\"access_token\\": \\"abc\\", \\"n\\": 1}"',
            '"body": "{\\"access_token\\": \\"…\\", \\"n\\": 1}"',
        ),
        ("SocialTokens(access_token='abc', name=\"x\")", "SocialTokens(access_token='…', name=\"x\")"),
        ("[(b'x-api-key', b'abc'), (b'accept', b'*/*')]", "[(b'x-api-key', b'…'), (b'accept', b'*/*')]"),
        ("sent authorization=Bearer abcdefghi to it", "sent authorization=… … to it"),
        ("X-Api-Key: abc\r\nCookie: a=b; c=d\r\nAccept: */*", "X-Api-Key: …\r\nCookie: …\r\nAccept: */*"),
        ("next=https%3A%2F%2Fx%3Faccess_token%3Dabc&n=1", "next=https%3A%2F%2Fx%3Faccess_token%3D…&n=1"),
        ("ftp://user:p@ss@mls.example/x", "ftp://…@mls.example/x"),
        (f"refused AQX{'a-_1' * 20}.", "refused …."),
        ("the fields ['code', 'state'] and \"key\": 3", "the fields ['code', 'state'] and \"key\": 3"),
        ("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!", "got …!"),
        ("token EAAGm0PX4ZCpsBAKZBxyz0123456789ab", "token …"),
        ("to jane.doe+mls@brokerage.example now", "to …@… now"),
        ("The bearer of news arrived at 10:30.", "The bearer of news arrived at 10:30."),
        (
            "a" * 300_000 + "@=",
            "a" * 300_000 + "@=",
        ),  # takes minutes if each of its characters may begin something
        ("keys=3 lane=sync a@b", "keys=3 lane=sync a@b"),
    ],
)
def test_secrets_and_addresses_are_taken_out_of_texts(text: str, left: str) -> None:
    assert redacted(text) == left
