"""What counts as a judge's answer. Whatever else it wrote is kept and counted as what it is, and never guessed at."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from annotation.lib import chat_json
from annotation.lib.clipping import storable

MAX_EXPLANATION = 4_000


@dataclass(frozen=True, kw_only=True)
class Said:
    """`confidence` is in [0, 1]."""

    reason: str
    confidence: float
    explanation: str


class Unusable(Exception):
    """What came back is no answer. `code`: unparsed, unknown_reason or no_confidence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(text: str, *, known: Collection[str]) -> Said:
    """The answer in what a judge wrote; `known` are the codes that it may choose. Raises Unusable."""
    told = chat_json.found(text)
    if told is None:
        raise Unusable("unparsed")
    reason, explanation = told.get("reason"), told.get("explanation", "")
    if not isinstance(reason, str) or not isinstance(explanation, str):
        raise Unusable("unparsed")
    if reason not in known:
        raise Unusable("unknown_reason")
    return Said(
        reason=reason,
        confidence=_confidence(told.get("confidence")),
        explanation=storable(explanation.strip(), MAX_EXPLANATION),
    )


def _confidence(value: object) -> float:
    """87 may mean .87, or be a slip: it is no confidence."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable("no_confidence")
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise Unusable("no_confidence")
    return float(value)
