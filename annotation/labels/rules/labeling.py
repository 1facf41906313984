"""The labels of rules are written here: one for each item for which the condition holds, and never a second one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from annotation.labels import locked
from annotation.labels.rules import trial
from annotation.models import Item, Label, RuleVersion


@transaction.atomic
def label(*, version: RuleVersion, item_ids: Sequence[int], now: datetime) -> int:
    """Label those of the items for which the condition holds, and return how many.

    An item that this version has labeled before, or whose label a newer taxonomy has mapped, is passed over.
    """
    held = trial.holding(version, list(item_ids))
    if not held:
        return 0
    # In the order of their ids, as everybody does who locks several items; erasure locks them too.
    items = list(Item.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=held).order_by("pk"))
    left_out = _erased(items) | _labeled(version, held)
    made = Label.objects.bulk_create(
        _label(version, item, now) for item in items if item.pk not in left_out and item.status != Item.Status.WITHDRAWN
    )
    return len(made)


def _erased(items: Sequence[Item]) -> set[int]:
    gone = locked.erased({item.interaction_id for item in items})
    return {item.pk for item in items if item.interaction_id in gone}


def _labeled(version: RuleVersion, item_ids: Sequence[int]) -> set[int]:
    found = Label.objects.filter(item__in=item_ids, rater=version.rater_id)
    return set(found.values_list("item_id", flat=True))


def _label(version: RuleVersion, item: Item, now: datetime) -> Label:
    return Label(
        item=item,
        rater_id=version.rater_id,
        taxonomy_version_id=version.reason.taxonomy_version_id,
        reason=version.reason,
        confidence=version.confidence,
        labeled_at=now,
        received_at=now,
        evidence_version=item.evidence_version,
        submission_id=uuid4(),
    )
