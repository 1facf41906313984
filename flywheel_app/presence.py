"""A worker starts only on data that its HASH_KEY made, and says in the database that it runs, so that pages can tell
at once when none does."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from typing import Any

from celery import bootsteps
from celery.signals import worker_init
from django.db import Error, connection
from django.utils import timezone

from annotation import installation, jobs
from annotation.errors import Refusal
from flywheel_app.celery import app

logger = logging.getLogger(__name__)

EVERY_SECONDS = 5.0


@worker_init.connect
def prepare(**_: object) -> None:
    try:
        installation.ensure(now=timezone.now())
    except Refusal as refusal:
        sys.exit(f"Flywheel can't start: {refusal.message}")
    finally:
        # The pool's children must not inherit it.
        connection.close()


class Presence(bootsteps.StartStopStep):
    """Writes the worker's row every 5 seconds, and ends it at a clean stop; after a kill the row goes stale.

    On a thread and not on Celery's timer, which stands still while a worker of one process (`--pool solo`) works.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: object) -> None:
        super().__init__(parent, **options)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        self._thread = threading.Thread(target=self._run, args=(parent.hostname,), name="presence", daemon=True)
        self._thread.start()

    def stop(self, parent: Any) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, name: str) -> None:
        _tell(lambda: jobs.report_worker(name, now=timezone.now()))
        while not self._ended.wait(EVERY_SECONDS):
            _tell(lambda: jobs.report_worker(name, now=timezone.now()))
        _tell(lambda: jobs.end_worker(name, now=timezone.now()))


def _tell(write: Callable[[], None]) -> None:
    try:
        write()
    except Error as error:
        logger.warning("This worker could not say that it lives: %s", error)
    finally:
        # A connection for each time: the next one works after a restart of PostgreSQL too.
        connection.close()


app.steps["worker"].add(Presence)
