"""Traces by OpenTelemetry, where they are switched on: one from a mutation through its work to the outside.

A span is made within another one only, and the first ones are the graph's operations and the work on intents; so
what the clock does all the time leaves none. Without the packages of the extra `otel` nothing here is imported.
Spans hold names, kinds and codes: no arguments, no URLs, no users, and of errors the type alone.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as Theirs

Kind = Literal["server", "client", "consumer"]
Attribute = str | int | float | bool

_open: ContextVar["Traces | None"] = ContextVar("yardsign_traces", default=None)
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""https://www.w3.org/TR/trace-context/#traceparent-header"""


class Span:
    """A span that is under way, or nothing at all."""

    def note(self, **attributes: Attribute) -> None:
        """Add what is known only now; `__` in a name stands for a dot."""


class Traces:
    """Where spans begin, over a provider of OpenTelemetry's."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("yardsign")
        self._propagator = TraceContextTextMapPropagator()
        self._kinds = {
            "server": trace.SpanKind.SERVER,
            "client": trace.SpanKind.CLIENT,
            "consumer": trace.SpanKind.CONSUMER,
        }

    @contextmanager
    def begin(
        self, name: str, kind: Kind, parent: str | None = None, **attributes: Attribute
    ) -> Iterator[Span]:
        """A span, within the one that is open, or within `parent`.

        Args:
            parent: a `traceparent` of somebody else's; empty, or none of its kind, begins a new trace; None is
                within what is open.
        """
        carrier = {"traceparent": parent} if parent and _TRACEPARENT.fullmatch(parent) else {}
        context = None if parent is None else self._propagator.extract(carrier)
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=self._kinds[kind],
            attributes=_dotted(attributes),
            record_exception=False,  # its message and its traceback may tell anything
            set_status_on_exception=False,
        ) as span:
            token = _open.set(self)
            try:
                yield _Real(span)
            except Exception as error:
                from opentelemetry.trace import StatusCode

                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise
            finally:
                _open.reset(token)

    def traceparent(self) -> str:
        """Of the span that is open."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get("traceparent", "")

    def close(self) -> None:
        """Send what was not sent yet."""
        self._provider.shutdown()


class _Real(Span):
    def __init__(self, span: "Theirs") -> None:
        self._span = span

    def note(self, **attributes: Attribute) -> None:
        self._span.set_attributes(_dotted(attributes))


_NOTHING: AbstractContextManager[Span] = nullcontext(Span())


def span(name: str, **attributes: Attribute) -> AbstractContextManager[Span]:
    """A call to the outside, within the span that is open; nothing if none is."""
    traces = _open.get()
    return _NOTHING if traces is None else traces.begin(name, "client", None, **attributes)


def traceparent() -> str:
    """What names the span that is open to whoever goes on with it; empty if none is."""
    traces = _open.get()
    return "" if traces is None else traces.traceparent()


def open_traces(endpoint: str | None) -> Traces | None:
    """Begin to send spans to a collector, by OTLP over HTTP; None without an endpoint.

    All else is as OpenTelemetry's own settings say (`OTEL_SERVICE_NAME`, `OTEL_EXPORTER_OTLP_HEADERS`,
    `OTEL_TRACES_SAMPLER`): https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/

    Raises:
        ImportError: the packages of the extra `otel` are not installed.
    """
    if not endpoint:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource({SERVICE_NAME: "yardsign"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Traces(provider)


def _dotted(attributes: dict[str, Attribute]) -> dict[str, Attribute]:
    return {name.replace("__", "."): value for name, value in attributes.items()}
