"""Who waits for whom in this test's database. Other test processes have theirs on the same server."""

from __future__ import annotations

from django.db import connection

HERE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"


def somebody_waits() -> bool:
    """Whether anybody waits for a lock here.

    A lock on a transaction, as on a row that it changed, names no database; its waiter holds others that do.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_locks WHERE {HERE}))"
        )
        (found,) = cursor.fetchone()
    return bool(found)


def is_alone() -> bool:
    """Whether those that were killed have left the database, too: their last statement may outlive them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend')"
        )
        (found,) = cursor.fetchone()
    return bool(found)
