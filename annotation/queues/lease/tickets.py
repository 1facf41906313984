"""Proof, for an item's form, that the item was handed to this rater: it outlives the lease."""

from __future__ import annotations

from typing import Any

from django.core import signing

from annotation.models import Item, Rater
from annotation.queues.lease.refusals import NotYours

SALT = "annotation.lease"


def ticket(*, rater: Rater, item: Item) -> str:
    return signing.dumps([item.pk, rater.pk], salt=SALT, compress=False)


def check_ticket(*, rater: Rater, item: Item, proof: str) -> None:
    """Raise `NotYours` unless the proof was made for this rater and item."""
    try:
        shown: Any = signing.loads(proof, salt=SALT)
    except signing.BadSignature as error:
        raise NotYours from error
    if shown != [item.pk, rater.pk]:
        raise NotYours
