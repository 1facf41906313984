"""Many decided interactions at once, written as they are stored: a world of its own takes milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from annotation.models import (
    ConsensusRevision,
    Feature,
    Interaction,
    InteractionContent,
    Item,
    Queue,
    Reason,
    Signal,
    SignatureDue,
)
from tests.cast import NOW

QUESTION = "Write."


class Row(NamedTuple):
    name: str
    output: Any
    conversation_id: str | None = None
    user_hash: bytes | None = None
    is_evaluation: bool = False
    occurred_at: datetime = NOW
    final_text: str | None = None
    model_version: str = "drafts-1"


def decided(
    feature: Feature,
    rows: Sequence[Row],
    *,
    kind: str = "accepted",
    reason: str = "verified",
    source: str | None = "human",
) -> list[Item]:
    """Each with one item, which is decided without a label."""
    interactions = Interaction.objects.bulk_create(_interaction(feature, row) for row in rows)
    InteractionContent.objects.bulk_create(
        InteractionContent(interaction=one, input=QUESTION, output=row.output, final_text=row.final_text)
        for one, row in zip(interactions, rows, strict=True)
    )
    signals = Signal.objects.bulk_create(
        Signal(interaction=one, external_id="s", kind=kind, observed_at=NOW, ingested_at=NOW) for one in interactions
    )
    queue = Queue.objects.filter(feature=feature).first()
    items = Item.objects.bulk_create(_item(feature, queue, signal) for signal in signals)
    means = Reason.objects.filter(signal_kind=kind, code=reason).order_by("-taxonomy_version__number")[0]
    ConsensusRevision.objects.bulk_create(
        ConsensusRevision(item=item, number=1, reason=means, method="single", label_source=source, resolved_at=NOW)
        for item in items
    )
    if interactions:
        SignatureDue.objects.create(first_id=interactions[0].pk, last_id=interactions[-1].pk)
    return items


def _interaction(feature: Feature, row: Row) -> Interaction:
    return Interaction(
        feature=feature,
        external_id=row.name,
        fingerprint=b"\0" * 16,
        conversation_id=row.conversation_id,
        user_hash=row.user_hash,
        occurred_at=row.occurred_at,
        ingested_at=NOW,
        model_version=row.model_version,
        random_number=0.5,
        is_evaluation=row.is_evaluation,
    )


def _item(feature: Feature, queue: Queue | None, signal: Signal) -> Item:
    return Item(
        public_id=f"item_{signal.pk}",
        feature=feature,
        queue=queue,
        interaction=signal.interaction,
        signal=signal,
        signal_kind=signal.kind,
        purpose=Item.Purpose.BACKFILL,
        status=Item.Status.RESOLVED,
        queued_at=NOW,
        resolved_at=NOW,
    )
