"""How the log is written."""

import sys

import structlog


def write_no_variables() -> None:
    """Write tracebacks without the values of variables, among which are tokens and the secrets of apps.

    structlog writes all of them by itself wherever `rich` is installed:
    https://www.structlog.org/en/stable/exceptions.html
    """
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])
