"""Ask for an erasure, and bring it to its end.

A user may have a hundred thousand interactions, so they are forgotten in batches, each a transaction that keeps the
feature's senders waiting for a moment only. The row is the job: whoever asks does what fits into the time that an
answer may take, and a worker goes on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import F
from psycopg.errors import LockNotAvailable

from annotation import audit, loading
from annotation.erasure import forget, log
from annotation.erasure.forget import Forgotten
from annotation.errors import Refusal
from annotation.exports import erased
from annotation.ingest import gate, identity
from annotation.jobs import Clock
from annotation.models import Erasure, Feature

BATCH = 250
ANSWER_SECONDS = 20.0
WORKER_SECONDS = 300.0
SILENT_AFTER = timedelta(seconds=60)
LOCK_TIMEOUT = "15s"
COUNTED = ("interactions", "signals", "waiting_signals", "items_withdrawn", "labels_kept", "label_texts")

# What happened later is new data, however long this takes.
OF_USER = """
    SELECT id, external_id FROM annotation_interaction
    WHERE feature_id = %(feature)s AND user_hash = %(hash)s AND occurred_at <= %(asked_at)s
    ORDER BY id LIMIT %(batch)s FOR UPDATE
"""

# All that is here when it is asked for happened before, whatever the clocks of several servers say.
LAST_OF_USER = """
    SELECT max(occurred_at) FROM annotation_interaction WHERE feature_id = %(feature)s AND user_hash = %(hash)s
"""

NAMED = """
    SELECT id, external_id FROM annotation_interaction
    WHERE feature_id = %(feature)s AND external_id = %(name)s FOR UPDATE
"""


class Busy(Refusal):
    """A dataset of this feature is being selected, or much is being sent, and the erasure could not begin. Nothing was
    erased. Send it again in a minute."""

    code = "busy"
    status = 503


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Who or what is to be forgotten. `name` is the interaction's id as the sender knows it; a user has none here."""

    feature: Feature
    kind: str
    hash: bytes
    name: str | None = None


def user(*, feature: Feature, user_key: str) -> Subject:
    digest = identity.user_hash(feature=feature.slug, user_key=user_key)
    return Subject(feature=feature, kind=Erasure.Subject.USER, hash=digest)


def interaction(*, feature: Feature, interaction_id: str) -> Subject:
    digest = identity.tombstone(feature=feature.slug, interaction_id=interaction_id)
    return Subject(feature=feature, kind=Erasure.Subject.INTERACTION, hash=digest, name=interaction_id)


def erase(
    *, subject: Subject, actor: audit.Actor, clock: Clock, seconds: float = ANSWER_SECONDS, batch: int = BATCH
) -> Erasure:
    """Forget it everywhere. Asked again, what came since is forgotten too, and the row tells of all together.

    Where there is too much for `seconds`, `finished_at` is still null and a worker goes on. Raises Busy, NotLogged.
    """
    try:
        erasure = _ask(subject, actor, clock())
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Busy from error
        raise
    go_on(erasure_id=erasure.pk, clock=clock, seconds=seconds, batch=batch)
    return Erasure.objects.select_related("feature").get(pk=erasure.pk)


def go_on(*, erasure_id: int, clock: Clock, seconds: float = WORKER_SECONDS, batch: int = BATCH) -> None:
    """Do what is left of it, for about so many seconds. Harmless when others are at it too, or when it is done."""
    erasure = Erasure.objects.select_related("feature").get(pk=erasure_id)
    until = time.monotonic() + seconds
    try:
        while erasure.subject == Erasure.Subject.USER and _forget_some(erasure, clock(), batch):
            if time.monotonic() > until:
                return
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return
        raise
    erased.delete_files(erasure.exports.all())
    _finish(erasure, clock())


def unfinished(*, now: datetime) -> list[int]:
    """Those that nobody works on: whoever asked has left them to a worker, or died."""
    silent = Erasure.objects.filter(finished_at=None, touched_at__lt=now - SILENT_AFTER)
    return list(silent.order_by("pk").values_list("pk", flat=True))


def note(erasure: Erasure, done: Forgotten, now: datetime) -> None:
    """Add what a batch did to the row, in the batch's transaction."""
    erasure.exports.add(*done.exports)
    counts = {name: F(name) + getattr(done, name) for name in COUNTED}
    mates = sorted({*erasure.mates, *done.mates})[:1000]
    Erasure.objects.filter(pk=erasure.pk).update(**counts, mates=mates, touched_at=now)


@transaction.atomic
def _ask(subject: Subject, actor: audit.Actor, now: datetime) -> Erasure:
    """Write the job down. An interaction is forgotten at once: its id is known only now."""
    _have_alone(subject.feature)
    ((last,),) = loading.fetched(LAST_OF_USER, {"feature": subject.feature.pk, "hash": subject.hash})
    asked_at = max(now, last or now)
    asked = {"asked_at": asked_at, "asked_by": actor.user, "token": actor.token, "touched_at": now, "finished_at": None}
    erasure, _ = Erasure.objects.update_or_create(
        feature=subject.feature,
        subject=subject.kind,
        subject_hash=subject.hash,
        defaults=asked,
        create_defaults=asked | {"first_asked_at": now},
    )
    if subject.name is not None:
        _forget_named(erasure, subject.name, now)
    else:
        forget.parts_of_user(subject.hash)
    data = {"subject": subject.kind, "hash": subject.hash.hex()}
    target = ("erasure", erasure.pk)
    audit.record(actor=actor, verb="erasure.asked", target=target, feature=subject.feature, now=now, data=data)
    _log(erasure, [subject.hash] if subject.name is not None else [])
    return erasure


def _forget_named(erasure: Erasure, name: str, now: datetime) -> None:
    found = loading.fetched(NAMED, {"feature": erasure.feature_id, "name": name})
    if found:
        note(erasure, forget.batch(feature=erasure.feature, found=found, user_hash=None, now=now)[1], now)
        return
    tombstone = bytes(erasure.subject_hash)
    waited = forget.bury(feature=erasure.feature, names=[name], tombstones=[tombstone], now=now)
    Erasure.objects.filter(pk=erasure.pk).update(waiting_signals=F("waiting_signals") + waited)
    erasure.exports.add(*_that_held(erasure, tombstone))


def _that_held(erasure: Erasure, tombstone: bytes) -> list[int]:
    """For what was erased before, with its user: the exports that have rows of it."""
    found = loading.fetched(NAMED, {"feature": erasure.feature_id, "name": forget.stand_in(tombstone)})
    return erased.holding([pk for pk, _ in found])


@transaction.atomic
def _forget_some(erasure: Erasure, now: datetime, batch: int) -> bool:
    """Forget the next batch of a user's interactions. False: none was left."""
    _have_alone(erasure.feature)
    user_hash = bytes(erasure.subject_hash)
    erasure.refresh_from_db(fields=["asked_at", "mates"])
    values = {"feature": erasure.feature_id, "hash": user_hash, "asked_at": erasure.asked_at, "batch": batch}
    found = loading.fetched(OF_USER, values)
    if not found:
        return False
    tombstones, done = forget.batch(feature=erasure.feature, found=found, user_hash=user_hash, now=now)
    note(erasure, done, now)
    _log(erasure, tombstones)
    return True


def _have_alone(feature: Feature) -> None:
    """Datasets that are being selected first: they may take long, and senders should not wait for them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
    erased.have_alone(feature.pk)
    gate.have_alone([feature.pk])


def _log(erasure: Erasure, tombstones: list[bytes]) -> None:
    """Before the transaction ends: what is noted and then not done is done when it is asked for again, or replayed."""
    entry = log.Entry(
        feature=erasure.feature.slug,
        subject=erasure.subject,
        hash=bytes(erasure.subject_hash),
        at=erasure.asked_at,
        tombstones=tombstones,
    )
    log.write(entry)


@transaction.atomic
def _finish(erasure: Erasure, now: datetime) -> None:
    if not Erasure.objects.filter(pk=erasure.pk, finished_at=None).update(finished_at=now, touched_at=now):
        return
    erasure.refresh_from_db()
    data = {name: getattr(erasure, name) for name in COUNTED}
    held = sorted(erasure.exports.values_list("public_id", flat=True))
    audit.record(
        actor=audit.FLYWHEEL,
        verb="erasure.finished",
        target=("erasure", erasure.pk),
        feature=erasure.feature,
        now=now,
        data={**data, "exports": held},
    )
