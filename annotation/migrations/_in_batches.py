"""Rows changed by a migration while others use them: a few at a time, each batch a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

SIZE = 1000

Change = Callable[[Any, list[int]], None]
"""Gets the historical model and the ids of one batch. Harmless when repeated: cut short, the migration begins anew."""


class InBatches(RunPython):
    """Change the rows of one model in the order of their ids. For migrations with `atomic = False`."""

    def __init__(self, app_label: str, model: str, change: Change, *, size: int = SIZE) -> None:
        def forwards(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
            rows = apps.get_model(app_label, model)
            after = 0
            using = schema_editor.connection.alias
            known = rows.objects.using(using).order_by("pk").values_list("pk", flat=True)
            while ids := list(known.filter(pk__gt=after)[:size]):
                with transaction.atomic(using=using):
                    change(rows, ids)
                after = ids[-1]

        super().__init__(forwards, RunPython.noop, atomic=False)
