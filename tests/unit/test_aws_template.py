"""The template for AWS says of the table, the processes and their settings what the code says."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.tables.dynamodb_schema import table_definition
from adapters.tables.table import EXPIRES_AT
from app.settings import Settings
from tasks.worker import ALL_QUEUES

TEMPLATE = Path(__file__).parents[2] / "deploy" / "aws" / "template.yaml"
TASKS = ("WebTask", "WorkerTask", "UnpublisherTask", "ClockTask")


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as what they are given."""


def _plain(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
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


def test_the_web_role_deletes_no_photos() -> None:
    deleting = [
        one for one in _statements("StorePolicy", "WebRole") if "s3:DeleteObject" in str(one["Action"])
    ]

    assert [one["Resource"] for one in deleting] == ["${Bucket.Arn}/uploads/*"]


@pytest.mark.parametrize("task", TASKS)
def test_each_setting_is_one_that_is_read(task: str) -> None:
    process = _process(task)
    named = [one["Name"] for one in process["Environment"]]
    for secret in process["Secrets"]:
        named.append(secret[1]["Name"] if isinstance(secret, list) else secret["Name"])

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
