"""Alerts as a frontend makes them, and what they cost those who count."""

from typing import Any

from tests.graph.client import Client

ALERT = "alert { id metric comparison threshold windowDays enabled lastFiredAt listing { id } }"
NEW = {"metric": "VIEWS", "threshold": 10, "windowDays": 7}


def only_error(payload: dict[str, Any]) -> tuple[str, list[str] | None]:
    [error] = payload["userErrors"]
    return error["code"], error["field"]


def test_an_alert_from_its_making_to_its_end(alice: Client) -> None:
    home = alice.done("createListing", "listing { id }")["listing"]
    alert = alice.done("createMetricAlert", ALERT, **NEW, listingId=home["id"])["alert"]
    assert alert == {
        **{"id": alert["id"], "metric": "VIEWS", "comparison": "AT_LEAST", "threshold": 10},
        **{"windowDays": 7, "enabled": True, "lastFiredAt": None, "listing": home},
    }
    wide = alice.done("createMetricAlert", ALERT, **NEW)["alert"]
    assert wide["listing"] is None
    change = {"threshold": 0, "comparison": "AT_MOST", "enabled": False}
    changed = alice.done("updateMetricAlert", ALERT, alertId=alert["id"], **change)["alert"]
    assert changed == {**alert, **change}
    gone = alice.done("deleteMetricAlert", "deletedId", alertId=wide["id"])
    assert gone["deletedId"] == wide["id"]
    assert alice.ask("{ metricAlerts { id } }") == {"metricAlerts": [{"id": alert["id"]}]}


def test_what_is_wrong_is_named(alice: Client) -> None:
    for wrong, field in (({"threshold": 0}, "threshold"), ({"windowDays": 2}, "windowDays")):
        refused = alice.mutate("createMetricAlert", "alert { id }", **{**NEW, **wrong})
        assert refused["alert"] is None
        assert only_error(refused) == ("INVALID", [field])
    refused = alice.mutate("updateMetricAlert", "alert { id }", alertId="nonsense", threshold=1)
    assert only_error(refused) == ("NOT_FOUND", ["alertId"])


def test_an_event_is_one_transaction_with_alerts_and_without(alice: Client) -> None:
    home = alice.done("createListing", "listing { id }")["listing"]["id"]
    calls = alice.server.calls

    def record() -> tuple[int, int]:
        """Five events; how many transactions and how many queries they took."""
        calls.clear()
        events = [{"kind": "VIEW", "listingId": home} for _ in range(5)]
        results = alice.done("recordEvents", "results { counted }", events=events)["results"]
        assert all(result["counted"] for result in results)
        return calls["table.transact"], calls["table.query"]

    transactions, queries = record()
    assert transactions == 5
    assert queries <= 1, "the alerts are read now and then, not for each event"
    alice.done("createMetricAlert", "alert { id }", **NEW)
    assert record()[0] == 5
