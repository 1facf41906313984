"""Conversations of a product that tells, days later, what became of them: made in bulk, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from annotation import audit, rewards
from annotation.models import DelayedOutcome, Feature, Interaction, Signal, SignalContent
from tests.cast import NOW

RESOLVED = "resolved_without_contact"


def conversations(
    of: Feature, count: int, *, good: int, silent: int = 0, kinds: Sequence[str] = (), **changes: Any
) -> None:
    """So many of one turn each, 30 days old, of which `good` ended well, `silent` are not told of, and the rest ended
    badly: all with these early signals. `changes`: of the interactions, or `at`."""
    at: datetime = changes.pop("at", NOW - timedelta(days=30))
    start = Interaction.objects.filter(feature=of).count()
    values = {"feature": of, "model_version": "drafts-1", "occurred_at": at, "ingested_at": at, "random_number": 0.5}
    made = Interaction.objects.bulk_create(
        Interaction(external_id=f"gen_{start + place}", fingerprint=(start + place).to_bytes(16), **values | changes)
        for place in range(count)
    )
    early = at + timedelta(minutes=5)
    Signal.objects.bulk_create(
        Signal(interaction=one, external_id=kind, kind=kind, observed_at=early, ingested_at=early)
        for one in made
        for kind in kinds
    )
    results([(one, place < good) for place, one in enumerate(made[: count - silent])], at=at + timedelta(days=3))


def results(found: Sequence[tuple[Interaction, Any]], *, at: datetime, name: str = RESOLVED) -> None:
    told = Signal.objects.bulk_create(
        Signal(interaction=one, external_id=f"later-{at}", kind="later_result", observed_at=at, ingested_at=at)
        for one, _value in found
    )
    SignalContent.objects.bulk_create(
        SignalContent(signal=signal, details={"name": name, "value": value})
        for signal, (_one, value) in zip(told, found, strict=True)
    )


def named(of: Feature, name: str = RESOLVED, **meaning: Any) -> DelayedOutcome:
    wanted = rewards.Meaning(**({"days": 7} | meaning))
    return rewards.name(feature=of, name=name, meaning=wanted, actor=audit.FLYWHEEL, now=NOW)[0]


def told(outcome: DelayedOutcome, *, now: datetime = NOW) -> rewards.Outcome:
    """As it stands after a night."""
    rewards.measure(outcome_id=outcome.pk, now=now)
    return next(one for one in rewards.report(feature=outcome.feature) if one.name == outcome.name)


def line(found: rewards.Outcome, kind: str) -> rewards.Line:
    return next(one for one in found.lines if one.kind == kind)
