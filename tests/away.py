"""Take the database away for real: PostgreSQL lets nobody in, and ends who was in."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import psycopg
from django.db import connection, connections
from psycopg import sql

Outside = psycopg.Connection[tuple[object, ...]]


@contextlib.contextmanager
def database() -> Iterator[None]:
    """For as long as the block runs, nobody reaches the test database: neither this process nor a server."""
    name = str(connection.settings_dict["NAME"])
    # From the run's own database, since nobody can shut the one that they are in.
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as outside:
        _allow(outside, name, "false")
        try:
            _end_sessions(outside, name)
            yield
        finally:
            _allow(outside, name, "true")


def restarted() -> None:
    """What a restart of PostgreSQL does to everybody: the connections are dead, and new ones are welcome."""
    with database():
        pass


def _end_sessions(outside: Outside, name: str) -> None:
    connections.close_all()
    outside.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])


def _allow(outside: Outside, name: str, is_allowed: str) -> None:
    statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(sql.Identifier(name), sql.SQL(is_allowed))
    outside.execute(statement)
