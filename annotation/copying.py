"""Rows into tables with the fewest waits: many by binary COPY, a few by INSERTs that are sent all at once."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from django.db import connection, transaction
from psycopg.copy import LibpqWriter
from psycopg.types.string import BytesBinaryDumper

from annotation import loading

FEW = 20
"""Up to so many rows, waiting for the database costs more than the rows."""

COPIED = 250
"""Rows of one COPY. PostgreSQL notes the slot of each row in a table in which all of them fall on one place, so that a
COPY of a thousand spends a tenth of its time on finding free ones."""

# The name of a sequence is looked up once, and not for each id.
NEXT_IDS = """
SELECT named.table, ARRAY(SELECT nextval(named.sequence) FROM generate_series(1, named.count))
FROM (
    SELECT k.table, pg_get_serial_sequence(k.table, 'id')::regclass AS sequence, k.count
    FROM unnest(%s::text[], %s::int[]) AS k ("table", count)
    OFFSET 0
) named
"""

INSERTED, TABLES = 250, 8
"""Rows of one INSERT, and INSERTs of one statement: each column of each row is a parameter, and there may be 65,535."""

JSONB = "jsonb"
"""The type of a `jsonb` column; its values come from `jsonb`."""

_VERSION = b"\x01"  # what PostgreSQL's binary form of jsonb begins with


class _Rows(NamedTuple):
    table: str
    columns: Mapping[str, str]
    values: Sequence[tuple[Any, ...]]

    @property
    def shape(self) -> _Shape:
        return self.table, tuple(self.columns.items()), len(self.values)

    def parameters(self) -> list[Any]:
        is_json = [kind == JSONB for kind in self.columns.values()]
        return [
            value[1:].decode() if json and value is not None else value
            for row in self.values
            for value, json in zip(row, is_json, strict=True)
        ]


_Shape = tuple[str, tuple[tuple[str, str], ...], int]
"""Table, columns with their types, and how many rows."""


class _Together(threading.local):
    """The rows that wait for the end of a thread's block; None outside of one."""

    waiting: list[_Rows] | None = None


_together = _Together()


@contextlib.contextmanager
def together(count: int) -> Iterator[None]:
    """A transaction. For few rows what it asks is sent without waiting for the answer of each, and its rows at its end.

    The rows of all tables go as one statement, which is right because no table checks another one's. Errors are raised
    where an answer is needed, at the latest at the end.
    """
    is_within = connection.in_atomic_block
    with transaction.atomic():
        if count > FEW:
            yield
            return
        with connection.wrap_database_errors, connection.connection.pipeline():
            _together.waiting = []
            try:
                yield
                flush()
            finally:
                _together.waiting = None
            if not is_within:
                # In the trip of the rows. What Django has to do afterwards finds nothing left to commit.
                loading.said("COMMIT", ())


def ids(**counts: int) -> dict[str, list[int]]:
    """As many new ids of each table. What isn't used is lost, and nobody minds."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_IDS, [list(counts), list(counts.values())])
        return dict(cursor.fetchall())


def rows(
    table: str,
    columns: Mapping[str, str],
    values: Sequence[Any],
    *,
    row: Callable[[Any], tuple[Any, ...]] | None = None,
    is_counted: bool = False,
) -> None:
    """Append rows. `columns` gives each column's PostgreSQL type: binary COPY converts nothing.

    `row` makes a row of each of the values, else they are rows. It is asked as they are sent: of many, none but the
    one that is being sent has to be in memory. `is_counted`: triggers tell what a statement brings, and so many rows
    as can should come in one.
    """
    if _together.waiting is not None or len(values) <= FEW:
        few = values if row is None else list(map(row, values))
        parts = [_Rows(table, columns, few[start : start + INSERTED]) for start in range(0, len(few), INSERTED)]
        if _together.waiting is not None:
            _together.waiting += parts
            return
        for part in parts:
            _insert([part])
        return
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    # A jsonb value is already in its binary form, which goes through as bytes do.
    types = ["bytea" if kind == JSONB else kind for kind in columns.values()]
    size = len(values) if is_counted else COPIED
    with connection.wrap_database_errors, connection.cursor() as cursor:
        # For columns of bytes it would take a slow dumper, which knows a wrapper of DB-API too.
        cursor.adapters.register_dumper(None, BytesBinaryDumper)
        for start in range(0, len(values), size):
            # Each piece is handed over before the next is made: what waited would be moved in memory for each of them.
            with cursor.copy(statement, writer=LibpqWriter(cursor.cursor, flush_threshold=0)) as copy:
                copy.set_types(types)
                write, sent = copy.write_row, values[start : start + size]
                for one in sent if row is None else map(row, sent):
                    write(one)


def flush() -> None:
    """Insert at once what waits for the end of a `together` block: somebody has to read it before."""
    waiting = _together.waiting or []
    while waiting:
        _insert(waiting[:TABLES])
        del waiting[:TABLES]


def jsonb(value: object) -> bytes:
    """A value that was checked before, for a column of type `JSONB`. None would become a JSON null, and not NULL."""
    return _VERSION + orjson.dumps(value)


def _insert(parts: Sequence[_Rows]) -> None:
    """All parts as one statement. Its parameters are numbered here: Django's cursors would cut the text up anew."""
    statement = _statement(tuple(part.shape for part in parts))
    loading.said(statement, [value for part in parts for value in part.parameters()])


@lru_cache(maxsize=1024)
def _statement(shapes: tuple[_Shape, ...]) -> str:
    number = itertools.count(1)
    inserts = []
    for table, columns, count in shapes:
        rows = [f"({', '.join(f'${next(number)}::{kind}' for _, kind in columns)})" for _ in range(count)]
        names = ", ".join(name for name, _ in columns)
        inserts.append(f"INSERT INTO {table} ({names}) VALUES {', '.join(rows)}")  # noqa: S608 - names of our own
    *firsts, last = inserts
    named = ", ".join(f"t{place} AS ({one})" for place, one in enumerate(firsts))
    return f"WITH {named} {last}" if firsts else last
