"""Apply the log to a database that was restored from an older state: what was erased since is erased again.

By its user, what happened until the erasure was asked for; by its tombstone, each interaction. What a user sent after
an erasure is new, and stays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from annotation import loading
from annotation.erasure import forget, log, run
from annotation.exports import erased
from annotation.ingest import gate, identity
from annotation.jobs import Clock
from annotation.models import Erasure, Feature, Interaction, Tombstone, WaitingSignal

CHUNK = 2000

Of = tuple[str, bytes]
"""The subject of an erasure, and its hash."""

SCAN = """
    SELECT id, external_id FROM annotation_interaction
    WHERE feature_id = %(feature)s AND id > %(after)s AND erased_at IS NULL ORDER BY id LIMIT %(chunk)s
"""

LOCK = """
    SELECT id, external_id FROM annotation_interaction
    WHERE id = ANY(%(ids)s::bigint[]) AND erased_at IS NULL ORDER BY id FOR UPDATE
"""


@dataclass(kw_only=True)
class Replayed:
    """`tombstones`: those that the restored database lacked."""

    erasures: int = 0
    interactions: int = 0
    tombstones: int = 0
    unknown_features: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class _Logged:
    """What the log says of one feature. `since`: by erasure, when it was asked for last."""

    since: dict[Of, datetime] = field(default_factory=dict)
    first: dict[Of, datetime] = field(default_factory=dict)
    buried: dict[bytes, Of] = field(default_factory=dict)

    def add(self, entry: log.Entry) -> None:
        of = entry.subject, entry.hash
        self.since[of] = max(entry.at, self.since.get(of, entry.at))
        self.first[of] = min(entry.at, self.first.get(of, entry.at))
        self.buried |= dict.fromkeys(entry.tombstones, of)


def replay(*, clock: Clock, is_whole: bool = True) -> Replayed:
    """Erase again. Harmless when repeated. Raises OSError where the log can't be read, Busy, FilesLeft.

    Not `is_whole`: only what this database doesn't know, since database and files were restored together.
    """
    logged: dict[str, _Logged] = {}
    for entry in log.entries():
        logged.setdefault(entry.feature, _Logged()).add(entry)
    features = {feature.slug: feature for feature in Feature.objects.filter(slug__in=logged)}
    done = Replayed(unknown_features=sorted(logged.keys() - features.keys()))
    for slug, feature in sorted(features.items()):
        told = logged[slug] if is_whole else _unknown(feature, logged[slug])
        if told.since:
            _of_feature(feature, told, done, clock)
    return done


def _unknown(feature: Feature, told: _Logged) -> _Logged:
    """Without the erasures that have ended here, and whose tombstones are all here."""
    ended = Erasure.objects.filter(feature=feature).exclude(finished_at=None)
    until = {(one.subject, bytes(one.subject_hash)): one.asked_at for one in ended}
    hashes = Tombstone.objects.filter(feature=feature).values_list("external_id_hash", flat=True)
    here = {bytes(one) for one in hashes.iterator(chunk_size=CHUNK)}
    late = {of for of, at in told.since.items() if of not in until or until[of] < at}
    late |= {of for tombstone, of in told.buried.items() if tombstone not in here}
    return _Logged(
        since={of: told.since[of] for of in late},
        first={of: told.first[of] for of in late},
        buried={tombstone: of for tombstone, of in told.buried.items() if of in late},
    )


def _of_feature(feature: Feature, told: _Logged, done: Replayed, clock: Clock) -> None:
    """The tombstones first: from then on nothing of it comes in again."""
    erasures = {of: _row(feature, of, told) for of in told.since}
    done.erasures += len(erasures)
    done.tombstones += _bury(feature, told)
    _drop_waiting(feature, told)
    before = _here(feature)
    for of, erasure in erasures.items():
        if of[0] == Erasure.Subject.USER:
            _bring_to_its_end(erasure, clock)
    for of, ids in _buried_here(feature, told).items():
        _forget(feature, erasures[of], ids, clock)
    for erasure in erasures.values():
        _bring_to_its_end(erasure, clock)
    done.interactions += before - _here(feature)


def _here(feature: Feature) -> int:
    return Interaction.objects.filter(feature=feature, erased_at=None).count()


def _bring_to_its_end(erasure: Erasure, clock: Clock) -> None:
    run.go_on(erasure_id=erasure.pk, clock=clock, seconds=math.inf)
    if Erasure.objects.filter(pk=erasure.pk, finished_at=None).exists():
        raise run.Busy


def _row(feature: Feature, of: Of, told: _Logged) -> Erasure:
    """The erasure's own row, which the restored database may lack. Unfinished until its files are deleted again."""
    at = told.since[of]
    erasure, created = Erasure.objects.get_or_create(
        feature=feature,
        subject=of[0],
        subject_hash=of[1],
        defaults={"first_asked_at": told.first[of], "asked_at": at, "touched_at": at},
    )
    if not created:
        later = max(at, erasure.asked_at)
        Erasure.objects.filter(pk=erasure.pk).update(asked_at=later, touched_at=later, finished_at=None)
    return erasure


@transaction.atomic
def _bury(feature: Feature, told: _Logged) -> int:
    gate.have_alone([feature.pk])
    buried = [
        Tombstone(feature=feature, external_id_hash=tombstone, erased_at=told.since[of])
        for tombstone, of in sorted(told.buried.items())
    ]
    before = Tombstone.objects.filter(feature=feature).count()
    Tombstone.objects.bulk_create(buried, ignore_conflicts=True, batch_size=CHUNK)
    return Tombstone.objects.filter(feature=feature).count() - before


def _buried_here(feature: Feature, told: _Logged) -> dict[Of, list[int]]:
    """What is still here of what the log buried. A tombstone can only be looked for by making it anew of each id."""
    found: dict[Of, list[int]] = {}
    after = 0
    while chunk := loading.fetched(SCAN, {"feature": feature.pk, "after": after, "chunk": CHUNK}):
        for pk, name in chunk:
            of = told.buried.get(identity.tombstone(feature=feature.slug, interaction_id=name))
            if of is not None:
                found.setdefault(of, []).append(pk)
        after = chunk[-1][0]
    return found


def _drop_waiting(feature: Feature, told: _Logged) -> None:
    """Signals that waited in the restored database for what is never taken again."""
    waiting = WaitingSignal.objects.filter(feature=feature)
    names = waiting.values_list("interaction_external_id", flat=True).distinct()
    gone = [name for name in names if identity.tombstone(feature=feature.slug, interaction_id=name) in told.buried]
    waiting.filter(interaction_external_id__in=gone).delete()


def _forget(feature: Feature, erasure: Erasure, ids: Sequence[int], clock: Clock) -> None:
    for start in range(0, len(ids), run.BATCH):
        _forget_batch(feature, erasure, ids[start : start + run.BATCH], clock())


@transaction.atomic
def _forget_batch(feature: Feature, erasure: Erasure, ids: Sequence[int], now: datetime) -> None:
    erased.have_alone(feature.pk)
    gate.have_alone([feature.pk])
    found = [(pk, name) for pk, name in loading.fetched(LOCK, {"ids": list(ids)})]
    erasure.refresh_from_db(fields=["mates"])
    of_user = bytes(erasure.subject_hash) if erasure.subject == Erasure.Subject.USER else None
    _, forgotten = forget.batch(feature=feature, found=found, user_hash=of_user, now=now)
    run.note(erasure, forgotten, now)
