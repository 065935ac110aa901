"""No module but `adapters.http` opens connections to addresses that others chose."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "resolvers", "schema", "adapters", "tasks", "domain")

CLIENTS = frozenset(
    [
        "aioboto3",
        "aiobotocore",
        "aiohttp",
        "aiosmtplib",
        "anyio",
        "asyncio.streams",
        "boto3",
        "botocore",
        "ftplib",
        "http.client",
        "httpcore",
        "httpx",
        "imaplib",
        "paramiko",
        "poplib",
        "pycurl",
        "redis",
        "requests",
        "smtplib",
        "socket",
        "ssl",
        "telnetlib",
        "urllib.request",
        "urllib3",
        "websocket",
        "websockets",
        "xmlrpc",
    ]
)
"""Modules by which a connection could be opened."""

OWN = {
    "adapters/http/": {"httpcore", "httpx", "socket", "ssl", "create_connection"},
    # Whom the operator named in the settings: AWS, the mail server, Redis.
    "adapters/tables/": {"aioboto3", "aiobotocore", "aiohttp", "botocore"},
    "adapters/files/": {"aioboto3", "aiobotocore", "aiohttp", "botocore"},
    "adapters/mail.py": {"aiosmtplib", "ssl"},
    "adapters/progress.py": {"redis"},
    "adapters/budgets/": {"redis"},
    "tasks/": {"redis"},
    "app/readiness.py": {"redis"},
    "app/doctor_queue.py": {"redis"},
    # It listens.
    "app/servers.py": {"socket"},
    # `make run` looks at its own processes on this machine, and shows the main job there.
    "app/up.py": {"httpx", "socket"},
    "app/sandboxed.py": {"httpx"},
    "app/tour.py": {"httpx"},
}
"""Who may use which of them."""

FOR_AUTH = frozenset({"Auth", "BasicAuth", "DigestAuth", "Request", "Response", "Headers"})
"""Names of httpx that ask nobody."""

CALLS = frozenset(
    {
        "create_connection",
        "create_datagram_endpoint",
        "open_connection",
        "open_unix_connection",
        "sock_connect",
        "urlopen",
        "urlretrieve",
        "PyJWKClient",
    }
)


def imported(tree: ast.AST) -> Iterator[str]:
    """What a module imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def clients(tree: ast.AST) -> set[str]:
    """Which clients a module imports; httpx is none if only what asks nobody is taken from it."""
    found = {client for name in imported(tree) for client in CLIENTS if f"{name}.".startswith(f"{client}.")}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "httpx"]
    taken = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in FOR_AUTH]
    harmless = {id(node.value) for node in taken}
    if names and all(id(node) in harmless for node in names):
        found -= {"httpx"}
    return found


def bypasses(text: str, path: str) -> list[str]:
    """What a module could ask others by, past the one client."""
    tree = ast.parse(text)
    allowed = {name for place, names in OWN.items() if path.startswith(place) for name in names}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return sorted((clients(tree) | CALLS & (attributes | names)) - allowed)


def test_nobody_asks_past_the_one_client() -> None:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    assert len(files) > 100
    found = {}
    for path in files:
        relative = path.relative_to(ROOT).as_posix()
        if names := bypasses(path.read_text(), relative):
            found[relative] = names
    assert found == {}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import httpx\n\nhttpx.get('https://x')", ["httpx"]),
        ("import httpx\n\nauth = httpx.BasicAuth('a', 'b')", []),
        ("from httpx import AsyncClient", ["httpx"]),
        ("import httpx as web\n\nweb.get('https://x')", ["httpx"]),
        ("def f():\n    import requests", ["requests"]),
        ("from urllib import request", ["urllib.request"]),
        ("from urllib.parse import urlsplit", []),
        ("import urllib.request", ["urllib.request"]),
        ("import asyncio\n\nasyncio.open_connection('x', 1)", ["open_connection"]),
        ("from http import client", ["http.client"]),
        ("from http import HTTPStatus", []),
        ("from adapters.http.client import WebClient", []),
        ("from jwt import PyJWKClient\n\nPyJWKClient('https://x')", ["PyJWKClient"]),
        ("import socket", ["socket"]),
        ("import aiohttp", ["aiohttp"]),
    ],
)
def test_a_bypass_is_found(text: str, names: list[str]) -> None:
    assert bypasses(text, "adapters/mls/new.py") == names


@pytest.mark.parametrize("place", OWN)
def test_every_leave_is_used(place: str) -> None:
    files = sorted((ROOT / place).rglob("*.py")) if place.endswith("/") else [ROOT / place]
    assert OWN[place] <= {name for path in files for name in bypasses(path.read_text(), "")}
