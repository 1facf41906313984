"""Whether what Flywheel works with is there: database, broker, a worker."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable

from celery import current_app
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotation import jobs

logger = logging.getLogger(__name__)

BROKER_SECONDS = 2


def missing() -> list[str]:
    """Which of them are not there."""
    return [name for name, is_there in CHECKS.items() if not is_there()]


def _database() -> bool:
    with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return True
    return False


def _broker() -> bool:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    except (OperationalError, OSError) as error:
        logger.warning("The broker can't be reached: %s", type(error).__name__)
        return False
    return True


def _worker() -> bool:
    with contextlib.suppress(DatabaseError):
        return bool(jobs.workers_alive(now=timezone.now()))
    return False


CHECKS: dict[str, Callable[[], bool]] = {"database": _database, "broker": _broker, "worker": _worker}
HINTS = {
    "database": "Check DATABASE_URL and that PostgreSQL runs.",
    "broker": "Check REDIS_URL and that Redis or Valkey runs.",
    "worker": "Start one: celery -A flywheel_app worker.",
}
