"""The evidence of one item as it is stored, with the texts around it, for the person who judges it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from annotation.ingest import gathering
from annotation.lib import evidence, messages
from annotation.lib.changes import Change
from annotation.lib.messages import Message
from annotation.models import Evidence as Version
from annotation.models import Interaction, InteractionContent, Item, Signal


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`before` is the conversation up to the answer. `changes` is None where nothing is known to have been changed.

    `version` is that of `facts`: 1 is what the record alone told when it came; later ones follow within seconds of
    what changed them. `instead` is the answer that was made in place of this one, `earlier_answer` the one that this
    one was made for.
    """

    item: Item
    signal: Signal
    interaction: Interaction
    version: int
    details: dict[str, object]
    metadata: dict[str, object]
    before: Sequence[Message]
    answer: Sequence[Message]
    answer_text: str
    final_text: str | None
    changes: Sequence[Change] | None
    facts: Sequence[evidence.Fact]
    later: Sequence[evidence.Turn]
    instead: str | None
    earlier_answer: str | None


def of(item: Item) -> Evidence:
    """The evidence for an item. Where the texts were erased, it is empty and only codes and times are left."""
    signal = Signal.objects.select_related("content", "interaction__content").get(pk=item.signal_id)
    interaction = signal.interaction
    if not hasattr(interaction, "content"):
        interaction.content = InteractionContent(interaction=interaction, output="")
    content = interaction.content
    earlier, following = _conversation(interaction)
    instead, earlier_answer = _replacements(interaction)
    version, facts, changes = _latest(signal)
    return Evidence(
        item=item,
        signal=signal,
        interaction=interaction,
        version=version,
        details=signal.content.details if hasattr(signal, "content") else {},
        metadata=content.metadata,
        before=gathering.before(interaction, earlier),
        answer=messages.as_messages(content.output, "assistant"),
        answer_text=messages.text_of(content.output),
        final_text=content.final_text,
        changes=None if changes is None else [Change(*one) for one in changes],
        facts=[evidence.Fact(code, figures) for code, figures in facts],
        later=[gathering.turn(one) for one in following],
        instead=instead,
        earlier_answer=earlier_answer,
    )


def _latest(signal: Signal) -> tuple[int, list[Any], list[Any] | None]:
    """The number, the facts and the changes of a signal's latest version."""
    later = Version.objects.filter(signal=signal).order_by("-version").first()
    if later is not None:
        return later.version, later.facts, later.changes
    return 1, (signal.content.facts or []) if hasattr(signal, "content") else [], None


def _conversation(interaction: Interaction) -> tuple[list[Interaction], list[Interaction]]:
    """The nearest interactions of the same conversation before and after this one, each in order of time."""
    if interaction.conversation_id is None:
        return [], []
    others = Interaction.objects.filter(
        feature_id=interaction.feature_id, conversation_id=interaction.conversation_id, content__isnull=False
    ).select_related("content")
    at, pk = interaction.occurred_at, interaction.pk
    earlier = others.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lt=pk))
    following = others.filter(Q(occurred_at__gt=at) | Q(occurred_at=at, pk__gt=pk))
    return (
        list(earlier.order_by("-occurred_at", "-pk")[: gathering.AROUND])[::-1],
        list(following.order_by("occurred_at", "pk")[: gathering.AROUND]),
    )


def _replacements(interaction: Interaction) -> tuple[str | None, str | None]:
    others = Interaction.objects.filter(feature_id=interaction.feature_id, content__isnull=False)
    others = others.select_related("content").order_by("occurred_at", "pk")
    made_instead = others.filter(replaces=interaction.external_id).first()
    replaced = others.filter(external_id=interaction.replaces).first() if interaction.replaces else None
    return _answer_text(made_instead), _answer_text(replaced)


def _answer_text(interaction: Interaction | None) -> str | None:
    return messages.text_of(interaction.content.output) if interaction else None
