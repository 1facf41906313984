"""The evidence of one item as it is stored, with the texts around it, for the person who judges it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

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


# Each row has a name of its own: the signal, what it said, the interaction, its texts, the latest version of the
# evidence, the texts of the answer that was made instead and of the one that this one was made for.
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
(
    SELECT id FROM (
        SELECT n.id FROM annotation_interaction n JOIN annotation_interactioncontent c ON c.interaction_id = n.id
        WHERE n.feature_id = $1 AND n.conversation_id = $2 AND (n.occurred_at, n.id) < ($3, $4)
        ORDER BY n.occurred_at DESC, n.id DESC LIMIT {gathering.AROUND}
    ) before
    UNION ALL
    SELECT id FROM (
        SELECT n.id FROM annotation_interaction n JOIN annotation_interactioncontent c ON c.interaction_id = n.id
        WHERE n.feature_id = $1 AND n.conversation_id = $2 AND (n.occurred_at, n.id) > ($3, $4)
        ORDER BY n.occurred_at, n.id LIMIT {gathering.AROUND}
    ) after
) near
JOIN annotation_interaction n ON n.id = near.id JOIN annotation_interactioncontent c ON c.interaction_id = n.id
ORDER BY n.occurred_at, n.id
"""  # noqa: S608 - our own text


def of(item: Item) -> Evidence:
    """The evidence for an item. Where the texts were erased, it is empty and only codes and times are left."""
    record = {"s": Signal, "d": SignalContent, "n": Interaction, "c": InteractionContent, "e": Version}
    record |= {"instead": InteractionContent, "earlier": InteractionContent}
    [(signal, said, interaction, content, later, instead, replaced)] = loading.joined(record, _RECORD, [item.signal_id])
    interaction.content = content = content or InteractionContent(interaction=interaction, output="")
    version, facts, changes = _latest(said, later)
    earlier, following = _conversation(interaction)
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
    earlier, _later = _conversation(interaction)
    return gathering.before(interaction, earlier)


def _latest(said: SignalContent | None, later: Version | None) -> tuple[int, list[Any], list[Any] | None]:
    """The number, the facts and the changes of a signal's latest version."""
    if later is not None:
        return later.version, later.facts, later.changes
    return 1, (said.facts or []) if said else [], None


def _conversation(interaction: Interaction) -> tuple[list[Interaction], list[Interaction]]:
    """The nearest interactions of the same conversation before and after this one, each in order of time."""
    if interaction.conversation_id is None:
        return [], []
    at, pk = interaction.occurred_at, interaction.pk
    parameters = [interaction.feature_id, interaction.conversation_id, at, pk]
    near = []
    for one, content in loading.joined({"n": Interaction, "c": InteractionContent}, _CONVERSATION, parameters):
        one.content = content
        near.append(one)
    earlier = [one for one in near if (one.occurred_at, one.pk) < (at, pk)]
    return earlier, near[len(earlier) :]
