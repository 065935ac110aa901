"""The image and the composition name what there is: commands, queues, settings, packages."""

from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from app.__main__ import cli
from app.settings import Settings
from tasks.worker import ALL_QUEUES

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "yardsign"}
NOT_SHIPPED = {"tests", "benchmarks", "sandbox"}


def _packages() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_SHIPPED


def test_the_image_holds_every_package_that_runs_and_no_other() -> None:
    copied = {
        line.split()[1]
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
    }
    admitted = {
        line.removeprefix("!")
        for line in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }

    locks = {"requirements.lock", "requirements-otel.lock"}
    assert admitted == _packages() | locks
    assert copied == _packages() | {"${LOCK}"}
    assert "ARG LOCK=requirements.lock\n" in DOCKERFILE


def test_the_image_runs_as_nobody_that_may_do_anything() -> None:
    users = [line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("USER ")]

    assert users == ["10001:10001"]


@pytest.mark.parametrize("name", OURS)
def test_each_service_runs_a_command_that_there_is(name: str) -> None:
    commands = typer.main.get_command(cli).commands  # type: ignore[attr-defined]  # a group, as it has commands
    command, *arguments = OURS[name]["command"]

    context = commands[command].make_context(command, list(arguments))

    assert context.info_name == command


def test_every_queue_has_a_worker() -> None:
    workers = [
        service["command"][2].split(",") for service in OURS.values() if service["command"][0] == "worker"
    ]

    served = [queue for queues in workers for queue in queues]
    assert sorted(served) == sorted(ALL_QUEUES)


@pytest.mark.parametrize("name", OURS)
def test_each_setting_is_one_that_is_read(name: str) -> None:
    named = {setting for setting in OURS[name]["environment"] if not setting.startswith("AWS_")}

    assert named <= {field.upper() for field in Settings.model_fields}
    issuer = {setting for setting in named if setting.startswith("OIDC_")}
    assert issuer == {field.upper() for field in Settings.model_fields if field.startswith("oidc_")} - {
        "OIDC_JWKS_URL"
    }
    assert all(OURS[name]["environment"][setting] == f"${{{setting}:-}}" for setting in issuer)
    Settings.model_validate(
        {setting.lower(): OURS[name]["environment"][setting] for setting in named - issuer}
    )


def test_what_keeps_running_says_whether_it_lives() -> None:
    for name in ("web", "worker", "unpublisher", "clock"):
        port = OURS[name]["environment"]["METRICS_PORT"] if name != "web" else Settings().port
        assert f":{port}/healthz" in OURS[name]["healthcheck"]["test"][-1]


def test_redis_keeps_what_it_was_given() -> None:
    command = COMPOSE["services"]["redis"]["command"]

    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
