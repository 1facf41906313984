"""Labels as OpenInference's annotations, each a span of its own: feedback comes after the span that it is about has
ended, and so links to it.

https://github.com/Arize-ai/openinference/blob/main/spec/annotations.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

KINDS: Final = {"human": "HUMAN", "gold": "HUMAN", "judge": "LLM", "rule": "CODE"}
SCORES: Final = {"good": 1, "bad": 0}
"""By outcome; the others say nothing of the answer, and have no score."""

_OF_A_SPAN: Final = re.compile(r"([0-9a-f]{32})-([0-9a-f]{16})")


@dataclass(frozen=True, kw_only=True)
class Said:
    """One label. `digest` has 24 bytes, the same for the same label: its span's ids. `more` is metadata."""

    digest: bytes
    interaction_id: str
    name: str
    label: str
    outcome: str
    source: str
    source_name: str
    explanation: str
    labeled_at: datetime
    duration_ms: int | None
    more: Mapping[str, Any]


def span(said: Said) -> dict[str, Any]:
    """The span. It has a link where the interaction came from a trace; what it is about stands in an attribute too."""
    took = timedelta(milliseconds=said.duration_ms or 0)
    found = _OF_A_SPAN.fullmatch(said.interaction_id)
    about = [{"trace_id": found[1], "span_id": found[2]}] if found else []
    annotation = {f"annotations.0.annotation.{name}": value for name, value in _annotation(said).items()}
    return {
        "name": "flywheel.label",
        "context": {"trace_id": said.digest[:16].hex(), "span_id": said.digest[16:].hex()},
        "links": about,
        "start_time": said.labeled_at - took,
        "end_time": said.labeled_at,
        "attributes": {
            "openinference.span.kind": "EVALUATOR",
            "flywheel.interaction.id": said.interaction_id,
            **annotation,
        },
    }


def _annotation(said: Said) -> dict[str, Any]:
    """What has no value is left out: neither an empty text nor a null stands for it."""
    told = {name: value for name, value in said.more.items() if value not in (None, "")}
    values = {
        "name": said.name,
        "label": said.label,
        "score": SCORES.get(said.outcome),
        "explanation": said.explanation or None,
        "annotator_kind": KINDS[said.source],
        "identifier": said.source_name,
        "metadata": orjson.dumps({"outcome": said.outcome, **told}, option=orjson.OPT_SORT_KEYS).decode(),
    }
    return {name: value for name, value in values.items() if value is not None}
