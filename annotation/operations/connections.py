"""How many connections an installation opens at most, and how many PostgreSQL gives it.

- A web process keeps a pool of `DATABASE_POOL`. Without one it opens one for each request that it answers at a time.
- A process of a worker opens one for its task, another for the job that it runs, which holds the job's advisory lock
  and beats for it, and up to two more where that job works on two batches at once.
- A worker itself opens one to say that it lives. How many workers share the processes isn't known: one each at most.
- Beat opens none. Somebody who types `manage.py` wants one or two.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

PER_WORKER_PROCESS = 5
FOR_COMMANDS = 4

LIMITS = """
    SELECT current_setting('max_connections')::int
             - current_setting('superuser_reserved_connections')::int
             - coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0),
           nullif(d.datconnlimit, -1), nullif(r.rolconnlimit, -1)
    FROM pg_database d, pg_roles r
    WHERE d.datname = current_database() AND r.rolname = current_user
"""
IN_USE = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an installation of this size opens at most."""

    web_processes: int
    pool: int
    worker_processes: int

    @property
    def most(self) -> int:
        return self.web_processes * self.pool + self.worker_processes * PER_WORKER_PROCESS + FOR_COMMANDS

    def __str__(self) -> str:
        return (
            f"{self.web_processes} web processes (WEB_PROCESSES) with {self.pool} connections each (DATABASE_POOL), "
            f"{self.worker_processes} processes of workers (WORKER_PROCESSES) with {PER_WORKER_PROCESS} each and "
            f"{FOR_COMMANDS} for commands are {self.most}"
        )


def plan() -> Plan:
    """What the settings say."""
    return Plan(
        web_processes=settings.WEB_PROCESSES, pool=settings.WEB_POOL, worker_processes=settings.WORKER_PROCESSES
    )


def limit() -> int:
    """How many connections this role gets to this database at most. Others' on the same server take from them."""
    with connection.cursor() as cursor:
        cursor.execute(LIMITS)
        return int(min(one for one in cursor.fetchone() if one is not None))


def in_use() -> int:
    """Connections of everybody to the server, just now."""
    with connection.cursor() as cursor:
        cursor.execute(IN_USE)
        return int(cursor.fetchone()[0])


def excess() -> str | None:
    """Why the connections will not do, in words; None where they do."""
    planned, given = plan(), limit()
    if planned.most <= given:
        return None
    return (
        f"{planned}, and PostgreSQL gives {given}. Raise max_connections there to {planned.most + 3} or more, or lower "
        "DATABASE_POOL or the number of processes."
    )
