"""When an interaction's settle time ends without a signal of a queued kind, that silence becomes a signal too.

Without it there is nothing to compare the other signals with.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotation import taxonomy
from annotation.ingest.record import NO_SIGNAL
from annotation.models import Interaction, Signal
from annotation.queues import fill

BATCH = 1000
# A signal that came in time may still be committing, unseen from here.
GRACE = timedelta(minutes=1)


@transaction.atomic
def settle(*, now: datetime) -> int:
    """Settle the interactions that are due since a minute, oldest first. Returns how many; call again until it is 0."""
    due = list(
        Interaction.objects.filter(settle_at__lte=now - GRACE, erased_at=None)
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
    # A late one is evidence, and breaks no silence.
    heard = Signal.objects.filter(interaction=OuterRef("pk"), kind__in=kinds, is_late=False)
    return list(Interaction.objects.filter(~Exists(heard), pk__in=[one.pk for one in due]).order_by("pk"))
