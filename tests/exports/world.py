"""Interactions that people have decided about, in one line each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from annotation import audit
from annotation.exports import job, request
from annotation.exports.files import shards
from annotation.exports.selection import select
from annotation.exports.wanted import ExportRequest
from annotation.labels import submit
from annotation.models import Export, Feature, Interaction, InteractionContent, Item, Rater, Signal
from annotation.queues import fill
from tests import stock
from tests.cast import NOW

LATER = NOW + timedelta(hours=2)
QUESTION = [{"role": "user", "content": "Write to Ann."}]


def shown(
    feature: Feature,
    *,
    input: Any = QUESTION,
    output: Any = "Dear Ann,\n\nthank you.",
    final_text: str | None = None,
    now: datetime = NOW,
    **fields: Any,
) -> Interaction:
    """One interaction, each with a text of its own so that no two are duplicates."""
    number = Interaction.objects.filter(feature=feature).count() + 1
    values = {
        "external_id": f"gen_{number:06}",
        "fingerprint": number.to_bytes(16),
        "occurred_at": now,
        "ingested_at": now,
        "model_version": "drafts-1",
        "random_number": (number * 0.618034 + 0.05) % 1,
    }
    interaction = Interaction.objects.create(feature=feature, **(values | fields))
    if isinstance(output, str) and output.startswith("Dear"):
        output = f"{output} Yours, number {number}."
    InteractionContent.objects.create(interaction=interaction, input=input, output=output, final_text=final_text)
    return interaction


def waiting(interaction: Interaction, kind: str, *, now: datetime = NOW) -> Item:
    """An open item: the signal is there, and nobody has labeled it."""
    signal = Signal.objects.create(
        interaction=interaction, external_id=f"{kind}-{uuid4()}", kind=kind, observed_at=now, ingested_at=now
    )
    fill.place(signals=[fill.stored(signal)], now=now)
    return Item.objects.get(signal=signal)


def label(item: Item, reason: str, *, by: Rater | None = None, now: datetime = NOW, **answer: Any) -> None:
    said = submit.Answer(reason_code=reason, submission_id=uuid4(), **answer)
    submit.label(rater=by or stock.rater(), item=item, answer=said, now=now)


def decided(feature: Feature, kind: str, reason: str, *, on: Interaction | None = None, **interaction: Any) -> Item:
    """An item with one label, which decides it."""
    item = waiting(on or shown(feature, **interaction), kind)
    label(item, reason)
    item.refresh_from_db()
    return item


def wanted(format: str = "sft", feature: str = "email-drafts", **fields: Any) -> ExportRequest:
    return ExportRequest.model_validate({"feature": feature, "format": format, **fields})


def preview(feature: Feature, format: str = "sft", **fields: Any) -> select.Preview:
    return select.preview(feature=feature, request=wanted(format, feature.slug, **fields))


def asked(feature: Feature, format: str = "sft", *, now: datetime = LATER, **fields: Any) -> Export:
    made, _ = request.create(
        feature=feature,
        request=wanted(format, feature.slug, **fields),
        actor=audit.FLYWHEEL,
        idempotency_key=None,
        now=now,
    )
    return made


def written(export: Export, *, attempt: int) -> str:
    """Its shards, by this worker alone."""
    return shards.write_all(export=export, attempt=attempt, by="test", clock=lambda: LATER, ring=lambda helpers: None)


def made(
    feature: Feature, format: str = "sft", *, now: datetime = LATER, shard_rows: int = select.SHARD_ROWS, **fields: Any
) -> Export:
    """An export, run to its end here and now."""
    export = asked(feature, format, now=now, **fields)
    job.run(export_id=export.pk, by="test", clock=lambda: now, shard_rows=shard_rows)
    export.refresh_from_db()
    return export
