"""Publish a draft and ask for its labels to be mapped; ask for what is left; end it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from annotation import audit, jobs, taxonomy
from annotation.errors import Refusal
from annotation.labels.remap import effects
from annotation.models import Remap, TaxonomyVersion


class RemapRunning(Refusal):
    """Labels are being mapped to version {number} just now, {done} of {total} so far. Wait until that has ended, or
    cancel it; what it has not reached then is mapped by the next one."""

    code = "remap_running"
    status = 409


class NothingToMap(Refusal):
    """No label is left to be mapped: all of them stand under version {number}, or mean the same there."""

    code = "nothing_to_map"
    status = 409


class RemapEnded(Refusal):
    """This mapping of labels has ended already: it is {status}. Nothing was changed."""

    code = "ended"
    status = 409


@transaction.atomic
def publish(*, version: TaxonomyVersion, note: str, actor: audit.Actor, now: datetime) -> Remap | None:
    """Make a draft the current version, and ask for its labels to be mapped. None: there is nothing to map."""
    _close_the_door()
    taxonomy.publish(version=version, actor=actor, now=now, note=note)
    return _ask(version, actor, now)


@transaction.atomic
def start(*, actor: audit.Actor, now: datetime) -> Remap:
    """Map what still stands under an earlier version: a mapping was cancelled, or labels came from outside since."""
    _close_the_door()
    version = taxonomy.current()
    asked = _ask(version, actor, now)
    if asked is None:
        raise NothingToMap(number=version.number)
    return asked


@transaction.atomic
def cancel(*, remap: Remap, actor: audit.Actor, now: datetime) -> Remap:
    """End it. One that a worker is at ends after the batch that it is at; what was mapped until then stays."""
    locked = Remap.objects.select_for_update(of=["self"]).select_related("taxonomy_version").get(pk=remap.pk)
    if jobs.cancel(locked, ended=RemapEnded, now=now):
        record(locked, "remap.cancelled", actor=actor, now=now)
    return locked


def running() -> Remap | None:
    return Remap.objects.filter(status__in=jobs.UNFINISHED).select_related("taxonomy_version").first()


def record(remap: Remap, verb: str, *, actor: audit.Actor, now: datetime) -> None:
    data = {"version": remap.taxonomy_version.number, "mapped": remap.mapped, "again": remap.again}
    audit.record(actor=actor, verb=verb, target=("remap", remap.pk), now=now, data=data)


def _close_the_door() -> None:
    """One at a time publishes or asks for a mapping: the current version's row is locked. Raises RemapRunning."""
    TaxonomyVersion.objects.select_for_update().filter(published_at__isnull=False).latest("number")
    if found := running():
        done = f"{found.mapped + found.again:,}"
        raise RemapRunning(number=found.taxonomy_version.number, done=done, total=f"{found.labels_total:,}")


def _ask(version: TaxonomyVersion, actor: audit.Actor, now: datetime) -> Remap | None:
    total = effects.count(effects.plan(version).keys(), version=version).total()
    if not total:
        return None
    asked = Remap.objects.create(taxonomy_version=version, requested_by=actor.user, created_at=now, labels_total=total)
    record(asked, "remap.asked", actor=actor, now=now)
    return asked
