"""The tables that migrations make are those that the models describe: an empty database gets them all at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, models
from pgtrigger import registered

pytestmark = pytest.mark.django_db


def _models() -> Iterator[type[models.Model]]:
    yield from apps.get_app_config("annotation").get_models(include_auto_created=True)


def test_each_model_has_its_columns_constraints_and_indexes() -> None:
    with connection.cursor() as cursor:
        for model in _models():
            table = model._meta.db_table
            columns = {one.name: one.null_ok for one in connection.introspection.get_table_description(cursor, table)}
            assert columns == {field.column: field.null for field in model._meta.local_concrete_fields}, table
            there = connection.introspection.get_constraints(cursor, table)
            named = {one.name for one in [*model._meta.constraints, *model._meta.indexes]}
            assert named <= there.keys(), table
            pointing = {columns[0] for columns in (one["columns"] for one in there.values() if one["foreign_key"])}
            fields = [one for one in model._meta.local_concrete_fields if isinstance(one, models.ForeignKey)]
            assert pointing == {one.column for one in fields if vars(one)["db_constraint"]}, table


def test_each_trigger_is_installed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        there = {name for (name,) in cursor.fetchall()}
    assert there == {trigger.get_pgid(model) for model, trigger in registered()}
