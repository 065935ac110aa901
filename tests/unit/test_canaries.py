"""A canary in what a test writes makes it fail."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.canaries import look, look_into

ROOT = Path(__file__).parents[2]
TESTS = """
import logging
import sys

def test_that_writes_a_token():
    print("GET /v26.0/me?access_" + "token=abcdefghijkl", file=sys.stderr)

def test_that_warns_of_an_agent():
    logging.getLogger("adapters").warning("%s@%s", "jane.doe", "example.com")

def test_that_is_silent():
    print("GET /v26.0/me?access_" + "token=… of agent@brokerage.example")
"""


def test_what_a_test_writes_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.canaries",
        "-c",
        "/dev/null",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "3 passed, 2 errors" in done.stdout
    assert "a canary in “Captured stderr call”: 'access_token=abcdefghijkl'" in done.stdout
    assert "a canary in “Captured log call”: 'jane.doe@example.com'" in done.stdout


@pytest.mark.parametrize(
    "secret",
    [
        "sandbox-" + "token",
        "EAAP" + 48 * "x",
        "AQ" + 50 * "_",
        "eyJhbGciOiJSUzI1NiJ9" + ".eyJzdWIiOiIxIn0",
        "(614) " + "555-0110",
        "alice" + "|" + 32 * "0",
        "X-Amz-" + "Signature=0123456789",
    ],
)
def test_each_kind_is_found_in_a_log(tmp_path: Path, secret: str) -> None:
    log = tmp_path / "0-worker.log"
    log.write_text(f"work.done\nwork.failed error='said {secret}'\n")
    with pytest.raises(AssertionError, match=r"a canary in 0-worker\.log"):
        look_into([log])
    look("log", log.read_text().replace(secret, "…"))
