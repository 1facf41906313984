"""A durable Valkey of a test's own: one that may be emptied and killed."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import redis

from flywheel_app.local import place, valkey
from flywheel_app.local.place import Place
from flywheel_app.local.process import Group


class OwnValkey:
    def __init__(self, here: Place) -> None:
        self._here = here
        self._group = Group()
        self._server = self._start()

    @property
    def settings(self) -> dict[str, str]:
        return {"REDIS_URL": valkey.url(self._here)}

    @property
    def broker_url(self) -> str:
        """In Celery's spelling."""
        return valkey.url(self._here).replace("unix://", "redis+socket://", 1)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(valkey.url(self._here))

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def restart(self, by: signal.Signals) -> None:
        self._server.send_signal(by)
        self._server.wait(30)
        self._server = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return valkey.start(self._here, group=self._group, durable=True)


@contextlib.contextmanager
def running() -> Iterator[OwnValkey]:
    """In a folder with a short path, for its socket."""
    folder = Path(tempfile.mkdtemp(prefix="fw-")).resolve()
    folder.chmod(0o711)
    here = place.prepare(folder)
    try:
        yield OwnValkey(here)
    finally:
        valkey.stop(here)
        shutil.rmtree(folder)
