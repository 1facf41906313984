"""Rows into tables with the fewest waits: many by binary COPY, a few by INSERTs that are sent all at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from django.db import connection
from psycopg.pq import PipelineStatus

FEW = 20
"""Up to so many rows, waiting for the database costs more than the rows."""

# The name of the sequence is looked up once, and not for each id.
NEXT_IDS = """
WITH named AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence)
SELECT array_agg(nextval(sequence)) FROM named, generate_series(1, %s)
"""

INSERTED = 500
"""Rows of one INSERT: each column of each is a parameter, and there may be 65,535."""

JSONB = "jsonb"
"""The type of a `jsonb` column; its values come from `jsonb`."""

_VERSION = b"\x01"  # what PostgreSQL's binary form of jsonb begins with


@contextlib.contextmanager
def together(count: int) -> Iterator[None]:
    """For few rows: the statements of this block are sent without waiting for the answer of each.

    An error is raised where an answer is needed, at the latest at the end of the block. COPY can't run inside.
    """
    if count > FEW:
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def ids(table: str, count: int) -> list[int]:
    """As many new ids of the table. What isn't used is lost, and nobody minds."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_IDS, [table, count])
        return list(cursor.fetchone()[0])


def rows(table: str, columns: Mapping[str, str], values: Sequence[tuple[Any, ...]]) -> None:
    """Append rows. `columns` gives each column's PostgreSQL type: binary COPY converts nothing."""
    if len(values) <= FEW or _is_together():
        for start in range(0, len(values), INSERTED):
            _insert(table, columns, values[start : start + INSERTED])
        return
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    # A jsonb value is already in its binary form, which goes through as bytes do.
    types = ["bytea" if kind == JSONB else kind for kind in columns.values()]
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        write = copy.write_row
        for row in values:
            write(row)


def jsonb(value: object) -> bytes | None:
    """A value that was checked before, for a column of type `JSONB`; None stays NULL and doesn't become a JSON null."""
    return None if value is None else _VERSION + orjson.dumps(value)


def _is_together() -> bool:
    return connection.connection is not None and connection.connection.info.pipeline_status != PipelineStatus.OFF


def _insert(table: str, columns: Mapping[str, str], values: Sequence[tuple[Any, ...]]) -> None:
    row = f"({', '.join(f'%s::{kind}' for kind in columns.values())})"
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * len(values))}"  # noqa: S608
    is_json = [kind == JSONB for kind in columns.values()]
    sent = [
        value[1:].decode() if json and value is not None else value
        for one in values
        for value, json in zip(one, is_json, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, sent)
