"""Traces: one within another, nothing outside, and nothing of what went wrong but its kind."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from adapters.files.s3_client import Patience
from adapters.tables.dynamodb_calls import Calls, Time
from adapters.traces import open_traces, span, traceparent
from app.settings import Settings
from tests.spans import Spans


class Client:
    """A client of DynamoDB."""

    async def get_item(self, **request: Any) -> Mapping[str, Any]:
        return {"Item": {}}


async def calls() -> None:
    await Calls(Client(), "yardsign", Time()).do("get_item", Key={"PK": {"S": "canary"}})
    await Patience().call(nothing, "bucket", "put_object")


async def nothing() -> None:
    return


async def test_calls_are_spans_within_what_is_open_and_nothing_by_themselves() -> None:
    spans = Spans()
    with spans.traces.begin("graphql listings", "server", ""):
        await asyncio.gather(asyncio.create_task(calls()), calls())
    await calls()
    names = [one.name for one in spans.found()]
    assert sorted(names) == sorted(2 * ["DynamoDB get_item", "S3 put_object"] + ["graphql listings"])
    assert len({one.context.trace_id for one in spans.found() if one.context}) == 1
    assert "canary" not in spans.text()
    assert traceparent() == ""


async def test_a_trace_goes_on_elsewhere_by_what_names_it() -> None:
    spans = Spans()
    with spans.traces.begin("first", "server", ""):
        carried = traceparent()
    for parent in (carried, "", "00-nothing", f"{carried} "):
        with spans.traces.begin("then", "consumer", parent):
            pass
    first, *then = spans.found()
    assert first.context is not None
    assert [one.parent is not None for one in then] == [True, False, False, False]
    assert then[0].parent is not None
    assert then[0].parent.span_id == first.context.span_id
    assert len({one.context.trace_id for one in spans.found() if one.context}) == 4


async def test_of_an_error_the_kind_alone_is_told() -> None:
    spans = Spans()

    def fail() -> None:
        with spans.traces.begin("a", "server", ""), span("HTTP GET") as traced:
            traced.note(http__response__status_code=500)
            raise LookupError("canary")

    with pytest.raises(LookupError):
        fail()
    inner, _ = spans.found()
    attributes = dict(inner.attributes or {})
    assert attributes == {"http.response.status_code": 500, "error.type": "LookupError"}
    assert not inner.status.is_ok
    assert "canary" not in spans.text()


def test_without_an_endpoint_nothing_of_it_is_loaded() -> None:
    assert open_traces(Settings().otel_exporter_otlp_endpoint) is None
    # Others may load it: redis does, wherever it is installed.
    code = "import sys, adapters.traces; print([m for m in sys.modules if m.startswith('opentelemetry')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_with_one_spans_are_sent_there() -> None:
    traces = open_traces("http://127.0.0.1:9/")
    assert traces is not None
    traces.close()
