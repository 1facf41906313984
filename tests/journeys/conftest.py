"""One demo for the journeys that only use it, and a fresh one for those that stop and kill it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.demo import Demo


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """A running demo with the sample, shared: a journey leaves it running, and brings what it changes."""
    for running in _demo():
        running.start()
        yield running


@pytest.fixture
def own_demo() -> Iterator[Demo]:
    """A demo that is not started yet."""
    yield from _demo()


def _demo() -> Iterator[Demo]:
    # Not in pytest's own folders: their mode keeps out the account that root lends to the servers.
    folder = Path(tempfile.mkdtemp(prefix="flywheel-demo-"))
    folder.chmod(0o755)
    one = Demo(folder)
    try:
        yield one
    finally:
        if one.processes() or (folder / "said.txt").exists():
            one.interrupt()
        shutil.rmtree(folder, ignore_errors=True)
