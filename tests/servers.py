"""Pytest plugin: a real PostgreSQL and a real Valkey for the whole run, there before Django reads its settings."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from flywheel_app.local import process, servers

ROOT = Path(__file__).resolve().parent.parent
_ends = contextlib.ExitStack()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Runs before every other hook of that name, pytest-django's among them, which reads the settings."""
    folder = servers.for_tests(ROOT)
    if process.is_locked(folder):
        print(f"Waiting for another test run (process {process.holder(folder)}) on {folder}.", file=sys.__stderr__)
    storage = _ends.enter_context(tempfile.TemporaryDirectory(prefix="flywheel-storage-"))
    urls = _ends.enter_context(servers.running(folder, given=os.environ))
    os.environ.update(servers.settings(urls, storage=Path(storage)) | {"HTTPS": "false"})
    return (yield)


def pytest_unconfigure() -> None:
    _ends.close()
