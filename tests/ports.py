"""Where a server of a test may listen."""

from __future__ import annotations

import itertools
import os
import socket

# Below those that the kernel gives away by itself (from 32768 on Linux, from 49152 elsewhere): between the question
# and the server's start nobody is handed the port, neither a listener nor a browser that connects.
FIRST = 20_000
SPAN = 12_000
# Tests that run at the same time in several processes look for theirs apart, each process in a part of its own.
PART = 1_000

_numbers = itertools.count(os.getpid())


def free_port() -> int:
    """A port on which nobody listens, and which this process has not named before, while there are others."""
    for number in itertools.islice(_numbers, PART):
        port = FIRST + (_part() * PART + number % PART) % SPAN
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError(f"none of {PART} ports is free")


def _part() -> int:
    """The number at the end of pytest-xdist's `gw3`; a run in one process has the first part."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
