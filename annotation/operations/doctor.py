"""What is set up, what is missing, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from annotation import access, installation, storage
from annotation.errors import Refusal
from annotation.models import ApiToken, Feature, Installation, User
from annotation.operations import connections as planned
from annotation.operations import readiness

DAY = timedelta(days=1)
BACKUP_DAYS = 7
BACK_UP = "manage.py backup --to a folder on another disk, unless you back up otherwise"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at. `next` is what to type or do where something is missing; what is `optional` may be."""

    what: str
    says: str
    next: str = ""
    optional: bool = False

    @property
    def is_well(self) -> bool:
        return not self.next


def findings() -> Iterator[Finding]:
    """In the order in which things are set up. Where the database can't be used, nothing asked of it follows."""
    if "database" in readiness.missing():
        yield Finding(what="database", says="can't be reached", next=readiness.HINTS["database"])
        return
    if behind := _unmigrated():
        yield Finding(what="database", says=f"{behind} steps behind this version", next="manage.py migrate")
        return
    yield _installation()
    yield _servers("broker")
    yield _servers("worker")
    trouble = storage.trouble()
    yield Finding(
        what="storage", says=trouble or "keeps files", next="Mend STORAGE_URL and what it names" * bool(trouble)
    )
    excess = planned.excess()
    said = f"{planned.plan().most} at most, of {planned.limit()}"
    yield Finding(what="connections", says=excess or said, next="Raise max_connections" * bool(excess))
    yield from _people()
    yield from _optional()


def _unmigrated() -> int:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _installation() -> Finding:
    try:
        installation.ensure(now=timezone.now())
    except installation.RestoreUnfinished as unfinished:
        return Finding(what="restore", says=unfinished.message, next="manage.py restore and the backup's folder")
    except Refusal as refusal:
        return Finding(what="HASH_KEY", says=refusal.message, next="Set HASH_KEY to its former value")
    return Finding(what="HASH_KEY", says="is the one that this database was made with")


def _servers(name: str) -> Finding:
    if readiness.CHECKS[name]():
        return Finding(what=name, says="is there")
    return Finding(what=name, says="can't be reached", next=readiness.HINTS[name])


def _people() -> Iterator[Finding]:
    admins = User.objects.filter(groups__name=access.ADMIN, is_active=True).count()
    command = "" if admins else "manage.py add_person --email you@example.com --roles admin"
    yield Finding(what="admins", says=f"{admins}", next=command)
    features = Feature.objects.count()
    command = "" if features else "Sign in as an admin and make one under Manage, or POST /api/v1/features"
    yield Finding(what="features", says=f"{features}", next=command)
    tokens = ApiToken.objects.filter(revoked_at=None, scopes__contains=["ingest"]).count()
    command = "" if tokens else "manage.py create_token --name sender --scopes ingest"
    yield Finding(what="tokens that send", says=f"{tokens}", next=command)


def _optional() -> Iterator[Finding]:
    judge = settings.JUDGE_BASE_URL
    yield Finding(
        what="judges",
        says="have a server to ask" if judge else "have no server to ask",
        next="" if judge else "Set JUDGE_BASE_URL, if a model is to label beside people",
        optional=True,
    )
    proxies = settings.TRUSTED_PROXIES
    is_blind = settings.SECURE_SSL_REDIRECT and not proxies
    said = " (TRUSTED_PROXIES), so that all who come through one count as one place"
    yield Finding(
        what="proxies",
        says=f"{proxies} are trusted{said * is_blind}",
        next="Set TRUSTED_PROXIES to how many there are, if one ends TLS and sets X-Forwarded-For" * is_blind,
        optional=True,
    )
    yield _backups()


def _backups() -> Finding:
    """Those of `manage.py backup`: whoever backs up otherwise need not mind."""
    last = Installation.objects.values_list("backed_up_at", flat=True).first()
    if last is None:
        return Finding(what="backups", says="none was ever made by manage.py backup", next=BACK_UP, optional=True)
    days = (timezone.now() - last) // DAY
    when = "today" if not days else "yesterday" if days == 1 else f"{days} days ago"
    return Finding(
        what="backups", says=f"the last was made {when}", next=BACK_UP * (days >= BACKUP_DAYS), optional=True
    )
