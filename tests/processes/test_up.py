"""`app up` from outside: the tour, what listens, a second start, and that nothing is left behind."""

import asyncio
import json
import re
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.processes.system import System
from tests.processes.waiting import until

PROTOCOL = Subprotocol("graphql-transport-ws")
Systems = Callable[..., System]
OWNED = """{
  mlsConnections { id url createdAt }
  listings(first: 100) { nodes { id mlsNumber photos { state } } }
}"""
ALL = Counter(Facebook=2, Instagram=1, LinkedIn=3)


@cache
def _token(system: System) -> str:
    """What the command prints for the user `demo`; once, because a process takes its time to start."""
    printed = system.command("token", "--user", "demo")
    assert (printed.returncode, printed.stderr, printed.stdout.count("\n")) == (0, "", 1)
    return printed.stdout.strip()


def _ask(system: System, document: str, **variables: Any) -> dict[str, Any]:
    """As the user `demo`."""
    answer = httpx.post(
        f"{system.url}/graphql",
        json={"query": document, "variables": variables},
        headers={"Authorization": f"Bearer {_token(system)}"},
        timeout=30,
        trust_env=False,
    ).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def _owned(system: System) -> dict[str, Any]:
    """What the tour has made, whatever changed last."""
    owned = _ask(system, OWNED)
    homes = sorted(owned["listings"]["nodes"], key=lambda home: str(home["id"]))
    return {"connections": owned["mlsConnections"], "homes": homes}


def _came_down(system: System) -> Counter[str]:
    """On which platforms the tour has seen posts go up and come down again, and how many."""
    published = re.findall(r"✓ Published .+ on (\w+), .+: http://", system.text)
    gone = re.findall(r"✓ The post on (\w+), .+ came down by itself \(its page answers 404\)", system.text)
    assert Counter(published) == Counter(gone)
    return Counter(gone)


def _one_sentence(text: str) -> str:
    """What is said when the start is refused: no traceback, one line."""
    (line,) = text.splitlines()
    assert line.startswith("yardsign: ")
    return line


def _urls(endpoints: object) -> Iterator[str]:
    if isinstance(endpoints, dict):
        for value in endpoints.values():
            yield from _urls(value)
    elif isinstance(endpoints, str) and "://" in endpoints:
        yield endpoints


def _answers(url: str) -> bool:
    """Whether what listens there knows the path; which method it wants does not matter here."""
    if url.startswith("redis://"):
        host, _, port = url.removeprefix("redis://").partition("/")[0].partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    if url.startswith("ws://"):
        return asyncio.run(_opens(url))
    method, _, address = url.rpartition(" ")
    answer = httpx.request(method or "GET", address, trust_env=False)
    return answer.status_code < 500 and answer.status_code != httpx.codes.NOT_FOUND


async def _opens(url: str) -> bool:
    async with connect(url, subprotocols=[PROTOCOL], proxy=None) as connection:
        return connection.subprotocol == PROTOCOL


def test_a_life(system: Systems) -> None:
    """Started, looked at, ended, started again, and killed."""
    first = system("data")
    first.start()
    first.wait_for("Serving.")
    assert _came_down(first) == ALL
    assert "ended early" not in first.text

    _everything_answers(first)
    owned = _owned(first)
    assert len(owned["connections"]) == 1
    assert len(owned["homes"]) > 1
    _second_start_is_refused(system, first)

    assert first.signal(signal.SIGINT) == 0
    assert first.text.endswith("Stopped.\n")
    assert first.processes() == {}

    first.start()
    first.wait_for("Serving.")
    assert "is connected since an earlier run" in first.text
    assert "Imported: 0 written" in first.text
    assert _came_down(first) == ALL
    assert _owned(first) == owned

    first.signal(signal.SIGKILL)
    until(lambda: not first.processes(), "the end of all that a killed process has started")


def _everything_answers(system: System) -> None:
    endpoints = system.endpoints()
    home = httpx.get(endpoints["sandboxMls"]["control"]["homes"], trust_env=False).json()[0]
    text = json.dumps(endpoints).replace("{ListingKey}", home["key"])
    urls = list(_urls(json.loads(text)))
    assert len(urls) > 15
    assert [url for url in urls if not _answers(url)] == []
    assert httpx.get(endpoints["graph"]["ready"], trust_env=False).status_code == httpx.codes.OK


def _second_start_is_refused(system: Systems, first: System) -> None:
    same_folder = first.command("up")
    other_folder = system("other", port=first.port).command("up")

    assert same_folder.returncode != 0
    assert str(first.folder) in _one_sentence(same_folder.stderr)
    assert other_folder.returncode != 0
    assert f"port {first.port} " in _one_sentence(other_folder.stderr)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end_while_it_starts(system: Systems, number: signal.Signals) -> None:
    starting = system("data")
    starting.start()
    until(lambda: len(starting.processes()) > 1, "the first child")

    assert starting.signal(number) == 0
    assert starting.processes() == {}


def test_what_ends_at_its_start_is_named(system: Systems) -> None:
    broken = system("data")
    broken.folder.mkdir()
    (broken.folder / "table.sqlite").write_bytes(b"this is no database " * 100)
    broken.start()

    assert broken.status() != 0
    assert "has ended at its start; see" in _one_sentence(broken.text)
    assert broken.processes() == {}
