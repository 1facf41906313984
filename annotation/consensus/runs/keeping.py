"""Keep what was found, for the labels to come: each new one decides its item with these figures, until the next run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from annotation import copying
from annotation.consensus.runs.fitting import Found
from annotation.models import ConsensusFit, ConsensusReliability, Queue

COLUMNS = {"fit_id": "int8", "rater_id": "int8", "labels": "int8", "is_known": "bool", "told": "float8[]"}


@transaction.atomic
def keep(*, queue: Queue, found: Sequence[Found], now: datetime) -> None:
    """In place of what the last run found. Nothing found: nobody is weighed in this queue."""
    kinds = [one.signal_kind for one in found]
    ConsensusReliability.objects.filter(fit__queue=queue).delete()
    ConsensusFit.objects.filter(queue=queue).exclude(signal_kind__in=kinds).delete()
    for one in found:
        fit, _ = ConsensusFit.objects.update_or_create(
            queue=queue, signal_kind=one.signal_kind, defaults=_values(one) | {"fitted_at": now}
        )
        rows = [(fit.pk, person.rater_id, person.labels, person.is_known, person.told) for person in one.persons]
        copying.rows("annotation_consensusreliability", COLUMNS, rows)


def _values(one: Found) -> dict[str, Any]:
    same = ("is_used", "why", "reasons", "log_prior", "pooled", "labels", "people", "known", "missing", "shift")
    gold = one.gold
    return {name: getattr(one, name) for name in (*same, "below_chance")} | {
        "gold_items": gold.items if gold else 0,
        "gold_fitted": gold.dawid_skene if gold else None,
        "gold_majority": gold.majority if gold else None,
    }
