"""What signals can turn out to mean: draft, publish (freeze), read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from annotation import audit, loading
from annotation.models import Queue, Reason, SignalKind, TaxonomyVersion
from annotation.taxonomy import default, drafts, kinds


@transaction.atomic
def publish_default(*, now: datetime) -> TaxonomyVersion | None:
    """Publish version 1 in a new installation. Returns None when there is a version already."""
    if TaxonomyVersion.objects.exists():
        return None
    version = TaxonomyVersion.objects.create(number=1, created_at=now, note="The default taxonomy.")
    SignalKind.objects.bulk_create(
        SignalKind(
            taxonomy_version=version, kind=row.kind, polarity=row.polarity, is_queued=row.is_queued, position=position
        )
        for position, row in enumerate(default.KINDS)
    )
    Reason.objects.bulk_create(reason for row in default.KINDS if row.is_queued for reason in _reasons(version, row))
    publish(version=version, actor=audit.FLYWHEEL, now=now)
    return version


@transaction.atomic
def publish(*, version: TaxonomyVersion, actor: audit.Actor, now: datetime, note: str = "") -> None:
    """Freeze a draft. From here on the database refuses any change of the version, its kinds and its reasons.

    Queues that aren't bound to another version ask by it at once. Raises what is in the way (`drafts.check`).
    """
    drafts.lock(version)
    drafts.check(version)
    version.published_at = now
    version.published_by = actor.user
    version.note = note or version.note
    version.save(update_fields=["published_at", "published_by", "note"])
    audit.record(actor=actor, verb="taxonomy.published", target=("taxonomy_version", version.number), now=now)


CURRENT: Final = """
SELECT id FROM annotation_taxonomyversion WHERE published_at IS NOT NULL ORDER BY number DESC LIMIT 1
"""
"""The id of what `current` returns, as a part of a statement."""


def current() -> TaxonomyVersion:
    """The latest published version. Raises TaxonomyVersion.DoesNotExist where none was published yet."""
    found = loading.rows(TaxonomyVersion, f"t.id = ({CURRENT})", [])
    if not found:
        raise TaxonomyVersion.DoesNotExist
    return found[0]


def of_queue(queue: Queue) -> TaxonomyVersion:
    """The version that a queue's labels name: its own if it is bound to one, else the latest."""
    return queue.taxonomy_version or current()


def reasons(*, version: TaxonomyVersion, kind: str) -> Sequence[Reason]:
    """The reasons of a kind of signal, in the order in which people choose. Of a published version all share them."""
    if version.published_at is None:
        return tuple(_read(version.pk, kind))
    return _frozen(version.pk, version.published_at, kind)


@lru_cache(maxsize=256)
def _frozen(version: int, published_at: datetime, kind: str) -> Sequence[Reason]:
    # What was published never changes, so one process reads it once. The time tells apart versions of two databases.
    return tuple(_read(version, kind))


def _read(version: int, kind: str) -> QuerySet[Reason]:
    return Reason.objects.filter(taxonomy_version=version, signal_kind=kind).select_related("taxonomy_version")


def queued_kinds(version: TaxonomyVersion) -> frozenset[str]:
    """The kinds of signals that people are asked about."""
    return frozenset(version.kinds.filter(is_queued=True).values_list("kind", flat=True))


def _reasons(version: TaxonomyVersion, row: default.KindRow) -> list[Reason]:
    own = zip(row.reasons, default.OWN_KEYS, strict=False)
    common = zip(default.COMMON, default.COMMON_KEYS, strict=True)
    return kinds.reasons(version=version, kind=row.kind, keyed=[*own, *common])
