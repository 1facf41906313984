"""Whether a web process reaches its database, so that not every request has to find out by waiting.

While PostgreSQL starts anew, requests wait for it, and most never notice. Where it stays away, each would hold a thread
for seconds, and those that come would wait for a thread instead of being told anything.
"""

from __future__ import annotations

import logging
import threading
import time

import psycopg
from django.db import connection

logger = logging.getLogger(__name__)

AWAY_AFTER_SECONDS = 5.0
ASK_AGAIN_SECONDS = 1.0
ANSWER_SECONDS = 2

_away = threading.Event()
_asking = threading.Lock()


def is_away() -> bool:
    """Whether the database has been away for a while, and still is."""
    return _away.is_set()


def doubt(*, since: float) -> None:
    """A request could not reach its database, or its broker: look until the database is there.

    `since`: the time of the monotonic clock from which on it tried. Only in processes with a pool, which are those in
    which requests wait for each other.
    """
    if "pool" in connection.settings_dict["OPTIONS"] and _asking.acquire(blocking=False):
        threading.Thread(target=_look, args=(since,), name="reach", daemon=True).start()


def _look(since: float) -> None:
    try:
        while not _answers():
            if not _away.is_set() and time.monotonic() - since >= AWAY_AFTER_SECONDS:
                logger.warning("The database is away: requests are told so at once until it is back.")
                _away.set()
            time.sleep(ASK_AGAIN_SECONDS)
    finally:
        if _away.is_set():
            logger.warning("The database is back.")
            _away.clear()
        _asking.release()


def _answers() -> bool:
    """On a connection of its own: one of the pool's would have to be waited for."""
    try:
        psycopg.connect(**connection.get_connection_params() | {"connect_timeout": ANSWER_SECONDS}).close()
    except psycopg.Error:
        return False
    return True
