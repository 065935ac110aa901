"""Secrets and personal data that the tests' worlds are full of, looked for in whatever the run writes.

Looked at are what each test makes this process write, the logs of the processes it starts, the metrics of its worlds
and servers, and the errors that the graph answers. A test in whose time one is found has failed.
"""

import re
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

CANARIES = re.compile(
    "|".join(
        (
            "sandbox-token|sandbox-secret|sandbox-app-secret|sandbox-linkedin-secret|what-meta-is-told",
            r"\bEAA[A-Z][\w-]{40,}",  # the tokens of Facebook, sandbox and real
            r"\bAQ[\w-]{50,}",  # those of LinkedIn, and the codes of consents
            r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}",  # the users' own
            r"\b[\w.+-]+@example\.com\b",  # the agents of the sandbox MLS, and who inquires
            r"\(\d{3}\) 555-\d{4}",
            r"\b(?:alice|bob)\|[0-9a-f]{32}",
            r"\b(?i:access_token|client_secret|appsecret_proof|x-amz-signature)=(?!…)[^&\s]{8,}",
        )
    )
)


def look(where: str, text: str) -> None:
    """Raises AssertionError if there is one in the text."""
    for line in text.splitlines():
        found = CANARIES.search(line)
        assert found is None, f"a canary in {where}: {found[0]!r} in {line[:500]!r}"


def look_into(files: Iterable[Path]) -> None:
    """The same for files, most of all logs."""
    for file in files:
        look(file.name, file.read_text(errors="replace"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at what was written in the time of a test, once it is over."""
    report = yield
    if report.when == "teardown" and report.passed:
        try:
            for title, text in report.sections:
                look(f"“{title}”", text)
        except AssertionError as found:
            report.outcome, report.longrepr = "failed", str(found)
    return report
