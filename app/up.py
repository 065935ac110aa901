"""Everything on one machine with one command: start, show the main job, serve until Ctrl-C."""

import fcntl
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import httpx
from rich.console import Console
from rich.markup import escape

from app import aws
from app.children import Children
from app.development_issuer import DevelopmentIssuer
from app.endpoints import CLOCK, UNPUBLISHER, WORKER, endpoints, ports
from app.sandboxed import environment, register_webhook, sandboxed
from app.settings import Settings
from app.stores import described
from app.tour import Tour, TourFailed

READY_SECONDS = 90.0
DEMO_USER = "demo"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stopped(BaseException):
    """Somebody asked this process to end; no `except Exception` on the way holds it up."""


def up(settings: Settings) -> None:
    """Run the embedded system; raises `SystemExit` with one clear sentence if it cannot start."""
    console = Console(highlight=False, soft_wrap=True)
    folder = settings.yardsign_data.resolve()
    with _only_one(folder):
        _check_ports(settings)
        if settings.uses_aws:
            aws.prepare(settings)
        _write_endpoints(settings, folder)
        children = Children(folder / "logs")
        for number in _SIGNALS:
            signal.signal(number, _stop)
        try:
            _start(settings, folder, children)
            _wait_until_ready(settings, children)
            register_webhook(settings)
            _say_where(console, settings, folder)
            _show(console, settings, folder, children)
            _serve(console, children)
        except _Stopped:
            console.print("\nStopping.")
        finally:
            _ignore_signals()
            children.stop()
        console.print("Stopped.")


def _stop(number: int, frame: FrameType | None) -> None:
    _ignore_signals()  # a second Ctrl-C must not break off the stopping
    raise _Stopped


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"yardsign: another `make run` already works on {folder}.") from None
        yield


def _check_ports(settings: Settings) -> None:
    for name, port in ports(settings).items():
        host = settings.host if name == "graph" or name.startswith("metrics") else "127.0.0.1"
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            raise SystemExit(
                f"yardsign: cannot listen on {host}, port {port} ({name}): {error.strerror}; "
                "PORT=9000 make run takes other ports."
            ) from None


def _write_endpoints(settings: Settings, folder: Path) -> None:
    path = folder / "endpoints.json"
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(endpoints(settings), indent=2) + "\n")
    draft.replace(path)


def _start(settings: Settings, folder: Path, children: Children) -> None:
    env = {**os.environ, "YARDSIGN_DATA": str(folder), "PORT": str(settings.port), "PYTHONUNBUFFERED": "1"}
    env.setdefault("WEB_DRAIN_SECONDS", "0")  # no load balancer is before it
    env |= environment(settings)
    if not settings.redis_url:
        children.start("redis", "app", ["redis"], env)
        _wait_for_port(settings.port + 3, children)
    children.start("sandbox", "sandbox", [str(folder / "sandbox"), str(settings.port + 1)], env)
    usual = ["worker", "--queues", "sync,photos,publish,notify,engagement"]
    children.start("worker", "app", usual, env | _metrics_at(settings, WORKER))
    few = {"WORKER_THREADS": "4"} | _metrics_at(settings, UNPUBLISHER)
    children.start("unpublisher", "app", ["worker", "--queues", "unpublish"], env | few)
    children.start("clock", "app", ["clock"], env | _metrics_at(settings, CLOCK))
    children.start("web", "app", ["web"], env)


def _metrics_at(settings: Settings, distance: int) -> dict[str, str]:
    return {"METRICS_PORT": str(settings.port + distance)}


def _wait_for_port(port: int, children: Children) -> None:
    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    _wait_until(listens, children, f"nothing listens on port {port}")


def _wait_until_ready(settings: Settings, children: Children) -> None:
    def ready() -> bool:
        try:
            answer = httpx.get(f"http://127.0.0.1:{settings.port}/readyz", timeout=3, trust_env=False)
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK

    _wait_until(ready, children, "the graph is not ready")


def _wait_until(done: Callable[[], bool], children: Children, what: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not done():
        for name in children.keep_alive():
            raise SystemExit(f"yardsign: {name} has ended at its start; see {children.log_of(name)}.")
        if time.monotonic() > deadline:
            raise SystemExit(
                f"yardsign: {what} after {READY_SECONDS:.0f} s; see {children.log_of('web').parent}."
            )
        time.sleep(0.05)


def _say_where(console: Console, settings: Settings, folder: Path) -> None:
    console.print(f"[bold]Yardsign[/] serves {settings.own_url}/graphql")
    where = escape(str(folder))
    console.print(f"  {escape(described(settings))}; data in {where}, every URL in {where}/endpoints.json")


def _show(console: Console, settings: Settings, folder: Path, children: Children) -> None:
    if not settings.demo or settings.oidc_issuer:
        return
    token = DevelopmentIssuer(folder).token(DEMO_USER, [])
    try:
        served, platforms = endpoints(settings), sandboxed(settings)
        Tour(console, served, token, platforms, lambda: _keep_alive(console, children)).show()
    except (TourFailed, httpx.HTTPError) as error:
        console.print(f"[red]The tour ended early:[/] {escape(f'{error}. The logs are in {folder}/logs.')}")


def _serve(console: Console, children: Children) -> None:
    console.print("Serving. `make token USER=demo` prints a token; Ctrl-C ends everything.")
    while True:
        _keep_alive(console, children)
        time.sleep(0.5)


def _keep_alive(console: Console, children: Children) -> None:
    for name in children.keep_alive():
        log = escape(str(children.log_of(name)))
        console.print(f"[yellow]{name} has ended and is started again[/]; see {log}")
