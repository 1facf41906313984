"""Evidence anew: where a later turn or signal changes what is known, the worker writes a further version.

Ingest rings (`EvidenceDue`) for each interaction that may change evidence, its own or that of the turns before it.
Here the bells of a batch are answered with few reads, whatever its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from annotation.ingest import around, first, gate, raw_facts
from annotation.ingest.around import Around
from annotation.lib import changes, evidence, messages
from annotation.lib.changes import Change
from annotation.lib.evidence import Case, Instead, OtherSignal, Turn
from annotation.models import Evidence, EvidenceDue, Interaction, Signal
from annotation.queues import fill

BATCH = 200
AROUND = around.AROUND

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
    targets = around.changed(rung)
    # Nothing is erased meanwhile: else a quote of it could be written after it was forgotten.
    gate.share(Interaction.objects.filter(pk__in=targets).values_list("feature_id", flat=True).distinct())
    raw_facts.derive(interaction_ids=rung, now=now)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [targets])
    _write(Around(targets), now)
    EvidenceDue.objects.filter(pk__in=[bell.pk for bell in bells]).delete()
    return len(bells)


def _write(stored: Around, now: datetime) -> None:
    signals = [signal for pk in stored.targets if pk in stored.interactions for signal in stored.signals[pk]]
    latest = _latest(signals)
    made = []
    for signal in signals:
        case = _case(signal, stored)
        facts = [[fact.code, fact.figures] for fact in evidence.facts(case)]
        version, known = latest[signal.pk]
        if facts != known:
            found = None if case.changes is None else [_stored(change) for change in case.changes]
            made.append(Evidence(signal=signal, version=version + 1, facts=facts, changes=found, computed_at=now))
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


def _case(signal: Signal, stored: Around) -> Case:
    interaction = stored.interactions[signal.interaction_id]
    earlier, following = stored.turns(interaction)
    case = _of_record(signal, interaction)
    case.later = [turn(one) for one in following] if interaction.conversation_id else None
    case.later_signals = _other_signals(signal, [interaction, *following], stored)
    case.earlier_user_texts = messages.texts_of(before(interaction, earlier), "user")
    # Of a longer conversation nobody looked up where it began.
    case.began_at = earlier[0].occurred_at if 0 < len(earlier) < AROUND else None
    case.came_back = _turn(stored, stored.came_back.get(interaction.pk))
    case.habit = stored.habits.get(signal.pk)
    case.shown_together = _shown_together(interaction, stored)
    case.instead = _instead(interaction, stored)
    return case


def _of_record(signal: Signal, interaction: Interaction) -> Case:
    content = interaction.content
    case = first.case(
        first.About(interaction.occurred_at, content.output, content.final_text, first.exposure_of(interaction)),
        kind=signal.kind,
        observed_at=signal.observed_at,
        details=signal.content.details if hasattr(signal, "content") else {},
        derived_by=signal.derived_by,
    )
    case.tool_results = messages.tool_results(content.input, content.output)
    case.is_another_try = interaction.replaces is not None
    case.changes = _changes(case)
    return case


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


def _turn(stored: Around, pk: int | None) -> Turn | None:
    interaction = stored.interactions.get(pk or 0)
    return None if interaction is None else turn(interaction)


def _exchange(interaction: Interaction) -> list[messages.Message]:
    asked = _asked(interaction)
    question: list[messages.Message] = [{"role": "user", "content": asked}] if asked else []
    return question + messages.as_messages(interaction.content.output, "assistant")


def _asked(interaction: Interaction) -> str:
    """What the user wrote for this answer: the last of the user's messages."""
    texts = messages.texts_of(interaction.content.input, "user")
    return texts[-1] if texts else ""


def _instead(interaction: Interaction, stored: Around) -> Instead | None:
    other = stored.interactions.get(stored.instead.get(interaction.pk, 0))
    if other is None:
        return None
    signals = [_other_signal(one) for one in stored.signals[other.pk] if one.kind != "no_signal"]
    made = turn(other)
    return Instead(text=made.answer_text, asked=made.user_text, signals=signals)


def _shown_together(interaction: Interaction, stored: Around) -> list[OtherSignal] | None:
    if interaction.pk not in stored.together:
        return None
    others = stored.together[interaction.pk]
    found = [_other_signal(one, rank) for other, rank in others for one in stored.signals[other]]
    return sorted(found, key=lambda one: (one.at, one.rank or 0))


def _other_signals(signal: Signal, interactions: Iterable[Interaction], stored: Around) -> list[OtherSignal]:
    rows = [one for interaction in interactions for one in stored.signals[interaction.pk] if one.pk != signal.pk]
    rows.sort(key=lambda one: (one.observed_at, one.pk))
    return [_other_signal(one) for one in rows if one.kind != "no_signal"]


def _other_signal(row: Signal, rank: int | None = None) -> OtherSignal:
    name = row.content.details.get("name") if hasattr(row, "content") else None
    return OtherSignal(kind=row.kind, at=row.observed_at, name=name if isinstance(name, str) else None, rank=rank)


def _changes(case: Case) -> list[Change] | None:
    if case.final_text is None or case.final_text == case.output:
        return None
    return changes.diff(case.output, case.final_text)


def _stored(change: Change) -> list[str | int]:
    return [change.kind, change.text, change.move] if change.move else [change.kind, change.text]
