"""While hosts are restarted one by one, processes of the code of before work on the schema that comes next.

There is no next one yet. So the code is today's, and the schema is what the next migration may make of it: each kind of
change that `locking` takes, done to every table.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import connection, migrations, models
from django.utils import timezone
from psycopg.errors import FeatureNotSupported

from annotation import tasks
from annotation.exports import job
from annotation.models import Export, Feature, Item, Label, Signature, User
from flywheel_app.celery import EVERY, NIGHTLY
from tests import locking, stock
from tests.cast import Machine
from tests.ingest.sent import interaction, signal
from tests.test_migrations import APP, migration, state
from tests.web import pages

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS: dict[str, Any] = {
    "next_note": models.TextField(null=True),
    "next_kind": models.IntegerField(db_default=7),
}
INDEX = models.Index(fields=["external_id"], name="next_index")
RULE = models.CheckConstraint(condition=models.Q(closure_days__gt=0), name="next_rule")
TABLE: list[tuple[str, Any]] = [
    ("id", models.BigAutoField(primary_key=True)),
    ("interaction", models.ForeignKey("annotation.Interaction", models.CASCADE, related_name="+")),
]


def tables() -> list[type[models.Model]]:
    return [model for model in apps.get_app_config(APP).get_models() if model._meta.managed and not model._meta.proxy]


def following() -> Any:
    columns = [
        migrations.AddField(model._meta.model_name or "", name, field)
        for model in tables()
        for name, field in COLUMNS.items()
    ]
    others = [
        migrations.CreateModel("Next", TABLE),
        AddIndexConcurrently("interaction", INDEX),
        AddConstraintNotValid("feature", RULE),
    ]
    return migration(*columns, *others, is_atomic=False)


def test_what_comes_next_here_is_what_a_migration_may_do() -> None:
    assert locking.faults(following(), state()) == []


@pytest.fixture
def migrate() -> Iterator[Any]:
    """Makes the next schema, on a connection of its own as `manage.py migrate` does."""
    own = connection.copy()
    operations = [one for one in following().operations if not isinstance(one, migrations.AddField)]
    before = state()
    done: list[Any] = []

    def forwards() -> None:
        with own.schema_editor(atomic=False) as editor:
            for model in tables():
                for name, field in COLUMNS.items():
                    # As AddField does, which would make all models anew for each column.
                    added = field.clone()
                    added.set_attributes_from_name(name)
                    added.model = model
                    editor.add_field(model, added)
            at = before
            for operation in operations:
                after = at.clone()
                operation.state_forwards(APP, after)
                operation.database_forwards(APP, editor, at, after)
                done.append((operation, at, after))
                at = after

    yield forwards
    with own.schema_editor(atomic=False) as editor:
        for operation, at, after in reversed(done):
            operation.database_backwards(APP, editor, after, at)
        for model in tables():
            dropped = ", ".join(f"DROP COLUMN IF EXISTS {name}" for name in COLUMNS)
            editor.execute(f"ALTER TABLE {model._meta.db_table} {dropped}")
    own.close()
    connection.close()


def play(round_: int, *, feature: Feature, annotator: User, admin: User, machine: Machine) -> None:
    """The wheel turns: interactions come, a person labels, everything that is due by the clock is done, a dataset is
    made, pages are looked at, somebody is forgotten."""
    names = [f"gen-{round_}-{number}" for number in range(3)]
    text = "The meeting was moved to Friday of the next week, and everybody brings the figures of the quarter."
    records = [interaction(name, output=f"{text} {name}", user_key=name, signals=[signal(id=name)]) for name in names]
    answer = machine.post("/interactions", records)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 3), answer.content
    for _ in names:
        assert pages.label(pages.sign_in(annotator), feature).status_code == 200
    assert Label.objects.filter(item__interaction__external_id__in=names).count() == 3
    for bell in (*EVERY, *NIGHTLY):
        getattr(tasks, bell)()
    assert Signature.objects.filter(interaction__external_id__in=names).count() == 3
    assert not Item.objects.filter(interaction__external_id__in=names).exclude(status="resolved").exists()
    asked = machine.post("/exports", {"feature": feature.slug, "format": "reasons", "container": "jsonl"})
    assert asked.status_code == 202, asked.content
    export = Export.objects.latest("pk")
    job.run(export_id=export.pk, by="test", clock=timezone.now)
    export.refresh_from_db()
    assert (export.status, export.error) == ("done", "")
    client = pages.sign_in(admin)
    for page in ("/annotate/history/", "/insights/", "/insights/closure/", "/datasets/", "/manage/backlog/"):
        assert client.get(page).status_code == 200
    gone = machine.post("/erasures", {"feature": feature.slug, "user_key": names[0]})
    assert gone.status_code in (200, 201, 202), gone.content
    tasks.finish_erasures()


def test_the_code_of_before_goes_on_while_the_schema_is_the_next(
    feature: Feature,
    annotator: User,
    admin: User,
    machine: Machine,
    migrate: Any,
    settings: LazySettings,
    tmp_path: Path,
) -> None:
    settings.STORAGE_FOLDER = tmp_path
    who: dict[str, Any] = {"feature": feature, "annotator": annotator, "admin": admin, "machine": machine}
    stock.queue(feature)
    # A long-lived process has prepared what it says often, and PostgreSQL holds it to the columns that it then saw.
    connection.ensure_connection()
    connection.connection.prepare_threshold = 1
    play(1, **who)
    play(2, **who)
    migrate()
    play(3, **who)


def test_a_wider_column_breaks_what_others_have_prepared_to_read() -> None:
    """Why `locking` refuses it, though it is over at once."""
    own = connection.copy()
    with connection.cursor() as cursor, own.cursor() as migrating:
        migrating.execute("CREATE TABLE next_wider (name varchar(20))")
        try:
            cursor.cursor.execute("SELECT name FROM next_wider", [], prepare=True)
            migrating.execute("ALTER TABLE next_wider ALTER name TYPE varchar(30)")
            with pytest.raises(FeatureNotSupported, match="cached plan must not change result type"):
                cursor.cursor.execute("SELECT name FROM next_wider", [], prepare=True)
        finally:
            migrating.execute("DROP TABLE next_wider")
    own.close()
