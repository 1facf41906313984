"""What in a migration would keep everybody waiting on a large table or break the code of before, and what to write
instead.

PostgreSQL holds its strongest locks until the end of the transaction: an operation that looks at every row under one
stops senders and annotators for as long as that takes. And processes that are restarted host by host still ask for all
columns that they know, and write none that they don't. What concerns a model that the same migration makes is free.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import connection, migrations, models
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.expressions import Value

from annotation.migrations._in_batches import InBatches

NOT_NULL: Final = "adds a column that may not be null and that the code of before doesn't write: give it db_default"
TAKEN: Final = (
    "takes away what the code of before asks for: take it out of the state alone (SeparateDatabaseAndState), "
    "nullable or with db_default, and out of the database by RunSQL in the next release"
)
COMPUTED: Final = "writes every row to fill the column: add it with null=True, fill it by InBatches"
INDEXED: Final = "makes an index while nobody may write: leave it out, and use AddIndexConcurrently"
REFERRING: Final = "checks every row while nobody may write: db_constraint=False and db_index=False first"
RETYPED: Final = (
    "writes every row in another type, or breaks what the code of before has prepared to read, as a wider column does: "
    "add a column, fill it by InBatches, and let the former one go"
)
NULLS: Final = "looks for nulls in every row: AddConstraintNotValid, ValidateConstraint in the next one, then this"
CHECKED: Final = (
    "checks every row while nobody may write: AddConstraintNotValid, and ValidateConstraint in the next one"
)
TOGETHER: Final = "needs atomic = False, to hold no lock from one operation to the next"
ALL_AT_ONCE: Final = "changes rows in one transaction: use InBatches"
UNKNOWN: Final = "says nothing about its locks: write in hints={'locks': …} why they are short"

NOT_ATOMIC: Final = (AddIndexConcurrently, InBatches)
TAKING: Final = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
    migrations.AlterModelTable,
)


def faults(migration: Migration, before: ProjectState) -> list[str]:
    """One line for each operation that locks for long, `before` being the state that the migration meets."""
    made: set[str] = set()
    state = before.clone()
    found = []
    for operation in _flat(migration.operations):
        if isinstance(operation, migrations.CreateModel):
            made.add(operation.name_lower)
        elif _model(operation) not in made:
            found += [f"{operation.describe()}: it {fault}" for fault in _of(operation, migration, state)]
        operation.state_forwards(migration.app_label, state)
    return found


def _model(operation: Operation) -> str:
    named = (getattr(operation, name, "") for name in ("model_name", "old_name", "name"))
    return str(next(filter(None, named), "")).lower()


def _flat(operations: Any) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _of(operation: Operation, migration: Migration, state: ProjectState) -> Iterator[str]:
    if isinstance(operation, NOT_ATOMIC) and migration.atomic:
        yield TOGETHER
    match operation:
        case AddIndexConcurrently() | InBatches() | AddConstraintNotValid() | ValidateConstraint():
            return
        case _ if isinstance(operation, TAKING):
            yield TAKEN
        case migrations.AddField():
            yield from _added(operation.field)
        case migrations.AlterField():
            former = state.models[migration.app_label, operation.model_name_lower].fields[operation.name]
            yield from _altered(former, operation.field)
        case migrations.AddIndex():
            yield INDEXED
        case migrations.AddConstraint():
            yield CHECKED if isinstance(operation.constraint, models.CheckConstraint) else INDEXED
        case migrations.RunPython():
            yield ALL_AT_ONCE
        case migrations.RunSQL() if not operation.hints.get("locks"):
            yield UNKNOWN


def _added(field: Any) -> Iterator[str]:
    if field.many_to_many:
        return
    if isinstance(field, models.GeneratedField) or not _is_constant(field):
        yield COMPUTED
    elif not field.null and not field.has_db_default():
        yield NOT_NULL
    if field.remote_field is not None:
        if field.db_constraint or field.db_index:
            yield REFERRING
    elif field.unique or field.db_index:
        yield INDEXED


def _is_constant(field: Any) -> bool:
    """PostgreSQL keeps a constant beside the table; what is computed it writes into each row."""
    return not field.has_db_default() or isinstance(field._db_default_expression, Value)


def _altered(former: Any, field: Any) -> Iterator[str]:
    if former.db_type(connection) != field.db_type(connection):
        yield RETYPED
    if former.null and not field.null:
        yield NULLS
    if (field.unique and not former.unique) or (field.db_index and not former.db_index):
        yield INDEXED
