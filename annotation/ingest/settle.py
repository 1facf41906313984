"""When an interaction's settle time ends without a signal of a queued kind, that silence becomes a signal too.

Without it there is nothing to compare the other signals with. Where the feature asks for it, a silence in which the
conversation ended counts as `abandoned`; every other one is `no_signal`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from annotation import taxonomy
from annotation.ingest import derived, raw_facts, writing
from annotation.ingest.record import NO_SIGNAL
from annotation.ingest.rows import NewSignal
from annotation.models import Interaction, Signal

BATCH = 1000
# A signal that came in time may still be committing, unseen from here.
GRACE = timedelta(minutes=1)

LEFT = """
SELECT i.id FROM annotation_interaction i JOIN annotation_feature f ON f.id = i.feature_id
WHERE i.id = ANY(%s::bigint[]) AND i.conversation_id IS NOT NULL AND f.derive_abandoned_minutes IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM annotation_interaction next
        WHERE next.feature_id = i.feature_id AND next.conversation_id = i.conversation_id
            AND next.occurred_at > i.occurred_at
            AND next.occurred_at <= i.occurred_at + make_interval(mins => f.derive_abandoned_minutes)
    )
"""


@transaction.atomic
def settle(*, now: datetime) -> int:
    """Settle the interactions that are due since a minute, oldest first. Returns how many; call again until it is 0."""
    due = list(
        Interaction.objects.filter(settle_at__lte=now - GRACE, erased_at=None)
        .order_by("settle_at")
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("feature", "content")[:BATCH]
    )
    silent = _silent(due)
    _write(silent, now)
    Interaction.objects.filter(pk__in=[one.pk for one in due]).update(settle_at=None)
    return len(due)


def _write(silent: Sequence[Interaction], now: datetime) -> None:
    left = _left(silent)
    made = [raw_facts.edit(one, now) or (_left_signal if one.pk in left else _no_signal)(one, now) for one in silent]
    writing.signals(new=made, now=now)
    writing.evidence_due(due=raw_facts.due(made, {one.pk: one for one in silent}, now))


def _no_signal(one: Interaction, now: datetime) -> NewSignal:
    return raw_facts.signal(one, now, kind=NO_SIGNAL, observed_at=one.settle_at or now, details={}, by=None)


def _left_signal(one: Interaction, now: datetime) -> NewSignal:
    minutes = one.feature.derive_abandoned_minutes or 0
    left_at = one.occurred_at + timedelta(minutes=minutes)
    details = {"minutes": minutes}
    return raw_facts.signal(
        one, now, kind=derived.ABANDONED, observed_at=left_at, details=details, by=derived.ABANDONED_BY
    )


def _silent(due: Sequence[Interaction]) -> list[Interaction]:
    kinds = taxonomy.queued_kinds(taxonomy.current())
    # A late one is evidence, and breaks no silence.
    heard = Signal.objects.filter(interaction=OuterRef("pk"), kind__in=kinds, is_late=False)
    silent = Interaction.objects.filter(~Exists(heard), pk__in=[one.pk for one in due])
    found = set(silent.values_list("pk", flat=True))
    return sorted((one for one in due if one.pk in found), key=lambda one: one.pk)


def _left(silent: Sequence[Interaction]) -> set[int]:
    """Those whose user left: the conversation had no further turn within the feature's minutes."""
    if not any(one.feature.derive_abandoned_minutes for one in silent):
        return set()
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [[one.pk for one in silent]])
        return {pk for (pk,) in cursor.fetchall()}
