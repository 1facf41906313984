"""Rows into tables by binary COPY, with ids taken from their sequence in advance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.db import connection
from psycopg.types.json import Jsonb


def ids(table: str, count: int) -> list[int]:
    """As many new ids of the table. What isn't used is lost, and nobody minds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [int(row[0]) for row in cursor.fetchall()]


def rows(table: str, columns: Mapping[str, str], values: Iterable[tuple[Any, ...]]) -> None:
    """Append rows. `columns` gives each column's PostgreSQL type: binary COPY converts nothing."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for row in values:
            copy.write_row(row)


def jsonb(value: object) -> Jsonb | None:
    """A value that was checked before; None stays NULL and doesn't become a JSON null."""
    return None if value is None else Jsonb(value, dumps=_dumps)


def _dumps(value: object) -> bytes:
    return orjson.dumps(value)
