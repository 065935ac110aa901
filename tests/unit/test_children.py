"""A child that dies is started again, ever later if it dies again and again."""

import os
from pathlib import Path

from app.children import LONGEST_RESTART_SECONDS, STEADY_SECONDS, Children


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_child_that_dies_again_and_again_is_started_ever_later(tmp_path: Path) -> None:
    clock = Clock()
    children = Children(tmp_path, now=clock)
    children.start("poem", "this", [], os.environ)
    (child,) = children._children

    def death() -> float:
        """Wait for it, and say how long the next start is put off."""
        assert child.process is not None
        child.process.wait(60)
        assert children.keep_alive() == ["poem"]
        assert children.keep_alive() == [], "told once"
        before = child.process
        clock.seconds += child.pause - 0.1
        children.keep_alive()
        assert child.process is before
        clock.seconds += 0.1
        children.keep_alive()
        assert child.process is not before
        return child.pause

    assert [death(), death()] == [1, 2]
    child.pause = LONGEST_RESTART_SECONDS
    assert death() == LONGEST_RESTART_SECONDS
    clock.seconds += STEADY_SECONDS
    assert death() == 1
    children.stop()
