"""The evidence of one item as it is stored, with the texts around it, for the person who judges it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model

from annotation import loading
from annotation.ingest import gathering
from annotation.lib import evidence, messages
from annotation.lib.changes import Change
from annotation.lib.messages import Message
from annotation.models import Evidence as Version
from annotation.models import Interaction, InteractionContent, Item, Signal, SignalContent


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


# The signal, what it said, the interaction, its texts, the latest version of the evidence, the texts of the answer that
# was made instead and of the one that this one was made for.
_ROWS: Final[dict[str, type[Model]]] = {
    "s": Signal,
    "d": SignalContent,
    "n": Interaction,
    "c": InteractionContent,
    "e": Version,
    "instead": InteractionContent,
    "earlier": InteractionContent,
}
_RECORD: Final = """
annotation_signal s
JOIN annotation_interaction n ON n.id = s.interaction_id
LEFT JOIN annotation_signalcontent d ON d.signal_id = s.id
LEFT JOIN annotation_interactioncontent c ON c.interaction_id = n.id
LEFT JOIN LATERAL (
    SELECT * FROM annotation_evidence WHERE signal_id = s.id ORDER BY version DESC LIMIT 1
) e ON true
LEFT JOIN LATERAL (
    SELECT c.* FROM annotation_interaction o JOIN annotation_interactioncontent c ON c.interaction_id = o.id
    WHERE o.feature_id = n.feature_id AND o.replaces = n.external_id ORDER BY o.occurred_at, o.id LIMIT 1
) instead ON true
LEFT JOIN LATERAL (
    SELECT c.* FROM annotation_interaction o JOIN annotation_interactioncontent c ON c.interaction_id = o.id
    WHERE o.feature_id = n.feature_id AND o.external_id = n.replaces
) earlier ON true
WHERE s.id = $1
"""

_CONVERSATION: Final = f"""
annotation_interaction t, LATERAL (
    SELECT id FROM (
        SELECT n.id FROM annotation_interaction n JOIN annotation_interactioncontent c ON c.interaction_id = n.id
        WHERE n.feature_id = t.feature_id AND n.conversation_id = t.conversation_id
            AND (n.occurred_at, n.id) < (t.occurred_at, t.id)
        ORDER BY n.occurred_at DESC, n.id DESC LIMIT {gathering.AROUND}
    ) before
    UNION ALL
    SELECT id FROM (
        SELECT n.id FROM annotation_interaction n JOIN annotation_interactioncontent c ON c.interaction_id = n.id
        WHERE n.feature_id = t.feature_id AND n.conversation_id = t.conversation_id
            AND (n.occurred_at, n.id) > (t.occurred_at, t.id)
        ORDER BY n.occurred_at, n.id LIMIT {gathering.AROUND}
    ) after
) near
JOIN annotation_interaction n ON n.id = near.id JOIN annotation_interactioncontent c ON c.interaction_id = n.id
WHERE t.id = $1
ORDER BY n.occurred_at, n.id
"""  # noqa: S608 - our own text


def of(item: Item) -> Evidence:
    """The evidence for an item. Where the texts were erased, it is empty and only codes and times are left."""
    with loading.at_once():
        found = later(item)
    return found()


def later(item: Item) -> Callable[[], Evidence]:
    """As `of`, and within `loading.at_once` not waited for."""
    record = loading.joined_later(_ROWS, _RECORD, [item.signal_id])
    near = loading.joined_later({"n": Interaction, "c": InteractionContent}, _CONVERSATION, [item.interaction_id])
    return lambda: _made(item, record(), near())


def _made(item: Item, record: loading.Rows, near: loading.Rows) -> Evidence:
    [(signal, said, interaction, content, latest, instead, replaced)] = record
    interaction.content = content = content or InteractionContent(interaction=interaction, output="")
    version, facts, changes = _latest(said, latest)
    earlier, following = _conversation(interaction, near)
    return Evidence(
        item=item,
        signal=signal,
        interaction=interaction,
        version=version,
        details=said.details if said else {},
        metadata=content.metadata,
        before=gathering.before(interaction, earlier),
        answer=messages.as_messages(content.output, "assistant"),
        answer_text=messages.text_of(content.output),
        final_text=content.final_text,
        changes=None if changes is None else [Change(*one) for one in changes],
        facts=[evidence.Fact(code, figures) for code, figures in facts],
        later=[gathering.turn(one) for one in following],
        instead=messages.text_of(instead.output) if instead else None,
        earlier_answer=messages.text_of(replaced.output) if replaced else None,
    )


def before(interaction: Interaction) -> Sequence[Message]:
    """The conversation up to this answer, whose texts are loaded."""
    near = loading.joined({"n": Interaction, "c": InteractionContent}, _CONVERSATION, [interaction.pk])
    earlier, _later = _conversation(interaction, near)
    return gathering.before(interaction, earlier)


def _latest(said: SignalContent | None, later: Version | None) -> tuple[int, list[Any], list[Any] | None]:
    """The number, the facts and the changes of a signal's latest version."""
    if later is not None:
        return later.version, later.facts, later.changes
    return 1, (said.facts or []) if said else [], None


def _conversation(interaction: Interaction, near: loading.Rows) -> tuple[list[Interaction], list[Interaction]]:
    """The nearest interactions of the same conversation before and after this one, each in order of time."""
    found = []
    for one, content in near:
        one.content = content
        found.append(one)
    here = interaction.occurred_at, interaction.pk
    earlier = [one for one in found if (one.occurred_at, one.pk) < here]
    return earlier, found[len(earlier) :]
