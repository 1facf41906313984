"""The sum of all connections is held against what PostgreSQL gives, before anybody finds out by an error."""

from __future__ import annotations

from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from psycopg import sql

from annotation.operations import connections

pytestmark = pytest.mark.django_db(transaction=True)


def check(*names: str) -> str:
    told = StringIO()
    call_command("check", *names, "--fail-level", "WARNING", stdout=told, stderr=told)
    return told.getvalue()


def test_the_plan_counts_what_all_processes_open() -> None:
    plan = connections.Plan(web_processes=8, pool=6, worker_processes=10)
    assert plan.most == 8 * 6 + 10 * 5 + 4


def test_a_plan_that_fits_is_fine_and_one_that_does_not_says_what_to_change(settings: LazySettings) -> None:
    assert "no issues" in check("--database", "default")
    settings.WEB_PROCESSES = 1000
    with pytest.raises(SystemCheckError) as caught:
        check("--database", "default")
    assert "1000 web processes (WEB_PROCESSES) with 10 connections each (DATABASE_POOL)" in str(caught.value)
    assert "Raise max_connections" in str(caught.value)
    # Who names no database is not kept from anything by one.
    assert "no issues" in check()


def test_what_the_database_or_the_role_may_have_counts_too() -> None:
    whole = connections.limit()
    assert 0 < connections.in_use() < whole
    name = sql.Identifier(str(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 30").format(name))
        try:
            assert connections.limit() == 30 < whole
            told = connections.excess()
        finally:
            cursor.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT -1").format(name))
    assert told is not None
    assert "PostgreSQL gives 30" in told
