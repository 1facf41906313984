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
