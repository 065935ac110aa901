"""What collecting the tests makes stays to the end: the garbage collector need not look at it again and again."""

import gc
from collections.abc import Generator

import pytest

from app.garbage import collect_seldom


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search for no garbage meanwhile, and afterwards as seldom as the processes of the application."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        collect_seldom()
