"""`/metrics`: who may read it, in which format, and where worker and clock serve it."""

import re
import socket
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.routing import Route

from adapters.meter import PrometheusMeter
from app.metrics import metrics_endpoint, metrics_served
from app.settings import Settings
from tests.redis_server import free_ports
from tests.unit.test_settings import PRODUCTION

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def settings(**values: str) -> Settings:
    return Settings.model_validate({name.lower(): value for name, value in values.items()})


async def ask(made: Settings, **headers: str) -> httpx.Response:
    meter = PrometheusMeter()
    meter.polled("rets", NOW, NOW + timedelta(seconds=2))
    app = Starlette(routes=[Route("/metrics", metrics_endpoint(made, meter))])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://yardsign.example"
    ) as client:
        return await client.get("/metrics", headers=headers)


async def test_development_shows_it_and_production_only_to_the_bearer() -> None:
    assert (await ask(settings())).status_code == 200
    assert (await ask(settings(**PRODUCTION))).status_code == 503
    closed = settings(**PRODUCTION, METRICS_TOKEN="old, new")
    for authorization, status in [
        ("Bearer old", 200),
        ("bearer new", 200),
        ("Bearer old, new", 200),  # a collector that is given the same setting
        ("Bearer new, old", 401),
        ("Bearer ", 401),
        ("Basic old", 401),
        ("", 401),
    ]:
        answer = await ask(closed, Authorization=authorization)
        assert (answer.status_code, "yardsign_syncs_total" in answer.text) == (status, status == 200)
    assert (await ask(settings(METRICS_TOKEN="t"))).status_code == 401
    assert "old" not in repr(closed)


async def test_it_speaks_what_the_scraper_accepts() -> None:
    plain = await ask(settings())
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'yardsign_syncs_total{kind="poll",outcome="succeeded",protocol="rets"} 1.0' in plain.text
    asked = await ask(settings(), Accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert asked.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert asked.text.endswith("# EOF\n")
    assert asked.headers["cache-control"] == "no-store"


async def test_worker_and_clock_serve_it_on_a_port_of_their_own() -> None:
    port = free_ports(1)
    made = settings(METRICS_PORT=str(port), METRICS_TOKEN="t")
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": "Bearer t"}) as client:
        url = f"http://127.0.0.1:{port}/metrics"
        async with metrics_served(made, PrometheusMeter()):
            text = (await client.get(url)).text
            assert "process_resident_memory_bytes" in text
            healthy = await client.get(url.replace("/metrics", "/healthz"), headers={"Authorization": ""})
            assert (healthy.status_code, healthy.text) == (200, "ok")
            assert re.findall("(?m)^yardsign.*", text) == []  # no zero for what another process measures
            with pytest.raises(SystemExit, match=f"METRICS_PORT {port}"):
                async with metrics_served(made, PrometheusMeter()):
                    pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port)).close()


def test_production_opens_no_port_without_a_token() -> None:
    with pytest.raises(ValidationError, match="METRICS_TOKEN"):
        settings(**PRODUCTION, METRICS_PORT="9100")
    assert settings(**PRODUCTION, METRICS_PORT="9100", METRICS_TOKEN="t").metrics_port == 9_100
