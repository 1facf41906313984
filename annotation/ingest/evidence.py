"""All that is stored about one item, gathered for the person who judges it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from annotation.lib import evidence, messages, words
from annotation.lib.messages import Message
from annotation.models import Interaction, InteractionContent, Item, Signal

MAX_TURNS = 40
"""Interactions of the conversation that are read on either side of the judged one."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`before` is the conversation up to the answer. `changes` is None where nothing is known to have been changed.

    `instead` is the answer that was made in place of this one, `earlier_answer` the one that this one was made for.
    """

    item: Item
    signal: Signal
    interaction: Interaction
    details: dict[str, object]
    metadata: dict[str, object]
    before: Sequence[Message]
    answer: Sequence[Message]
    answer_text: str
    final_text: str | None
    changes: Sequence[words.Change] | None
    facts: Sequence[evidence.Fact]
    later: Sequence[evidence.Turn]
    instead: str | None
    earlier_answer: str | None


def of(item: Item) -> Evidence:
    """The evidence for an item. Where the texts were erased, it is empty and only codes and times are left."""
    signal = Signal.objects.select_related("content", "interaction__content").get(pk=item.signal_id)
    interaction = signal.interaction
    content = getattr(interaction, "content", None) or InteractionContent(interaction=interaction, output="")
    details = signal.content.details if hasattr(signal, "content") else {}
    earlier, following = _conversation(interaction)
    instead, earlier_answer = _replacements(interaction)
    before = _before(content, earlier)
    answer_text = messages.text_of(content.output)
    later = [_turn(one) for one in following]
    case = evidence.Case(
        kind=signal.kind,
        occurred_at=interaction.occurred_at,
        observed_at=signal.observed_at,
        output=answer_text,
        final_text=content.final_text,
        details=details,
        later=later if interaction.conversation_id else None,
        later_signals=_other_signals(signal, following),
        earlier_user_texts=messages.texts_of(before, "user"),
        exposure=_exposure(interaction),
        replaced_by=instead,
    )
    return Evidence(
        item=item,
        signal=signal,
        interaction=interaction,
        details=details,
        metadata=content.metadata,
        before=before,
        answer=messages.as_messages(content.output, "assistant"),
        answer_text=answer_text,
        final_text=content.final_text,
        changes=_changes(answer_text, content.final_text),
        facts=evidence.facts(case),
        later=later,
        instead=instead,
        earlier_answer=earlier_answer,
    )


def _conversation(interaction: Interaction) -> tuple[list[Interaction], list[Interaction]]:
    """The nearest interactions of the same conversation before and after this one, each in order of time."""
    if interaction.conversation_id is None:
        return [], []
    others = Interaction.objects.filter(
        feature_id=interaction.feature_id, conversation_id=interaction.conversation_id, content__isnull=False
    ).select_related("content")
    here: tuple[datetime, int] = (interaction.occurred_at, interaction.pk)
    earlier = others.filter(Q(occurred_at__lt=here[0]) | Q(occurred_at=here[0], pk__lt=here[1]))
    following = others.filter(Q(occurred_at__gt=here[0]) | Q(occurred_at=here[0], pk__gt=here[1]))
    return (
        list(earlier.order_by("-occurred_at", "-pk")[:MAX_TURNS])[::-1],
        list(following.order_by("occurred_at", "pk")[:MAX_TURNS]),
    )


def _before(content: InteractionContent, earlier: list[Interaction]) -> list[Message]:
    """The input as sent. A plain string says nothing of what came before, so earlier interactions are put in front."""
    if content.input is None:
        own: list[Message] = []
    else:
        own = messages.as_messages(content.input, "user")
    if isinstance(content.input, list):
        return own
    return [message for one in earlier for message in _exchange(one)] + own


def _exchange(interaction: Interaction) -> list[Message]:
    asked = _asked(interaction)
    question: list[Message] = [{"role": "user", "content": asked}] if asked else []
    return question + messages.as_messages(interaction.content.output, "assistant")


def _asked(interaction: Interaction) -> str:
    """What the user wrote for this answer: the last of the user's messages."""
    texts = messages.texts_of(interaction.content.input, "user")
    return texts[-1] if texts else ""


def _turn(interaction: Interaction) -> evidence.Turn:
    return evidence.Turn(
        at=interaction.occurred_at,
        user_text=_asked(interaction),
        answer_text=messages.text_of(interaction.content.output),
    )


def _other_signals(signal: Signal, following: list[Interaction]) -> list[evidence.OtherSignal]:
    ids = [signal.interaction_id, *(one.pk for one in following)]
    rows = Signal.objects.filter(interaction_id__in=ids).exclude(pk=signal.pk).select_related("content")
    return [_other_signal(row) for row in rows.order_by("observed_at", "pk") if row.kind != "no_signal"]


def _other_signal(row: Signal) -> evidence.OtherSignal:
    details = row.content.details if hasattr(row, "content") else {}
    name = details.get("name")
    return evidence.OtherSignal(kind=row.kind, at=row.observed_at, name=name if isinstance(name, str) else None)


def _replacements(interaction: Interaction) -> tuple[str | None, str | None]:
    others = Interaction.objects.filter(feature_id=interaction.feature_id, content__isnull=False)
    others = others.select_related("content").order_by("occurred_at", "pk")
    made_instead = others.filter(replaces=interaction.external_id).first()
    replaced = others.filter(external_id=interaction.replaces).first() if interaction.replaces else None
    return _answer_text(made_instead), _answer_text(replaced)


def _answer_text(interaction: Interaction | None) -> str | None:
    return messages.text_of(interaction.content.output) if interaction else None


def _exposure(interaction: Interaction) -> dict[str, object] | None:
    if interaction.exposure_rank is None:
        return None
    return {"rank": interaction.exposure_rank, "of": interaction.exposure_of}


def _changes(answer: str, final: str | None) -> list[words.Change] | None:
    return words.diff(answer, final) if final is not None and final != answer else None
