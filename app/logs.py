"""How the log is written: one line of JSON for each event in production, for people in development.

What structlog and the standard library's loggers say goes one way, so that nothing that is said escapes it.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import orjson
import structlog

from adapters.redaction import GONE, SECRET_FIELDS, redacted

Form = Literal["json", "console"]
Level = Literal["debug", "info", "warning", "error"]

_QUIET = (
    "httpx",
    "httpcore",
    "hpack",
    "aiobotocore",
    "aioboto3",
    "botocore",
    "boto3",
    "s3transfer",
    "urllib3",
)
"""At INFO and below they tell whole URLs, headers and bodies."""

_CALM = (
    "asyncio",
    "dramatiq",
    "multipart",
    "opentelemetry",
    "PIL",
    "python_multipart",
    "websockets",
    "uvicorn",
)
"""Likewise what they do all day."""


def write_logs(form: Form = "console", level: Level = "info") -> None:
    """Write to standard error from here on, in this process.

    Tracebacks are written without the values of variables, among which are tokens and the secrets of apps;
    structlog writes them by itself wherever `rich` is installed:
    https://www.structlog.org/en/stable/exceptions.html
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    said: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*said, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = _ToStandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=said, processors=_written(form))
    )
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if not isinstance(kept, _ToStandardError)] + [handler]
    root.setLevel(number)
    for name in (*_QUIET, *_CALM):
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


class _ToStandardError(logging.Handler):
    """To what standard error is at the time: tests replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def _written(form: Form) -> list[structlog.typing.Processor]:
    """From what was said to a line of text."""
    last: structlog.typing.Processor
    if form == "json":
        last = structlog.processors.JSONRenderer(serializer=_json)
    else:
        last = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        without_secrets,
        last,
    ]


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


def without_secrets(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog's: takes out of every value what nobody may read."""
    for name, value in event.items():
        event[name] = GONE if name.lower() in SECRET_FIELDS else _clean(value)
    return event


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(str(value))
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, dict):
        return {
            name: GONE if str(name).lower() in SECRET_FIELDS else _clean(one) for name, one in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(one) for one in value]
    return redacted(repr(value))
