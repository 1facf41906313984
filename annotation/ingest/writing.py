"""Write new rows, and make the items of new signals: inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from annotation.ingest import copying, rows
from annotation.ingest.rows import NewInteraction, NewSignal
from annotation.models import WaitingSignal
from annotation.queues import fill

INTERACTION = "annotation_interaction"
SIGNAL = "annotation_signal"


def interactions(*, new: Sequence[NewInteraction], now: datetime) -> None:
    """`new` is in the order of its keys, so that two who write the same don't wait for each other in a ring."""
    if not new:
        return
    copying.rows(INTERACTION, rows.INTERACTION_COLUMNS, (one.row(now) for one in new))
    copying.rows("annotation_interactioncontent", rows.CONTENT_COLUMNS, (one.content() for one in new))


def signals(*, new: Sequence[NewSignal], now: datetime) -> None:
    if not new:
        return
    ordered = sorted(new, key=lambda one: (one.interaction_id, one.external_id))
    ids = copying.ids(SIGNAL, len(ordered))
    numbered = list(zip(ids, ordered, strict=True))
    copying.rows(SIGNAL, rows.SIGNAL_COLUMNS, (one.row(pk) for pk, one in numbered))
    details = ((pk, copying.jsonb(one.details)) for pk, one in numbered)
    copying.rows("annotation_signalcontent", rows.DETAIL_COLUMNS, details)
    fill.place(signals=[_placed(pk, one) for pk, one in numbered], now=now)


def no_longer_waiting(attached: Sequence[WaitingSignal]) -> None:
    """Delete what has found its interaction. As one array: thousands may have waited, and parameters are limited."""
    if attached:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM annotation_waitingsignal WHERE id = ANY(%s::bigint[])", [[one.pk for one in attached]]
            )


def _placed(pk: int, one: NewSignal) -> fill.Placed:
    return fill.Placed(
        signal_id=pk,
        interaction_id=one.interaction_id,
        feature_id=one.feature_id,
        kind=one.kind,
        random_number=one.random_number,
        is_late=one.is_late,
    )
