"""Rows of a dataset as people read them: the conversation that a trainer sees, and the row itself as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.functional import Promise

from annotation.exports.finished.peek import Peeked
from annotation.lib import messages
from annotation.web import texts
from annotation.web.datasets import words
from annotation.web.texts import Shown

MAX_SHOWN = 20_000
"""Characters of a row's JSON that are shown; more is nothing to read on a page."""

LEAD_CHARS = 90
"""Characters of what is to be learned that stand beside a folded row."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One list of messages of a row. `tone`: `good` for what is to be learned, `bad` for what is to be avoided."""

    title: str | Promise
    tone: str
    messages: Sequence[Shown]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`parts` is empty for a format without texts, and `json` for a row that is too long to show."""

    ordinal: int
    split: str
    origin: Mapping[str, Any]
    lead: str
    parts: Sequence[Part]
    json: str

    @property
    def outcome(self) -> str | Promise:
        code: str = self.origin["outcome"]
        return words.OUTCOMES.get(code, code)

    @property
    def facts(self) -> Sequence[tuple[str, object]]:
        """What a row without texts says."""
        return [] if self.parts else [(name, value) for name, value in self.origin.items() if value is not None]


def of(found: Peeked) -> Sample:
    parts = list(_parts(found.row or {}))
    return Sample(
        ordinal=found.ordinal,
        split=found.split,
        origin=found.origin,
        lead=_lead(parts) or _kind(found.origin),
        parts=parts,
        json=_json(found.row) if found.row is not None else "",
    )


def _parts(row: Mapping[str, Any]) -> Iterator[Part]:
    for name, (title, tone) in words.PARTS.items():
        if name not in row:
            continue
        said = row[name]["messages"] if name == "input" else row[name]
        if name == "completion" and row.get("label") is False:
            title, tone = words.UNDESIRABLE
        yield Part(title=title, tone=tone, messages=texts.listed(messages.as_messages(said, "user")))


def _kind(origin: Mapping[str, Any]) -> str:
    """What a row without texts is, and whose word it is."""
    source = origin.get("label_source") or ""
    return ", ".join(str(said) for said in (origin.get("row_kind"), words.SOURCES.get(source, source)) if said)


def _lead(parts: Sequence[Part]) -> str:
    """How what is to be learned begins; of a plain conversation, its last message."""
    learned = next((part for part in parts if part.tone), parts[-1] if parts else None)
    if learned is None or not learned.messages:
        return ""
    return " ".join(learned.messages[-1].raw[: 2 * LEAD_CHARS].split())[:LEAD_CHARS]


def _json(row: Mapping[str, Any]) -> str:
    text = orjson.dumps(row, option=orjson.OPT_INDENT_2).decode()
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}\n…"
