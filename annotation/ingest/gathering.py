"""Evidence anew: where a later turn or signal changes what is known, the worker writes a further version.

Ingest rings (`EvidenceDue`) for each interaction that may change evidence, its own or that of the turns before it.
Here the bells of a batch are answered with few reads, whatever its size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from annotation.ingest import first, gate, raw_facts
from annotation.lib import changes, evidence, messages
from annotation.lib.evidence import Case, OtherSignal, Turn
from annotation.models import Evidence, EvidenceDue, Interaction, Signal
from annotation.queues import fill

BATCH = 200
AROUND = 40
"""Turns of the conversation that are read on either side of the judged one."""

# What a bell changes: its own interaction, the turns before it, and the answers that replaced each other.
CHANGED = """
WITH rung AS (
    SELECT id, feature_id, external_id, conversation_id, occurred_at, replaces
    FROM annotation_interaction WHERE id = ANY(%(rung)s::bigint[])
)
SELECT id FROM rung
UNION
SELECT before.id FROM rung CROSS JOIN LATERAL (
    SELECT i.id FROM annotation_interaction i
    WHERE i.feature_id = rung.feature_id AND i.conversation_id = rung.conversation_id
        AND i.occurred_at <= rung.occurred_at
    ORDER BY i.occurred_at DESC LIMIT %(around)s
) before
UNION
SELECT i.id FROM rung JOIN annotation_interaction i
    ON i.feature_id = rung.feature_id AND i.external_id = rung.replaces
UNION
SELECT i.id FROM rung JOIN annotation_interaction i
    ON i.feature_id = rung.feature_id AND i.replaces = rung.external_id
"""

AROUND_THEM = """
SELECT target.id, near.id FROM annotation_interaction target CROSS JOIN LATERAL (
    (SELECT i.id FROM annotation_interaction i
     WHERE i.feature_id = target.feature_id AND i.conversation_id = target.conversation_id
        AND (i.occurred_at, i.id) < (target.occurred_at, target.id)
     ORDER BY i.occurred_at DESC, i.id DESC LIMIT %(around)s)
    UNION ALL
    (SELECT i.id FROM annotation_interaction i
     WHERE i.feature_id = target.feature_id AND i.conversation_id = target.conversation_id
        AND (i.occurred_at, i.id) > (target.occurred_at, target.id)
     ORDER BY i.occurred_at, i.id LIMIT %(around)s)
) near
WHERE target.id = ANY(%(targets)s::bigint[])
"""

INSTEAD = """
SELECT target.id, i.id FROM annotation_interaction target JOIN annotation_interaction i
    ON i.feature_id = target.feature_id AND i.replaces = target.external_id
WHERE target.id = ANY(%(targets)s::bigint[]) ORDER BY i.occurred_at DESC, i.id DESC
"""

# In one order for everybody. Who waits here sees afterwards what the other one wrote.
LOCK = "SELECT id FROM annotation_signal WHERE interaction_id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"


@transaction.atomic
def refresh(*, now: datetime) -> int:
    """Answer the oldest bells that are due. Returns how many; call again until it is 0."""
    due = EvidenceDue.objects.filter(due_at__lte=now).order_by("pk")
    bells = list(due.select_for_update(skip_locked=True)[:BATCH])
    if not bells:
        return 0
    rung = [bell.interaction_id for bell in bells]
    targets = _column(CHANGED, rung=rung, around=AROUND + 1)
    # Nothing is erased meanwhile: else a quote of it could be written after it was forgotten.
    gate.share(Interaction.objects.filter(pk__in=targets).values_list("feature_id", flat=True).distinct())
    raw_facts.derive(interaction_ids=rung, now=now)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [targets])
    _write(_Stored(targets), now)
    EvidenceDue.objects.filter(pk__in=[bell.pk for bell in bells]).delete()
    return len(bells)


@dataclass(slots=True)
class _Stored:
    """All that the evidence of some interactions rests on."""

    targets: Sequence[int]
    around: dict[int, list[int]] = field(init=False)
    instead: dict[int, int] = field(init=False)
    interactions: dict[int, Interaction] = field(init=False)
    signals: dict[int, list[Signal]] = field(init=False)

    def __post_init__(self) -> None:
        self.around = defaultdict(list)
        for target, near in _pairs(AROUND_THEM, targets=self.targets, around=AROUND):
            self.around[target].append(near)
        self.instead = dict(_pairs(INSTEAD, targets=self.targets))
        ids = {*self.targets, *self.instead.values(), *(near for found in self.around.values() for near in found)}
        rows = Interaction.objects.filter(pk__in=ids, content__isnull=False).select_related("content")
        self.interactions = {one.pk: one for one in rows}
        self.signals = defaultdict(list)
        found = Signal.objects.filter(interaction_id__in=ids).select_related("content").order_by("observed_at", "pk")
        for signal in found:
            self.signals[signal.interaction_id].append(signal)

    def turns(self, interaction: Interaction) -> tuple[list[Interaction], list[Interaction]]:
        """The turns before and after it, each in the order of time."""
        near = [self.interactions[pk] for pk in self.around[interaction.pk] if pk in self.interactions]
        near.sort(key=_place)
        here = _place(interaction)
        return [one for one in near if _place(one) < here], [one for one in near if _place(one) > here]

    def replaced_by(self, interaction: Interaction) -> str | None:
        other = self.interactions.get(self.instead.get(interaction.pk, 0))
        return None if other is None else messages.text_of(other.content.output)


def _write(stored: _Stored, now: datetime) -> None:
    signals = [signal for pk in stored.targets if pk in stored.interactions for signal in stored.signals[pk]]
    latest = _latest(signals)
    made = []
    for signal in signals:
        case = _case(signal, stored)
        facts = [[fact.code, fact.figures] for fact in evidence.facts(case)]
        version, known = latest[signal.pk]
        if facts != known:
            changes = _changes(case)
            made.append(Evidence(signal=signal, version=version + 1, facts=facts, changes=changes, computed_at=now))
    Evidence.objects.bulk_create(made)
    fill.has_evidence(versions={one.signal_id: one.version for one in made})


def _latest(signals: Iterable[Signal]) -> dict[int, tuple[int, Any]]:
    """By signal: the number of its latest version, and its facts."""
    found: dict[int, tuple[int, Any]] = {}
    for signal in signals:
        found[signal.pk] = 1, signal.content.facts if hasattr(signal, "content") else None
    later = Evidence.objects.filter(signal_id__in=found).order_by("version")
    found.update((pk, (version, facts)) for pk, version, facts in later.values_list("signal_id", "version", "facts"))
    return found


def _case(signal: Signal, stored: _Stored) -> Case:
    interaction = stored.interactions[signal.interaction_id]
    earlier, following = stored.turns(interaction)
    content = interaction.content
    found = first.case(
        first.About(interaction.occurred_at, content.output, content.final_text, first.exposure_of(interaction)),
        kind=signal.kind,
        observed_at=signal.observed_at,
        details=signal.content.details if hasattr(signal, "content") else {},
        derived_by=signal.derived_by,
    )
    found.later = [turn(one) for one in following] if interaction.conversation_id else None
    found.later_signals = _other_signals(signal, [interaction, *following], stored)
    found.earlier_user_texts = messages.texts_of(before(interaction, earlier), "user")
    found.replaced_by = stored.replaced_by(interaction)
    return found


def before(interaction: Interaction, earlier: Sequence[Interaction]) -> list[messages.Message]:
    """The input as sent. A plain string says nothing of what came before, so earlier interactions are put in front."""
    sent = interaction.content.input
    own = [] if sent is None else messages.as_messages(sent, "user")
    if isinstance(sent, list):
        return own
    return [message for one in earlier for message in _exchange(one)] + own


def turn(interaction: Interaction) -> Turn:
    return Turn(
        at=interaction.occurred_at,
        user_text=_asked(interaction),
        answer_text=messages.text_of(interaction.content.output),
    )


def _exchange(interaction: Interaction) -> list[messages.Message]:
    asked = _asked(interaction)
    question: list[messages.Message] = [{"role": "user", "content": asked}] if asked else []
    return question + messages.as_messages(interaction.content.output, "assistant")


def _asked(interaction: Interaction) -> str:
    """What the user wrote for this answer: the last of the user's messages."""
    texts = messages.texts_of(interaction.content.input, "user")
    return texts[-1] if texts else ""


def _other_signals(signal: Signal, interactions: Iterable[Interaction], stored: _Stored) -> list[OtherSignal]:
    rows = [one for interaction in interactions for one in stored.signals[interaction.pk] if one.pk != signal.pk]
    rows.sort(key=lambda one: (one.observed_at, one.pk))
    return [_other_signal(one) for one in rows if one.kind != "no_signal"]


def _other_signal(row: Signal) -> OtherSignal:
    name = row.content.details.get("name") if hasattr(row, "content") else None
    return OtherSignal(kind=row.kind, at=row.observed_at, name=name if isinstance(name, str) else None)


def _changes(case: Case) -> list[list[str]] | None:
    if case.final_text is None or case.final_text == case.output:
        return None
    return [[change.kind, change.text] for change in changes.diff(case.output, case.final_text)]


def _place(interaction: Interaction) -> tuple[datetime, int]:
    return interaction.occurred_at, interaction.pk


def _column(statement: str, **values: object) -> list[int]:
    return [pk for (pk,) in _rows(statement, values)]


def _pairs(statement: str, **values: object) -> list[tuple[int, int]]:
    return [(one, other) for one, other in _rows(statement, values)]


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
