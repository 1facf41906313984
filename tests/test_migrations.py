"""No migration after the first keeps everybody waiting on a large table, or breaks the code of before."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import connection, migrations, models
from django.db.migrations import Migration, RunPython, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models.functions import Now

from annotation.migrations._in_batches import InBatches
from annotation.models import Interaction
from tests import locking, stock

APP = "annotation"
SHORT = models.Index(fields=["verb"], name="audit_verb")
POSITIVE = models.CheckConstraint(condition=models.Q(closure_days__gt=0), name="days_positive")
ONCE = models.UniqueConstraint(fields=["name"], name="feature_name_once")


def state() -> ProjectState:
    return MigrationLoader(None).project_state((APP, "0001_initial"))


def migration(*operations: Any, is_atomic: bool = True) -> Migration:
    kind = type("Next", (Migration,), {"operations": list(operations), "atomic": is_atomic})
    made: Migration = kind("0002_next", APP)
    return made


def added(field: Any) -> migrations.AddField:
    return migrations.AddField("feature", "more", field)


def altered(model: str, name: str, field: Any) -> migrations.AlterField:
    return migrations.AlterField(model, name, field)


def test_no_migration_of_ours_locks_for_long() -> None:
    loader = MigrationLoader(None)
    later = [key for key in loader.graph.nodes if key[0] == APP and key[1] != "0001_initial"]
    found = {
        key: locking.faults(loader.graph.nodes[key], loader.project_state(key, at_end=False)) for key in sorted(later)
    }
    assert {key: told for key, told in found.items() if told} == {}


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        (added(models.TextField()), locking.NOT_NULL),
        (added(models.TextField(default="")), locking.NOT_NULL),
        (migrations.RemoveField("feature", "name"), locking.TAKEN),
        (migrations.RenameField("feature", "name", "title"), locking.TAKEN),
        (migrations.DeleteModel("Flag"), locking.TAKEN),
        (migrations.RenameModel("Flag", "Mark"), locking.TAKEN),
        (migrations.AlterModelTable("flag", "flags"), locking.TAKEN),
        (added(models.DateTimeField(db_default=Now())), locking.COMPUTED),
        (added(models.TextField(null=True, db_index=True)), locking.INDEXED),
        (added(models.TextField(null=True, unique=True)), locking.INDEXED),
        (added(models.ForeignKey("annotation.Queue", models.PROTECT, null=True)), locking.REFERRING),
        (altered("feature", "closure_days", models.BigIntegerField(default=30)), locking.RETYPED),
        (altered("feature", "name", models.CharField(max_length=20)), locking.RETYPED),
        (altered("feature", "name", models.CharField(max_length=300)), locking.RETYPED),
        (altered("feature", "name", models.TextField()), locking.RETYPED),
        (altered("feature", "retention_days", models.PositiveIntegerField(default=1)), locking.NULLS),
        (altered("feature", "name", models.CharField(max_length=200, unique=True)), locking.INDEXED),
        (migrations.AddIndex("auditevent", SHORT), locking.INDEXED),
        (migrations.AddConstraint("feature", POSITIVE), locking.CHECKED),
        (migrations.AddConstraint("feature", ONCE), locking.INDEXED),
        (AddIndexConcurrently("auditevent", SHORT), locking.TOGETHER),
        (InBatches(APP, "feature", lambda rows, ids: None), locking.TOGETHER),
        (RunPython(lambda apps, editor: None), locking.ALL_AT_ONCE),
        (RunSQL("UPDATE annotation_item SET weight = 1"), locking.UNKNOWN),
        (migrations.SeparateDatabaseAndState([RunSQL("VACUUM FULL")]), locking.UNKNOWN),
    ],
)
def test_what_locks_for_long_is_refused_with_what_to_write(operation: Any, fault: str) -> None:
    (told,) = locking.faults(migration(operation), state())
    assert told.endswith(fault)


@pytest.mark.parametrize(
    "operation",
    [
        added(models.TextField(null=True)),
        added(models.TextField(db_default="")),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("feature", "name")]),
        AddConstraintNotValid("feature", POSITIVE),
        RunSQL("SELECT 1", hints={"locks": "none: it reads"}),
    ],
)
def test_what_is_over_at_once_is_taken(operation: Any) -> None:
    assert locking.faults(migration(operation), state()) == []


def test_what_goes_on_beside_everybody_is_taken_outside_of_a_transaction() -> None:
    beside = [AddIndexConcurrently("auditevent", SHORT), InBatches(APP, "feature", lambda rows, ids: None)]
    assert locking.faults(migration(*beside, is_atomic=False), state()) == []
    after = state()
    AddConstraintNotValid("feature", POSITIVE).state_forwards(APP, after)
    assert locking.faults(migration(ValidateConstraint("feature", POSITIVE.name)), after) == []


def test_a_table_that_is_made_just_now_is_free() -> None:
    made = migrations.CreateModel(
        "Fresh", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]
    )
    index = migrations.AddIndex("fresh", models.Index(fields=["name"], name="fresh_name"))
    assert locking.faults(migration(made, index), state()) == []


@pytest.mark.django_db(transaction=True)
def test_rows_are_changed_a_batch_at_a_time_and_each_is_kept() -> None:
    feature = stock.feature()
    stock.items(feature, 7)
    batches: list[int] = []

    def change(rows: Any, ids: list[int]) -> None:
        if len(batches) == 2:
            raise RuntimeError("cut short")
        batches.append(rows.objects.filter(pk__in=ids).update(model_version="changed"))

    def run() -> None:
        operation = InBatches(APP, "interaction", change, size=3)
        with connection.schema_editor(atomic=False) as editor:
            operation.database_forwards(APP, editor, state(), state())

    with pytest.raises(RuntimeError, match="cut short"):
        run()
    assert (batches, Interaction.objects.filter(model_version="changed").count()) == ([3, 3], 6)
    batches = [0, 0, 0]
    run()
    assert Interaction.objects.filter(model_version="changed").count() == 7
