"""Traces that stay in memory, for tests to read."""

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.traces import Traces


class Spans:
    """What is traced through `traces`."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.traces = Traces(provider)

    def found(self) -> list[ReadableSpan]:
        """Those that have ended, in the order of their ends."""
        return list(self._exporter.get_finished_spans())

    def text(self) -> str:
        """All that a collector would see of them."""
        return "\n".join(one.to_json() for one in self.found())
