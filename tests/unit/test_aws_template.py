"""The template for AWS says of the table, the processes and their settings what the code says."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.tables.dynamodb_schema import table_definition
from adapters.tables.table import EXPIRES_AT
from app.settings import Settings
from domain.rules.identity import PHOTOS, feed_prefix, upload_key
from tasks.worker import ALL_QUEUES

TEMPLATE = Path(__file__).parents[2] / "deploy" / "aws" / "template.yaml"
TASKS = ("WebTask", "WorkerTask", "UnpublisherTask", "ClockTask")
AS_THEY_ARE = {
    *("YARDSIGN_DATA", "HOST", "PORT", "METRICS_PORT", "DEMO", "AWS_ENDPOINT_URL", "YARDSIGN_ALLOW_LOOPBACK"),
    *("LOG_FORMAT", "LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT", "WORKER_THREADS", "WORKER_LEASE_SECONDS"),
    *("WEB_DRAIN_SECONDS", "WEB_KEEP_ALIVE_SECONDS", "WEB_REQUESTS_AT_ONCE", "WEB_SOCKETS_AT_ONCE"),
    *("FORWARDED_ALLOW_IPS", "GRAPHQL_COMPILED", "GRAPHQL_COST_LIMIT", "GRAPHQL_COST_PER_MINUTE"),
    *("GRAPHQL_TRUSTED_DOCUMENTS", "GRAPHQL_TRUSTED_ONLY", "GRAPHQL_OPERATIONS_PER_USER", "OIDC_JWKS_URL"),
    *("SMTP_PORT", "SMTP_SECURITY", "FACEBOOK_GRAPH_URL", "FACEBOOK_DIALOG_URL", "FACEBOOK_GRAPH_VERSION"),
    *("LINKEDIN_API_URL", "LINKEDIN_OAUTH_URL", "LINKEDIN_VERSION"),
}
"""Settings that a process there may well have by default, by the image, or because it is none that they are for."""


class _Loader(yaml.CSafeLoader):
    """Reads CloudFormation's short forms as what they are given."""


def _plain(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]  # it is the third and last kind


_Loader.add_multi_constructor("!", _plain)
RESOURCES: dict[str, Any] = yaml.load(TEMPLATE.read_text(), _Loader)["Resources"]  # a safe loader


def _process(task: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[task]["Properties"]["ContainerDefinitions"][0]
    return found


def _names(task: str) -> list[str]:
    """Of all settings of a process."""
    process = _process(task)
    secrets = [one[1] if isinstance(one, list) else one for one in process["Secrets"]]
    return [one["Name"] for one in (*process["Environment"], *secrets)]


def _statements(*names: str) -> list[dict[str, Any]]:
    documents = []
    for name in names:
        properties = RESOURCES[name]["Properties"]
        documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        documents += [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    return [statement for document in documents for statement in document["Statement"]]


def _actions(*names: str) -> set[str]:
    actions: set[str] = set()
    for statement in _statements(*names):
        actions |= {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])
    return actions


def test_the_table_is_the_one_that_the_program_makes() -> None:
    properties = RESOURCES["Table"]["Properties"]
    made = {name: value for name, value in table_definition("any").items() if name != "TableName"}

    assert {name: properties[name] for name in made} == made
    assert properties["TimeToLiveSpecification"] == {"AttributeName": EXPIRES_AT, "Enabled": True}


def test_no_process_may_scan_or_change_the_table_itself() -> None:
    allowed = {
        one
        for one in _actions("StorePolicy", "WebRole", "WorkerRole", "ClockRole")
        if one.startswith("dynamodb")
    }

    assert allowed == {
        f"dynamodb:{name}"
        for name in (
            *("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
            *("BatchWriteItem", "ConditionCheckItem"),
        )
    }


def test_the_web_role_deletes_what_disconnecting_an_mls_does_and_no_photos() -> None:
    (deleting,) = [
        one for one in _statements("StorePolicy", "WebRole") if "s3:DeleteObject" in str(one["Action"])
    ]
    removed = {key.split("/")[0] for key in (upload_key("c"), feed_prefix("c"), "sweeps/run/0")}

    assert set(deleting["Resource"]) == {f"${{Bucket.Arn}}/{folder}/*" for folder in removed}
    assert PHOTOS.split("/")[0] not in removed


@pytest.mark.parametrize("task", TASKS)
def test_each_setting_is_one_that_is_read(task: str) -> None:
    named = _names(task)
    known = {field.upper() for field in Settings.model_fields}
    assert {name for name in named if not name.startswith("AWS_")} <= known
    assert len(named) == len(set(named))


@pytest.mark.parametrize("task", TASKS)
def test_each_process_says_whether_it_lives(task: str) -> None:
    process = _process(task)
    values = {one["Name"]: one["Value"] for one in process["Environment"]}
    port = values.get("METRICS_PORT", Settings.model_fields["port"].default)

    assert f":{port}/healthz" in process["HealthCheck"]["Command"][-1]


def test_connections_outlive_those_of_the_load_balancer() -> None:
    (timeout,) = (
        one["Value"]
        for one in RESOURCES["LoadBalancer"]["Properties"]["LoadBalancerAttributes"]
        if one["Key"] == "idle_timeout.timeout_seconds"
    )
    values = {one["Name"]: one["Value"] for one in _process("WebTask")["Environment"]}

    assert int(values["WEB_KEEP_ALIVE_SECONDS"]) > int(timeout)


@pytest.mark.parametrize("task", TASKS)
def test_each_setting_can_be_set_or_is_as_it_should_be_there(task: str) -> None:
    assert set(_names(task)) | AS_THEY_ARE >= {field.upper() for field in Settings.model_fields}


def test_every_parameter_is_of_use() -> None:
    text = TEMPLATE.read_text()
    parameters = yaml.load(text, _Loader)["Parameters"]

    assert [name for name in parameters if not re.search(rf"(!Ref |\$\{{){name}\b", text)] == []


def test_averages_are_of_their_minutes_alone() -> None:
    """The exporter takes a histogram's sum since its process began for that of the minute."""
    text = RESOURCES["CollectorConfiguration"]["Properties"]["Value"]
    collector = yaml.safe_load(text.replace("${!", "${"))

    assert collector["service"]["pipelines"]["metrics"]["processors"] == ["cumulativetodelta", "batch"]
    assert set(collector["processors"]) == {"cumulativetodelta", "batch"}


def test_the_rate_of_errors_is_one_when_nothing_succeeds() -> None:
    (rate,) = [one for one in RESOURCES["SyncErrorRate"]["Properties"]["Metrics"] if "Expression" in one]

    assert re.findall(r"(FILL\()?\b(failed|succeeded)\b", rate["Expression"]) == [
        *(("FILL(", "failed"), ("FILL(", "failed"), ("FILL(", "succeeded"))
    ]


def test_every_queue_has_a_worker() -> None:
    commands = [_process(task)["Command"] for task in ("WorkerTask", "UnpublisherTask")]

    assert sorted(queue for command in commands for queue in command[2].split(",")) == sorted(ALL_QUEUES)


def test_only_the_keeper_of_an_installation_may_scan() -> None:
    assert "dynamodb:Scan" in _actions("KeeperPolicy")
    roles = [
        one for one in RESOURCES.values() if one["Type"] in ("AWS::IAM::Role", "AWS::Serverless::Function")
    ]
    assert roles
    assert "KeeperPolicy" not in str(roles)
