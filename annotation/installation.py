"""What an installation has once: roles, the default taxonomy, and the key that its hashes were made with."""

from __future__ import annotations

from datetime import datetime
from threading import Event

from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection, transaction
from psycopg.errors import UndefinedColumn, UndefinedTable

from annotation import access, taxonomy
from annotation.errors import Refusal
from annotation.lib import keyed
from annotation.models import Installation

# Web and worker processes start together; one of them prepares, the others wait for it.
LOCK = 7_310_241

_pending = Event()
RESTORING = "restoring "
"""Begins what stands in place of the key's check value while a backup is restored, so that no process starts on it."""


class OtherHashKey(Refusal):
    """HASH_KEY is not the key that this database was made with, so user hashes, sampling numbers and splits would no
    longer match. Set HASH_KEY to the former value (it is part of every backup); it is never rotated."""

    code = "other_hash_key"
    status = 500


class RestoreUnfinished(Refusal):
    """A backup was being restored into this database, and that was cut short before the erasures of later were done
    again. Bring it to its end with the same command: manage.py restore and the backup's folder."""

    code = "restore_unfinished"
    status = 503


class DatabaseAway(Refusal):
    """The database can't be reached ({reason}). Check DATABASE_URL and that PostgreSQL runs."""

    code = "database_away"
    status = 503


class NotMigrated(Refusal):
    """The database lacks tables of this version. Make them with: manage.py migrate"""

    code = "not_migrated"
    status = 503


def ensure(*, now: datetime) -> Installation:
    """Prepare a new installation, and refuse to run an old one with another HASH_KEY. Harmless when repeated."""
    try:
        return _ensure(now)
    except OperationalError as error:
        raise DatabaseAway(reason=str(error).partition("\n")[0]) from error
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
            raise
        raise NotMigrated from error


def postpone() -> None:
    """The database is away: this process starts all the same, and asks anew before it answers anything (`settle`)."""
    _pending.set()


def settle(*, now: datetime) -> None:
    """What the start could not `ensure`. Costs nothing once it could; raises as it does."""
    if _pending.is_set():
        ensure(now=now)
        _pending.clear()


def restoring() -> str | None:
    """The backup that is being restored into this database, by its id; None where none is."""
    checks = Installation.objects.filter(hash_key_check__startswith=RESTORING).values_list("hash_key_check", flat=True)
    return next((check.removeprefix(RESTORING) for check in checks), None)


def end_restoring() -> None:
    """Let processes start again on what was restored."""
    Installation.objects.filter(hash_key_check__startswith=RESTORING).update(
        hash_key_check=keyed.key_check(settings.HASH_KEY)
    )


def backed_up(*, now: datetime) -> None:
    """A whole backup was made."""
    Installation.objects.update(backed_up_at=now)


@transaction.atomic
def _ensure(now: datetime) -> Installation:
    check = keyed.key_check(settings.HASH_KEY)
    found = Installation.objects.filter(hash_key_check=check).first()
    if found is not None:
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    found, _ = Installation.objects.get_or_create(pk=1, defaults={"hash_key_check": check})
    if found.hash_key_check.startswith(RESTORING):
        raise RestoreUnfinished
    if found.hash_key_check != check:
        raise OtherHashKey
    access.ensure_roles()
    taxonomy.publish_default(now=now)
    return found
