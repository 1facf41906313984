"""Somebody who stores a file is held up in the middle of it, however late a test looks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import connection, transaction

from annotation.ingest import store
from tests.cast import NOW
from tests.ingest.sent import interaction


class _Rollback(Exception):
    """So that nothing is left of what held others up."""


@contextlib.contextmanager
def up_at(name: str) -> Iterator[None]:
    """Whoever stores the interaction of this id waits, with the batches before it stored: another one is about to."""
    with contextlib.suppress(_Rollback), transaction.atomic():
        assert store.interactions(records=[(0, interaction(name))], now=NOW).accepted == 1
        yield
        raise _Rollback


def is_alone() -> bool:
    """Whether those that were killed have left the database, too: their last statement may outlive them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend')"
        )
        (found,) = cursor.fetchone()
    return bool(found)
