"""Real Celery processes on the test database: start them, kill them, wait for what they do.

    def test_…(workers: Workers) -> None:
        workers.start_beat()
        worker = workers.start_worker()
        …
        worker.kill()

Needs committed data: `pytest.mark.django_db(transaction=True)`.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.db import connection
from redis import Redis

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
TOLD = 8_000  # characters of each log


class Process:
    """One process and its children, in a group of their own."""

    def __init__(self, arguments: list[str], *, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "flywheel_app", *arguments],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def kill(self) -> None:
        """`kill -9` of it and all its children at once: nothing gets a last word."""
        if self._popen.poll() is None:
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait(PATIENCE)

    def kill_children(self) -> None:
        """`kill -9` of the processes that do a worker's work; the worker itself lives and replaces them."""
        for child in psutil.Process(self._popen.pid).children():
            child.kill()

    def kill_child(self, chance: random.Random) -> None:
        """`kill -9` of one of them."""
        children = psutil.Process(self._popen.pid).children()
        if children:
            chance.choice(children).kill()

    def stop(self) -> None:
        """A clean stop: what it does now is finished first."""
        self._popen.terminate()
        self._popen.wait(PATIENCE)


class Workers:
    """Starts processes with this test's settings, and leaves none of them behind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[Process] = []
        Redis.from_url(os.environ["REDIS_URL"]).flushdb()

    def start_worker(self, *, concurrency: int = 1) -> Process:
        """A worker; returns before it is ready. `--pool prefork`, as in production."""
        name = f"worker{len(self._started)}@test"
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        return self._start("worker", "-n", name, "--concurrency", str(concurrency), *quiet)

    def start_beat(self) -> Process:
        """The beat that rings for silent jobs every 10 seconds."""
        return self._start("beat", "--schedule", str(self._folder / "beat-schedule"), "--pidfile", "")

    def end(self) -> None:
        """Leave none behind, and say what they logged: pytest shows it where the test failed."""
        for process in self._started:
            process.kill()
            print(f"--- {process.log.name}", process.log.read_text()[-TOLD:], sep="\n")

    def _start(self, *arguments: str) -> Process:
        log = self._folder / f"{arguments[0]}-{len(self._started)}.log"
        process = Process(list(arguments), environment=environment(), log=log)
        self._started.append(process)
        return process


def until(condition: Callable[[], object], *, within: float = PATIENCE, every: float = 0.02) -> float:
    """Wait until the condition holds; returns the seconds that took, and fails the test where it takes too long."""
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < within, f"nothing happened for {waited:.0f} s"
        time.sleep(every)
    return time.monotonic() - began


def environment() -> dict[str, str]:
    """The test run's own settings, but for the test database and this test's storage."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    return {
        **os.environ,
        "DATABASE_URL": database.geturl(),
        **_storage(),
    }


def _storage() -> dict[str, str]:
    if settings.STORAGE_FOLDER is not None:
        return {"STORAGE_URL": Path(settings.STORAGE_FOLDER).as_uri()}
    one = dict(settings.STORAGE_BUCKET or {})
    return {
        "STORAGE_URL": f"s3://{one.pop('bucket')}/{one.pop('prefix', '')}",
        "AWS_ENDPOINT_URL": one.pop("endpoint"),
        **{f"AWS_{name.upper()}": value for name, value in one.items()},
    }
