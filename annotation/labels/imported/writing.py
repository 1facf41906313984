"""Labels and what was written beside them, many by two statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from annotation.models import Item, Label, LabelContent, Rater, Reason


@dataclass(frozen=True)
class New:
    """A label that is not stored yet, and the texts beside it by their fields."""

    row: Label
    texts: Mapping[str, str]


def new(
    *, item: Item, rater: Rater, reason: Reason, told: Mapping[str, Any], texts: Mapping[str, str], now: datetime
) -> New:
    row = Label(
        item=item,
        rater=rater,
        taxonomy_version_id=reason.taxonomy_version_id,
        reason=reason,
        received_at=now,
        submission_id=uuid4(),
        **told,
    )
    return New(row, texts)


def create(labels: Sequence[New]) -> None:
    """Store them, in this order."""
    Label.objects.bulk_create([label.row for label in labels])
    LabelContent.objects.bulk_create([LabelContent(label=label.row, **label.texts) for label in labels if label.texts])
