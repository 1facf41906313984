"""Answers to what every request asks: Django would put the same statement together and cut it up anew each time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import psycopg
from django.db import connection
from django.db.models import Model

Row = TypeVar("Row", bound=Model)


class _Table(NamedTuple):
    """`converters` are those of the fields whose values don't come as they are, such as JSON, by place."""

    select: str
    names: list[str]
    converters: list[tuple[int, Callable[..., Any]]]


def asked(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What one statement answers. Its parameters are numbered: $1, $2 …"""
    with _cursor(statement) as cursor:
        return cursor.execute(statement.encode(), parameters).fetchall()


def said(statement: str, parameters: Sequence[Any]) -> None:
    """Say it, and within `copying.together` don't wait for it."""
    with _cursor(statement) as cursor:
        cursor.execute(statement.encode(), parameters)


@contextlib.contextmanager
def _cursor(statement: str) -> Iterator[psycopg.RawCursor]:
    connection.ensure_connection()
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement})
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        yield cursor


def rows(model: type[Row], condition: str, parameters: Sequence[Any]) -> list[Row]:
    """The rows of a table, as `model.objects` would give them.

    `condition` follows WHERE; the table is called `t`, and parameters are numbered.
    """
    table = _table(model)
    found = asked(f"{table.select} WHERE {condition}", parameters)
    return [model.from_db(connection.alias, table.names, _values(row, table)) for row in found]


def _values(row: tuple[Any, ...], table: _Table) -> list[Any]:
    values = list(row)
    for place, convert in table.converters:
        values[place] = convert(values[place], None, connection)
    return values


@lru_cache(maxsize=32)
def _table(model: type[Model]) -> _Table:
    fields = model._meta.concrete_fields
    columns = ", ".join(f't."{field.column}"' for field in fields)
    converters = [(place, field.from_db_value) for place, field in enumerate(fields) if hasattr(field, "from_db_value")]
    select = f"SELECT {columns} FROM {model._meta.db_table} t"  # noqa: S608 - names of our own tables
    return _Table(select, [field.attname for field in fields], converters)
