"""Run one statement on Django's connection."""

from __future__ import annotations

from typing import Any

from django.db import connection


def run(statement: str, values: dict[str, Any]) -> int:
    """How many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
