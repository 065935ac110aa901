"""The log of a command that goes wrong says where, and no secret."""

from collections.abc import Iterator

import pytest
import structlog
from typer.testing import CliRunner

from app.__main__ import cli


@pytest.fixture(autouse=True)
def defaults() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


def call(token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    raise LookupError(f"{len(headers)} header is not enough")


def test_tracebacks_hold_no_values_of_variables(capsys: pytest.CaptureFixture[str]) -> None:
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 0
    try:
        call("canary" + "-token")
    except LookupError:
        structlog.get_logger("test").exception("work.failed")
    written = capsys.readouterr().out
    assert "work.failed" in written
    assert "LookupError: 1 header is not enough" in written
    assert "in call" in written
    assert "canary-token" not in written
