"""Rows into tables by binary COPY, with ids taken from their sequence in advance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.db import connection

JSONB = "bytea"
"""The type of a `jsonb` column whose values come from `jsonb`: bytes that are already as binary COPY wants them."""

_VERSION = b"\x01"  # what PostgreSQL's binary form of jsonb begins with


def ids(table: str, count: int) -> list[int]:
    """As many new ids of the table. What isn't used is lost, and nobody minds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def rows(table: str, columns: Mapping[str, str], values: Iterable[tuple[Any, ...]]) -> None:
    """Append rows. `columns` gives each column's PostgreSQL type: binary COPY converts nothing."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        write = copy.write_row
        for row in values:
            write(row)


def jsonb(value: object) -> bytes | None:
    """A value that was checked before, for a column of type `JSONB`; None stays NULL and doesn't become a JSON null."""
    return None if value is None else _VERSION + orjson.dumps(value)
