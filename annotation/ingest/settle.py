"""When an interaction's settle time ends without a signal of a queued kind, that silence becomes a signal too.

Without it there is nothing to compare the other signals with.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotation import taxonomy
from annotation.ingest.record import NO_SIGNAL
from annotation.models import Interaction, Signal
from annotation.queues import fill

BATCH = 1000


@transaction.atomic
def settle(*, now: datetime) -> int:
    """Settle the interactions that are due, oldest first. Returns how many; call again until it is 0."""
    due = list(
        Interaction.objects.filter(settle_at__lte=now, erased_at=None)
        .order_by("settle_at")
        .select_for_update(skip_locked=True)[:BATCH]
    )
    silent = _silent(due)
    signals = Signal.objects.bulk_create(
        Signal(
            interaction=one, external_id=NO_SIGNAL, kind=NO_SIGNAL, observed_at=one.settle_at or now, ingested_at=now
        )
        for one in silent
    )
    fill.place(signals=[fill.Placed.of(signal) for signal in signals], now=now)
    Interaction.objects.filter(pk__in=[one.pk for one in due]).update(settle_at=None)
    return len(due)


def _silent(due: Sequence[Interaction]) -> list[Interaction]:
    kinds = taxonomy.queued_kinds(taxonomy.current())
    heard = Signal.objects.filter(interaction=OuterRef("pk"), kind__in=kinds)
    return list(Interaction.objects.filter(~Exists(heard), pk__in=[one.pk for one in due]).order_by("pk"))
