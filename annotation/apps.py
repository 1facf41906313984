"""The one Django app: its tables form a ring, and any cut into apps would cut foreign keys (docs/adr/0001)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks

from annotation import storage
from annotation.operations import connections


class AnnotationConfig(AppConfig):
    name = "annotation"
    verbose_name = "Flywheel"

    def ready(self) -> None:
        checks.register(storage_is_set_up, "storage")
        checks.register(storage_keeps_files, "storage", deploy=True)
        checks.register(connections_suffice, checks.Tags.database)


def storage_is_set_up(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    """Asks no server: every command and each parent of workers runs it."""
    found = storage.misconfigured()
    return [checks.Warning(found, id="flywheel.storage")] if found else []


def storage_keeps_files(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    """Writes, reads and removes a file: `manage.py check --deploy --tag storage`."""
    found = storage.trouble()
    return [checks.Error(found, id="flywheel.storage_away")] if found else []


def connections_suffice(
    app_configs: Any, databases: Sequence[str] | None = None, **_: Any
) -> list[checks.CheckMessage]:
    """Asks PostgreSQL, so it runs where a database is named: `manage.py check --database default`, and `migrate`."""
    found = connections.excess() if databases else None
    return [checks.Warning(found, id="flywheel.connections")] if found else []
