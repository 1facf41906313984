"""Labels made elsewhere: by rules, judges, gold sets, and people who have no account here.

They need no lease. Whoever made them is a rater in a namespace of the sender's, so that none speaks for an account.
People and gold decide; rules and judges are kept beside, to be measured against what people decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from annotation.errors import Refusal
from annotation.labels.imported import writing
from annotation.labels.imported.batch import Batch
from annotation.labels.imported.sent import (
    AmbiguousSignal,
    NotYourRater,
    Sent,
    SignalNotNamed,
    UnknownInteraction,
    UnknownSignal,
    UnknownVersion,
)
from annotation.models import Item, Label, Rater, Reason

__all__ = [
    "AmbiguousSignal",
    "NotYourRater",
    "Said",
    "Sent",
    "SignalNotNamed",
    "UnknownInteraction",
    "UnknownSignal",
    "UnknownVersion",
    "say",
    "store",
]

CHUNK = 200
Answer = Label | Refusal | None


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a judge or rule of our own says about an item whose row the caller has locked. `confidence` is in [0, 1]."""

    item: Item
    reason: Reason
    confidence: float
    explanation: str
    evidence_version: int | None


def say(*, rater: Rater, said: Sequence[Said], now: datetime) -> list[Label | None]:
    """What this rater says of several items, each once. None, and nothing is written, where it has said something about
    the item already."""
    known = Label.objects.filter(item__in=[one.item for one in said], rater=rater, superseded_at=None)
    spoken_of = set(known.values_list("item_id", flat=True))
    labels = [None if one.item.pk in spoken_of else _label(rater, one, now) for one in said]
    writing.create([label for label in labels if label is not None])
    return [label.row if label else None for label in labels]


def store(*, labels: Sequence[Sent], now: datetime) -> Iterator[Answer]:
    """For each label in order: the label made, None for one that is there already, or the refusal.

    Committed in chunks of 200, in one order of items for everybody. An item is decided once by all that a chunk says.
    """
    for start in range(0, len(labels), CHUNK):
        yield from _store(labels[start : start + CHUNK], now)


@transaction.atomic
def _store(labels: Sequence[Sent], now: datetime) -> list[Answer]:
    batch = Batch(labels, now)
    answers = [batch.take(sent) for sent in labels]
    batch.write()
    return answers


def _label(rater: Rater, said: Said, now: datetime) -> writing.New:
    told = {"confidence": said.confidence, "evidence_version": said.evidence_version, "labeled_at": now}
    texts = {"explanation": said.explanation} if said.explanation else {}
    return writing.new(item=said.item, rater=rater, reason=said.reason, told=told, texts=texts, now=now)
