"""Write new rows, and make the items of new signals: inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from django.db import connection

from annotation import copying
from annotation.ingest import rows, signatures
from annotation.ingest.rows import NewInteraction, NewSignal
from annotation.models import WaitingSignal
from annotation.queues import fill
from annotation.queues.routes import Routes

INTERACTION = "annotation_interaction"
SIGNAL = "annotation_signal"
_place = attrgetter("interaction_id", "external_id")


def interactions(*, new: Sequence[NewInteraction], now: datetime) -> None:
    """`new` is in the order of its keys, so that two who write the same don't wait for each other in a ring.

    Its ids are in that order too.
    """
    if not new:
        return
    copying.rows(INTERACTION, rows.INTERACTION_COLUMNS, [one.row(now) for one in new], is_counted=True)
    copying.rows("annotation_interactioncontent", rows.CONTENT_COLUMNS, new, row=NewInteraction.content)
    signatures.due(first_id=new[0].id, last_id=new[-1].id)


def signals(
    *, new: Sequence[NewSignal], now: datetime, ids: Sequence[int] = (), routes: Callable[[], Routes] | None = None
) -> None:
    """`ids`: those taken for them in advance, if they were; `routes` likewise, as `fill.place` takes them."""
    if not new:
        return
    ordered = sorted(new, key=_place)
    numbered = list(zip(ids or copying.ids(**{SIGNAL: len(new)})[SIGNAL], ordered, strict=True))
    copying.rows(SIGNAL, rows.SIGNAL_COLUMNS, [one.row(pk) for pk, one in numbered])
    copying.rows("annotation_signalcontent", rows.DETAIL_COLUMNS, [one.content(pk) for pk, one in numbered])
    fill.place(signals=numbered, now=now, asked=routes)


def evidence_due(*, due: Mapping[int, datetime]) -> None:
    """Ring for the evidence that these interactions change, their own and that of what came before them; and when."""
    if due:
        columns = {"interaction_id": "int8", "due_at": "timestamptz"}
        copying.rows("annotation_evidencedue", columns, sorted(due.items()))


def no_longer_waiting(attached: Sequence[WaitingSignal]) -> None:
    """Delete what has found its interaction. As one array: thousands may have waited, and parameters are limited."""
    if attached:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM annotation_waitingsignal WHERE id = ANY(%s::bigint[])", [[one.pk for one in attached]]
            )
