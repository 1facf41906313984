"""Make the signals that rules derive, of interactions about which the sender said nothing (the rules: `derived`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from annotation.ingest import derived, first, writing
from annotation.ingest.rows import NewSignal
from annotation.lib import evidence
from annotation.lib.evidence import Case
from annotation.models import Interaction


def derive(*, interaction_ids: Collection[int], now: datetime) -> None:
    """Make `edited` of those that came with the text that was kept, and have waited long enough for a signal."""
    silent = Interaction.objects.filter(
        Q(ingested_at__lte=now - derived.PATIENCE) | Q(settle_at__lte=now),
        pk__in=interaction_ids,
        signals=None,
        settle_at__isnull=False,
        content__final_text__isnull=False,
    )
    made = [edit(one, now) for one in silent.select_related("feature", "content").order_by("pk")]
    writing.signals(new=[one for one in made if one is not None], now=now)


def edit(one: Interaction, now: datetime) -> NewSignal | None:
    """The `edited` that its texts tell of, if they do."""
    content = getattr(one, "content", None)
    if content is None:
        return None
    details = derived.edited(feature=one.feature, output=content.output, final=content.final_text)
    if details is None:
        return None
    return signal(one, now, kind=derived.EDITED, observed_at=one.occurred_at, details=details, by=derived.EDITED_BY)


def signal(
    one: Interaction, now: datetime, *, kind: str, observed_at: datetime, details: dict[str, Any], by: str | None
) -> NewSignal:
    """A signal of Flywheel's own, with its first evidence. `by`: the rule that derived it, if one did."""
    name = kind if by is None else derived.IDS[kind]
    facts = first.facts(case(one, kind=kind, observed_at=observed_at, details=details, by=by))
    return NewSignal(one.pk, one.feature_id, one.random_number, name, kind, observed_at, now, details, False, facts, by)


def due(signals: Iterable[NewSignal], interactions: dict[int, Interaction], now: datetime) -> dict[int, datetime]:
    """Of these signals' interactions those whose evidence may tell more."""
    return {one.interaction_id: now for one in signals if _tells_more(one, interactions[one.interaction_id])}


def _tells_more(made: NewSignal, one: Interaction) -> bool:
    if one.conversation_id is not None:
        return True
    found = case(one, kind=made.kind, observed_at=made.observed_at, details=made.details, by=made.derived_by)
    return evidence.tells_more_later(found)


def case(one: Interaction, *, kind: str, observed_at: datetime, details: dict[str, Any], by: str | None) -> Case:
    about = first.of_interaction(one)
    return first.case(about, kind=kind, observed_at=observed_at, details=details, derived_by=by)
