"""Alarms and dashboards ask for metrics that there are, and the reference names every one of them."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from adapters.meter import COUNTED_SECONDS, PrometheusMeter
from domain.entities.freshness import Freshness
from domain.entities.intent import IntentKind, Lane
from domain.entities.listing import ListingStatus
from tests.unit.test_aws_template import RESOURCES

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RULES: list[dict[str, Any]] = yaml.safe_load((ROOT / "deploy/prometheus/rules.yaml").read_text())["groups"][
    0
]["rules"]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
ALARMS = {
    name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == "AWS::CloudWatch::Alarm"
}
EXPRESSIONS = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
]
OF_SCRAPES = {"job", "instance"}
"""Labels that Prometheus puts on whatever it scrapes."""


def everything() -> PrometheusMeter:
    """A meter that has measured one of each."""
    meter = PrometheusMeter()
    meter.polled("rets", NOW, NOW)
    fresh = Freshness(enabled=1, stale=0, oldest=timedelta(minutes=5), last_success=NOW)
    meter.are_fresh({"rets": fresh}, NOW)
    meter.waits(Lane.SYNC, timedelta())
    meter.overdue(timedelta())
    meter.dead({Lane.SYNC: 0})
    meter.worked(IntentKind.SYNC, "done")
    meter.imported("created")
    meter.status_changed(ListingStatus.SOLD)
    meter.published("facebook", "published")
    meter.removed("facebook")
    meter.refreshed("linkedin", "renewed")
    meter.requested("mls", "200", 0.1)
    meter.answered("listings", "query", "succeeded", 0.001)
    meter.connected(1)
    meter.subscribed(1)
    return meter


def shown() -> Mapping[str, set[str]]:
    """The labels of each sample's name."""
    text = everything().exposition()[0].decode()
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


SHOWN = shown()


def of_metrics() -> set[str]:
    """The names as the reference has them: of a histogram one."""
    families = text_string_to_metric_families(everything().exposition()[0].decode())
    counted = {f"{one.name}_total" if one.type == "counter" else one.name for one in families}
    return {name for name in counted if name.startswith("yardsign_") and not name.endswith("_created")}


def asked(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric of a query with the labels that it is chosen or summed by."""
    grouped = {
        name.strip()
        for found in re.findall(r"\b(?:by|without) *\(([^)]*)\)", expression)
        for name in found.split(",")
    }
    for name, chosen in re.findall(r"\b((?:yardsign|process)_\w+)(?:\{([^}]*)\})?", expression):
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", chosen))
        yield name, labels | grouped


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_each_query_is_one_and_asks_for_what_there_is(expression: str) -> None:
    promql_parser.parse(expression.replace("$__rate_interval", "5m"))
    found = list(asked(expression))
    assert found
    for name, labels in found:
        assert labels <= SHOWN[name] | OF_SCRAPES, name


def test_the_dashboard_shows_every_metric() -> None:
    text = " ".join(EXPRESSIONS[len(RULES) :])
    assert {name for name in of_metrics() if name not in text} == set()
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_each_alarm_says_what_is_wrong_and_how_bad_it_is(rule: dict[str, Any]) -> None:
    assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["annotations"]["description"].count("{{") == rule["annotations"]["description"].count("}}")


def test_the_alarms_are_those_of_the_template_with_the_same_thresholds() -> None:
    threshold = {rule["alert"]: re.findall(r">=? (\d+)", rule["expr"]) for rule in RULES}
    assert {name: [str(one["Threshold"])] for name, one in ALARMS.items()} == threshold


def test_what_nobody_counts_any_more_is_missed() -> None:
    """Both alarms take an absence for the worst."""
    seconds = 0.0
    meter = PrometheusMeter(monotonic=lambda: seconds)

    def watched() -> set[str]:
        families = text_string_to_metric_families(meter.exposition()[0].decode())
        alarmed = ("yardsign_connections_stale", "yardsign_unpublish_overdue_seconds")
        return {sample.name for family in families for sample in family.samples if sample.name in alarmed}

    for _ in range(2):
        meter.are_fresh({"rets": Freshness()}, NOW)
        meter.overdue(timedelta())
        seconds += COUNTED_SECONDS
        assert len(watched()) == 2
        seconds += 1
        assert watched() == set()
    assert all("absent(" in rule["expr"] for rule in RULES if rule["alert"] in ("NoSync", "UnpublishOverdue"))
    assert {ALARMS[name]["TreatMissingData"] for name in ("NoSync", "UnpublishOverdue")} == {"breaching"}


def test_the_templates_alarms_watch_what_there_is() -> None:
    for alarm in ALARMS.values():
        stats = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
        for metric in stats or [alarm]:
            if metric["Namespace"] != "Yardsign":
                continue
            known = SHOWN.get(metric["MetricName"]) or SHOWN.get(f"{metric['MetricName']}_bucket")
            named = {dimension["Name"] for dimension in metric.get("Dimensions", ())}
            assert metric["MetricName"] in of_metrics()
            assert named <= (known or set())


def test_the_reference_tells_of_every_metric_and_its_labels() -> None:
    rows = re.findall(
        r"(?m)^\| (`yardsign_[^|]*) \| ([^|]*)\|", (ROOT / "docs" / "reference" / "metrics.md").read_text()
    )
    told = {
        name: set(re.findall(r"`(\w+)`", labels))
        for names, labels in rows
        for name in re.findall(r"`(\w+)`", names)
    }
    known = {name: SHOWN[name if name in SHOWN else f"{name}_bucket"] - {"le"} for name in of_metrics()}
    assert told == known
