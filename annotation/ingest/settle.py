"""When an interaction's settle time ends without a signal of a queued kind, that silence becomes a signal too.

Without it there is nothing to compare the other signals with. Where the feature asks for it, a silence in which the
conversation ended counts as `abandoned`; every other one is `no_signal`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from annotation import taxonomy
from annotation.ingest import derived, first, writing
from annotation.ingest.record import NO_SIGNAL
from annotation.ingest.rows import NewSignal
from annotation.lib import evidence
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
        .select_related("feature")[:BATCH]
    )
    silent = _silent(due)
    _write(silent, now)
    Interaction.objects.filter(pk__in=[one.pk for one in due]).update(settle_at=None)
    return len(due)


def _write(silent: Sequence[Interaction], now: datetime) -> None:
    if not silent:
        return
    left = _left(silent)
    texts = first.of_stored([one.pk for one in silent])
    made = [_left_signal(one, texts, now) if one.pk in left else _no_signal(one, texts, now) for one in silent]
    writing.signals(new=[signal for signal, _ in made], now=now)
    writing.evidence_due(interaction_ids=[signal.interaction_id for signal, is_due in made if is_due], now=now)


def _no_signal(one: Interaction, texts: Mapping[int, first.About], now: datetime) -> tuple[NewSignal, bool]:
    return _signal(one, texts, now, name=NO_SIGNAL, kind=NO_SIGNAL, observed_at=one.settle_at or now)


def _left_signal(one: Interaction, texts: Mapping[int, first.About], now: datetime) -> tuple[NewSignal, bool]:
    minutes = one.feature.derive_abandoned_minutes or 0
    kind = derived.ABANDONED
    observed_at = one.occurred_at + timedelta(minutes=minutes)
    return _signal(one, texts, now, name=derived.IDS[kind], kind=kind, observed_at=observed_at, minutes=minutes)


def _signal(
    one: Interaction,
    texts: Mapping[int, first.About],
    now: datetime,
    *,
    name: str,
    kind: str,
    observed_at: datetime,
    minutes: int | None = None,
) -> tuple[NewSignal, bool]:
    """The signal, and whether more than its first evidence is to be told."""
    details = {} if minutes is None else {"minutes": minutes}
    derived_by = None if minutes is None else derived.ABANDONED_BY
    facts: list[first.Stored] = []
    is_due = one.conversation_id is not None
    if about := texts.get(one.pk):
        case = first.case(about, kind=kind, observed_at=observed_at, details=details, derived_by=derived_by)
        facts = first.facts(case)
        is_due = is_due or evidence.tells_more_later(case)
    number, late = one.random_number, False
    signal = NewSignal(one.pk, one.feature_id, number, name, kind, observed_at, now, details, late, facts, derived_by)
    return signal, is_due


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
