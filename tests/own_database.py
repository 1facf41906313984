"""A durable PostgreSQL of a test's own, with Flywheel's tables in it: one that may be killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from flywheel_app.local import place, postgres, process, servers
from flywheel_app.local.place import Place
from flywheel_app.local.process import Group
from tests.workers import ROOT, environment

PASSWORD = "for one test alone"

Connection = psycopg.Connection[tuple[object, ...]]


class OwnDatabase:
    def __init__(self, here: Place) -> None:
        self._here = here
        self._group = Group()
        self._server = self._start()

    @property
    def settings(self) -> dict[str, str]:
        """What a process of Flywheel needs to use this database instead of the test run's."""
        return {"DATABASE_URL": postgres.url(self._here, password=PASSWORD)}

    def restart(self, by: signal.Signals) -> None:
        """End it at once by this signal and start it again. SIGQUIT: an immediate shutdown; SIGKILL: a crash."""
        os.kill(self._server.pid, by)
        self._server.wait(30)
        self._server = self._start()

    def manage(self, *arguments: str) -> str:
        """What one `manage.py` command prints."""
        ran = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**environment(), **self.settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def connect(self) -> Connection:
        return psycopg.connect(self.settings["DATABASE_URL"], autocommit=True)

    def _start(self) -> subprocess.Popen[bytes]:
        return postgres.start(self._here, group=self._group, password=PASSWORD, options=servers.DURABLE)


@contextlib.contextmanager
def running() -> Iterator[OwnDatabase]:
    """In a folder with a short path that every account may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="fw-")).resolve()
    folder.chmod(0o711)
    try:
        database = OwnDatabase(place.prepare(folder))
        database.manage("migrate", "--verbosity", "0")
        yield database
    finally:
        process.stop(place.tag(folder), first=signal.SIGQUIT, grace=5)
        shutil.rmtree(folder)
