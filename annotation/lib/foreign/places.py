"""Where the fields of an interaction stand in data whose keys are everybody's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from annotation.lib.foreign import transcripts
from annotation.lib.foreign.found import Wishes, record, text
from annotation.lib.foreign.times import utc

USUAL: Mapping[str, tuple[str, ...]] = {
    "output": ("output", "response", "answer", "completion", "generation", "generated_text", "prediction", "text"),
    "input": ("input", "prompt", "question", "instruction", "messages", "query"),
    "id": ("interaction_id", "id"),
    "occurred_at": ("occurred_at", "timestamp", "created_at", "inserted_at"),
    "conversation_id": ("conversation_id", "session_id", "thread_id"),
    "user_key": ("user_key", "user_id"),
    "model_version": ("model_version", "model"),
    "final_text": ("final_text",),
}


class InvalidFieldError(ValueError):
    """The text does not say where a field stands; the message says how to."""

    def __init__(self, given: str) -> None:
        known = ", ".join(USUAL)
        super().__init__(f"“{given}” names no field. Write FIELD=KEY, such as output=answer; the fields are: {known}.")


def parse(lines: Iterable[str]) -> dict[str, str]:
    """By field: the key in the data. Raises InvalidFieldError."""
    named = {}
    for line in filter(None, map(str.strip, lines)):
        field, mark, key = (part.strip() for part in line.partition("="))
        if not (mark and key and field in USUAL):
            raise InvalidFieldError(line[:100])
        named[field] = key
    return named


def default_sentence() -> str:
    told = "; ".join(f"{field} from {' or '.join(keys)}" for field, keys in USUAL.items())
    return f"Fields are read from the first of these keys that is there: {told}."


def interaction(data: Mapping[str, Any], *, name: str, at: str | None, wishes: Wishes) -> dict[str, Any]:
    """The record of data; `name` and `at` are the id and the time of what names none. The rest becomes metadata."""
    keys = {field: key for field, usual in USUAL.items() if (key := _key(data, field, usual, wishes))}
    values = {field: data[key] for field, key in keys.items()}
    rest = {key: one for key, one in data.items() if key not in keys.values()}
    taken = {
        "id": text(values.get("id")) or name,
        "occurred_at": utc(values.get("occurred_at")) or at or wishes.occurred_at,
        "input": transcripts.messages_of(values.get("input"), "user"),
        "output": transcripts.messages_of(values.get("output"), "assistant"),
        "metadata": rest,
        **{field: text(values.get(field)) for field in ("conversation_id", "user_key", "model_version", "final_text")},
    }
    return record(taken, wishes)


def _key(data: Mapping[str, Any], field: str, usual: tuple[str, ...], wishes: Wishes) -> str | None:
    if field in wishes.fields:
        return wishes.fields[field] if wishes.fields[field] in data else None
    return next((key for key in usual if data.get(key) is not None), None)
