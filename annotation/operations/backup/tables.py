"""The rows of all tables as PostgreSQL's own text: read as of one moment, put back in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, LiteralString

import orjson
import psycopg
from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model
from psycopg import sql

from annotation.installation import DatabaseAway
from annotation.operations.backup.manifest import Table

Own = psycopg.Connection[Any]

# As text says it may hang on settings; these make it say the same everywhere, and nothing end a long copy.
SETTINGS: Final = {
    "client_encoding": "UTF8",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}

# What is computed from other columns is computed again.
COLUMNS: LiteralString = """
    SELECT c.relname, jsonb_object_agg(a.attname, format_type(a.atttypid, a.atttypmod))::text,
           pg_table_size(c.oid)
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname = ANY(%s)
    GROUP BY c.oid, c.relname ORDER BY c.relname
"""

SEQUENCES: LiteralString = """
    SELECT s.relname, pg_sequence_last_value(s.oid)
    FROM pg_class s
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass
                    AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    JOIN pg_class t ON t.oid = d.refobjid
    WHERE s.relkind = 'S' AND t.relnamespace = current_schema()::regnamespace AND t.relname = ANY(%s)
    ORDER BY s.relname
"""

# What checks or sorts each row as it comes is taken away before and made again after: a whole table at once is faster
# by far. Unique and primary keys stay, since they are constraints that others hang on; and so do partial indexes, which
# hold few rows, and whose conditions PostgreSQL would spell in another way.
FOREIGN_KEYS: LiteralString = """
    SELECT t.relname, c.conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
    WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace AND t.relname = ANY(%s)
"""
INDEXES: LiteralString = """
    SELECT i.relname, pg_get_indexdef(i.oid)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    WHERE t.relnamespace = current_schema()::regnamespace AND t.relname = ANY(%s)
      AND x.indpred IS NULL AND x.indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid)
"""


def names() -> list[str]:
    """Flywheel's tables and those of Django that it uses, whether they are there or not."""
    models: list[type[Model]] = [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]
    return sorted({model._meta.db_table for model in models if model._meta.managed and not model._meta.proxy})


@contextlib.contextmanager
def session() -> Iterator[Own]:
    """A connection outside of Django's, whose text is the same everywhere. In autocommit. Raises DatabaseAway, also
    where it goes away meanwhile."""
    try:
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as own:
            for name, value in SETTINGS.items():
                own.execute("SELECT set_config(%s, %s, false)", [name, value])
            yield own
    except psycopg.OperationalError as error:
        raise DatabaseAway(reason=str(error).partition("\n")[0]) from error


@contextlib.contextmanager
def moment(own: Own) -> Iterator[None]:
    """All that the block reads is as of one moment, whatever others write meanwhile."""
    own.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    own.read_only = True
    with own.transaction():
        yield


def found(own: Own) -> dict[str, tuple[dict[str, str], int]]:
    """Each table that is there: its columns with their types, by name, and about how many bytes it has."""
    rows = own.execute(COLUMNS, [names()]).fetchall()
    return {name: (dict(sorted(orjson.loads(columns).items())), size) for name, columns, size in rows}


def sequences(own: Own) -> dict[str, int | None]:
    """No transaction holds a sequence, so read them after the rows: what they say is then not less than any row's."""
    return dict(own.execute(SEQUENCES, [names()]).fetchall())


def read(own: Own, table: str, columns: Iterable[str], *, to: Callable[[bytes], None]) -> int:
    """Hand the table's rows over, piece by piece. Returns how many there are."""
    with own.cursor() as cursor:
        with cursor.copy(_copy(table, columns, sql.SQL("TO STDOUT"))) as copy:
            for piece in copy:
                to(bytes(piece))
        return cursor.rowcount


def put(own: Own, table: str, columns: Iterable[str], pieces: Iterable[bytes]) -> int:
    """The other way round."""
    with own.cursor() as cursor:
        with cursor.copy(_copy(table, columns, sql.SQL("FROM STDIN"))) as copy:
            for piece in pieces:
                copy.write(piece)
        return cursor.rowcount


@contextlib.contextmanager
def bare(own: Own, tables: Iterable[str]) -> Iterator[None]:
    """Empty the tables, and let the block fill them: no trigger, foreign key or index looks on; all are there again
    afterwards, and say so where something doesn't fit. Inside a transaction."""
    known = sorted(tables)
    every = sql.SQL(", ").join(map(sql.Identifier, known))
    own.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(every))
    keys = own.execute(FOREIGN_KEYS, [known]).fetchall()
    indexes = own.execute(INDEXES, [known]).fetchall()
    for table, name, _ in keys:
        own.execute(_alter(table, "DROP CONSTRAINT {}", sql.Identifier(name)))
    for name, _ in indexes:
        own.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    for table in known:
        own.execute(_alter(table, "DISABLE TRIGGER USER"))
    yield
    for _, made in indexes:
        own.execute(sql.SQL(made))
    for table, name, made in keys:
        own.execute(_alter(table, "ADD CONSTRAINT {} {}", sql.Identifier(name), sql.SQL(made)))
    for table in known:
        own.execute(_alter(table, "ENABLE TRIGGER USER"))


def go_on(own: Own, sequences: dict[str, int | None]) -> None:
    """Let each sequence go on after the last number that it has given."""
    for name, last in sequences.items():
        if last is not None:
            own.execute("SELECT setval(quote_ident(%s)::regclass, %s)", [name, last])


def fits(own: Own, tables: dict[str, Table]) -> bool:
    """Whether the tables that are there have the columns of these."""
    return {name: columns for name, (columns, _) in found(own).items()} == {
        name: table.columns for name, table in tables.items()
    }


def _copy(table: str, columns: Iterable[str], how: sql.SQL) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), listed, how)


def _alter(table: str, what: LiteralString, *parts: sql.Composable) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(table), sql.SQL(what).format(*parts))
