"""Answers of the database as rows, and of what every request asks without Django, which would put the same statement
together and cut it up anew each time."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model
from psycopg import sql
from psycopg.pq import Format

Row = TypeVar("Row", bound=Model)

_NAME: Final = re.compile(r"%\((\w+)\)s")

# psycopg's own, in C where it has that. Django's is Python: for a row of many times it took longer than all else.
_TIME: Final = psycopg.adapters.types["timestamptz"].oid
_READS_TIME: Final[Any] = psycopg.adapters.get_loader(_TIME, Format.TEXT)


class _Table(NamedTuple):
    """`converters` are those of the fields whose values don't come as they are, such as JSON, by place.

    `key` is the place of the primary key: a row that an outer join did not find has none.
    """

    columns: list[str]
    names: list[str]
    converters: list[tuple[int, Callable[..., Any]]]
    key: int


def asked(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What one statement answers. Its parameters are numbered: $1, $2 …"""
    return _answered(statement, parameters).fetchall()


def asking(statement: str, parameters: Sequence[Any]) -> Callable[[], list[tuple[Any, ...]]]:
    """Asks now, and reads what `asked` would return when it is called. Within `copying.together` both questions of two
    that are asked before either answer is read go in one trip."""
    return _answered(statement, parameters).fetchall


def asked_by_name(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """As `asked`, for a statement whose parameters have names: %(like)s %(this)s."""
    numbered, names = _numbered(statement)
    return asked(numbered, [parameters[name] for name in names])


def fetched(statement: str | sql.Composable, parameters: Any) -> list[tuple[Any, ...]]:
    """What one statement answers that is asked now and then: parameters as Django has them, %s or %(name)s."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def in_binary(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """As `asked`, for values of many bytes, which come as they are: in text each byte would be two letters.

    Not by a server-side cursor: what that reads, PostgreSQL reads in one process.
    """
    return _answered(statement, parameters, binary=True).fetchall()


def pairs(values: Collection[tuple[int, str]]) -> list[str]:
    """Two parameters of types `bigint[]` and `text[]`, for a statement that unnests many pairs. No text of theirs holds
    U+0000. Spelled out here, since psycopg looks at each value by itself."""
    return ["{" + ",".join([str(number) for number, _ in values]) + "}", _texts([name for _, name in values])]


def _texts(values: Collection[str]) -> str:
    escaped = "\0".join(values).replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + escaped.replace("\0", '","') + '"}' if values else "{}"


def said(statement: str, parameters: Sequence[Any]) -> None:
    """Say it, and within `copying.together` don't wait for it."""
    _answered(statement, parameters)


@lru_cache(maxsize=64)
def _numbered(statement: str) -> tuple[str, list[str]]:
    """The statement with numbers for names, and the names in their order."""
    names = list(dict.fromkeys(_NAME.findall(statement)))
    return _NAME.sub(lambda found: f"${names.index(found[1]) + 1}", statement), names


def _answered(statement: str, parameters: Sequence[Any], *, binary: bool | None = None) -> psycopg.RawCursor:
    own = connections[DEFAULT_DB_ALIAS]  # what `connection` stands for, looked up once
    own.ensure_connection()
    if own.queries_logged:
        own.queries_log.append({"sql": statement})
    with own.wrap_database_errors:
        cursor = psycopg.RawCursor(own.connection)
        cursor.adapters.register_loader(_TIME, _READS_TIME)
        return cursor.execute(_encoded(statement), parameters, binary=binary)


@lru_cache(maxsize=512)
def _encoded(statement: str) -> bytes:
    return statement.encode()


def rows(model: type[Row], condition: str, parameters: Sequence[Any]) -> list[Row]:
    """The rows of a table, as `model.objects` would give them.

    `condition` follows WHERE; the table is called `t`, and parameters are numbered.
    """
    source = f"{model._meta.db_table} t WHERE {condition}"
    return [row for (row,) in joined({"t": model}, source, parameters)]


def joined(
    models: Mapping[str, type[Model]], source: str, parameters: Sequence[Any], *, also: str = ""
) -> list[tuple[Any, ...]]:
    """The rows of several tables side by side, each as its model would give it; None where an outer join found none.

    `source` follows FROM and calls the tables as `models` does; `also` are further expressions, whose values come last.
    """
    return made(list(models.values()), asked(_select(tuple(models.items()), source, also), parameters))


@lru_cache(maxsize=256)
def _select(models: tuple[tuple[str, type[Model]], ...], source: str, also: str) -> str:
    chosen = ", ".join(columns(model, name) for name, model in models)
    return f"SELECT {chosen}{f', {also}' if also else ''} FROM {source}"  # noqa: S608 - our own text


def insert(row: Model, *, before: str = "", parameters: Sequence[Any] = ()) -> None:
    """Store a new row and set its key, as `row.save(force_insert=True)` would, in one statement with what goes before:
    `before` are the parts of a WITH, whose parameters are numbered from 1.
    """
    fields = _stored(type(row), has_key=row.pk is not None)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    statement = _insert(type(row), before, len(parameters), has_key=row.pk is not None)
    [(row.pk,)] = asked(statement, [*parameters, *values])
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@lru_cache(maxsize=64)
def _insert(model: type[Model], before: str, count: int, *, has_key: bool) -> str:
    fields = _stored(model, has_key=has_key)
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(f"${place}" for place in range(count + 1, count + len(fields) + 1))
    target = f"{model._meta.db_table} ({names}) VALUES ({places})"
    return f"{f'WITH {before} ' if before else ''}INSERT INTO {target} RETURNING id"


@lru_cache(maxsize=64)
def _stored(model: type[Model], *, has_key: bool) -> list[Any]:
    """The fields that a new row brings: the database makes a key that it does not have yet."""
    return [field for field in model._meta.concrete_fields if has_key or not field.primary_key]


def columns(model: type[Model], name: str) -> str:
    """The columns of a table that a statement calls `name`, in the order in which `made` expects them."""
    return ", ".join(f"{name}.{column}" for column in _table(model).columns)


def made(models: Sequence[type[Model]], found: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of the columns of these models, one after another, as instances; what else a row holds follows them."""
    tables = [(model, _table(model)) for model in models]
    return [_side_by_side(tables, row) for row in found]


def _side_by_side(tables: list[tuple[type[Model], _Table]], row: tuple[Any, ...]) -> tuple[Any, ...]:
    made: list[Any] = []
    start = 0
    for model, table in tables:
        end = start + len(table.names)
        made.append(_instance(model, table, list(row[start:end])))
        start = end
    return (*made, *row[start:])


def _instance(model: type[Model], table: _Table, values: list[Any]) -> Model | None:
    if values[table.key] is None:
        return None
    for place, convert in table.converters:
        values[place] = convert(values[place], None, connection)
    return model.from_db(DEFAULT_DB_ALIAS, table.names, values)


@lru_cache(maxsize=64)
def _table(model: type[Model]) -> _Table:
    fields = model._meta.concrete_fields
    converters = [(place, field.from_db_value) for place, field in enumerate(fields) if hasattr(field, "from_db_value")]
    columns = [f'"{field.column}"' for field in fields]
    return _Table(columns, [field.attname for field in fields], converters, fields.index(model._meta.pk))
