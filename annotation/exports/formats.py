"""From what one row refers to, to the columns that its readers expect: values in, a row out.

`sft`, `preference` and `kto` are TRL's conversational shapes; `reasons` is flat. Every row says where it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import orjson

from annotation.lib import messages
from annotation.lib.messages import Message

Row: TypeAlias = dict[str, object]
Turn: TypeAlias = tuple[object, object]
"""Input and output of an earlier interaction, each a string or a list of messages."""


@dataclass(frozen=True, slots=True)
class Source:
    """What one row refers to, in the order in which `read` selects it. `reasons` reads no texts of the interaction."""

    ordinal: int
    row_kind: str
    weight: float | None
    interaction_id: str
    item_id: str
    signal_id: str
    signal_kind: str
    reason: str
    outcome: str
    uses: list[str]
    label_source: str | None
    confidence: float | None
    taxonomy_version: int
    model_version: str
    occurred_at: datetime
    ingested_at: datetime
    queued_at: datetime
    labeled_at: datetime | None
    resolved_at: datetime | None
    exported_at: datetime
    method: str | None
    rater: str | None
    certainty: int | None
    duration_ms: int | None
    comment: str | None
    correction: str | None
    quote: str | None
    explanation: str | None
    input: object = None
    output: object = None
    final_text: str | None = None


def sft(source: Source, earlier: Sequence[Turn]) -> Row:
    """The answer to imitate: as given where its reason permits `sft`, else as the user edited it."""
    completion = answer(source.output) if "sft" in source.uses else edited(source.output, source.final_text or "")
    return {"prompt": prompt(source.input, earlier), "completion": completion, **provenance(source)}


def kto(source: Source, earlier: Sequence[Turn]) -> Row:
    """One answer, and whether it is one to give."""
    return {
        "prompt": prompt(source.input, earlier),
        "completion": answer(source.output),
        "label": "kto+" in source.uses,
        **provenance(source),
    }


def preference(source: Source, earlier: Sequence[Turn]) -> Row:
    """The edit before the draft that it was made of."""
    return {
        "prompt": prompt(source.input, earlier),
        "chosen": edited(source.output, source.final_text or ""),
        "rejected": answer(source.output),
        **provenance(source),
    }


def reasons(source: Source, earlier: Sequence[Turn]) -> Row:
    """One label or one consensus. `rater` tells people apart without naming them."""
    columns = ("method", "rater", "certainty", "duration_ms", "comment", "correction", "quote", "explanation")
    said: Row = {column: getattr(source, column) for column in columns}
    return {"row_kind": source.row_kind, **provenance(source), **said}


def provenance(source: Source) -> Row:
    """The columns of every format: what the row was made of, and when each stage of the loop was reached."""
    return {
        "interaction_id": source.interaction_id,
        "item_id": source.item_id,
        "signal_id": source.signal_id,
        "signal_kind": source.signal_kind,
        "reason": source.reason,
        "outcome": source.outcome,
        "label_source": source.label_source,
        "confidence": source.confidence,
        "taxonomy_version": source.taxonomy_version,
        "model_version": source.model_version,
        "sample_weight": source.weight,
        "occurred_at": _time(source.occurred_at),
        "ingested_at": _time(source.ingested_at),
        "queued_at": _time(source.queued_at),
        "labeled_at": _time(source.labeled_at),
        "resolved_at": _time(source.resolved_at),
        "exported_at": _time(source.exported_at),
    }


def prompt(sent: object, earlier: Sequence[Turn]) -> list[Message]:
    """What the model was asked. Only a plain string needs the turns before it: a list of messages holds its own."""
    if not isinstance(sent, str):
        return _plain(sent, "user")
    return [*_conversation(earlier), {"role": "user", "content": sent}]


def answer(output: object) -> list[Message]:
    """What the model answered."""
    return _plain(output, "assistant")


def edited(output: object, final_text: str) -> list[Message]:
    """The answer with its last message replaced by the text that the user kept."""
    return [*answer(output)[:-1], {"role": "assistant", "content": final_text}]


def last_text(output: object) -> str:
    """The text of the last message: the draft that an edit started from."""
    return messages.text_of(messages.as_messages(output, "assistant")[-1:])


def _conversation(earlier: Sequence[Turn]) -> list[Message]:
    """The turns so far. One that was sent with its whole history stands for everything before it."""
    so_far: list[Message] = []
    for sent, output in earlier:
        asked = _plain(sent, "user")
        so_far = [*so_far, *asked] if isinstance(sent, str) else asked
        so_far += answer(output)
    return [message for message in so_far if message["content"] or "tool_calls" in message]


def _plain(value: object, role: str) -> list[Message]:
    return [_message(message) for message in messages.as_messages(value, role)]


def _message(sent: Message) -> Message:
    """Role, text, tool calls and name; parts of content become their text."""
    role = sent["role"]
    message: Message = {"role": "system" if role == "developer" else role, "content": messages.text_of([sent])}
    calls = sent.get("tool_calls")
    if isinstance(calls, list) and calls:
        message["tool_calls"] = [_call(call["function"]) for call in calls]
    if sent.get("name"):
        message["name"] = sent["name"]
    return message


def _call(function: dict[str, object]) -> Message:
    arguments = _arguments(function.get("arguments"))
    return {"type": "function", "function": {"name": function["name"], "arguments": arguments}}


def _arguments(sent: object) -> dict[str, object]:
    """TRL's chat templates want an object. What can't be read as one is kept whole under `raw`."""
    if isinstance(sent, str):
        try:
            sent = orjson.loads(sent)
        except orjson.JSONDecodeError:
            return {"raw": sent}
    if sent is None:
        return {}
    return sent if isinstance(sent, dict) else {"raw": sent}


def _time(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, always with microseconds, so that texts sort as times do."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
