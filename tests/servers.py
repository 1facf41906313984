"""Pytest plugin: a real PostgreSQL and a real Valkey for the whole run, there before Django reads its settings.

Processes that tests are spread over (pytest-xdist) share the run's PostgreSQL, in which each has a database of its
own, and get a Valkey each: nobody empties another's queues, or counts its commands.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import execnet
import pytest

from flywheel_app.local import place, process, servers, valkey
from flywheel_app.local.process import Group

ROOT = Path(__file__).resolve().parent.parent
MOST_PROCESSES = 4
_ends = contextlib.ExitStack()
_is_redis_given = bool(os.environ.get("REDIS_URL"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Runs before every other hook of that name, pytest-django's among them, which reads the settings.

    One of several processes finds the URLs of its servers in its environment, and starts none.
    """
    folder = servers.for_tests(ROOT)
    if "PYTEST_XDIST_WORKER" not in os.environ and process.is_locked(folder):
        print(f"Waiting for another test run (process {process.holder(folder)}) on {folder}.", file=sys.__stderr__)
    storage = _ends.enter_context(tempfile.TemporaryDirectory(prefix="flywheel-storage-"))
    urls = _ends.enter_context(servers.running(folder, given=os.environ))
    os.environ.update(servers.settings(urls, storage=Path(storage)) | {"HTTPS": "false"})
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means: a process for each core, and two where there is one, since tests often wait.

    A REDIS_URL that was given is one Redis, which serves one process.
    """
    return 0 if _is_redis_given else min(max(os.cpu_count() or 1, 2), MOST_PROCESSES)


def pytest_xdist_setupnodes(specs: list[execnet.XSpec]) -> None:
    """Before the processes start: the environment of each."""
    for number, spec in enumerate(specs):
        spec.env["REDIS_URL"] = _own_valkey(servers.for_tests(ROOT) / f"valkey{number}")


def _own_valkey(folder: Path) -> str:
    here = place.prepare(place.make_home(folder))
    _ends.callback(valkey.stop, here)
    valkey.start(here, group=Group(), durable=False)
    return valkey.url(here)


def pytest_unconfigure() -> None:
    _ends.close()
