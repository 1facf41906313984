"""Signals from behavior: where a sender gives only raw facts, a rule says what they mean, and is named on the signal.

`edited` where a record came with the text that was kept, and no signal within ten minutes or the settle time;
`abandoned` when the interaction settles in silence and its conversation had no further turn within the feature's
minutes. What the sender says itself goes first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from annotation.ingest.record import DERIVED
from annotation.lib import messages, words
from annotation.models import Feature

EDITED, EDITED_BY = "edited", "final-text-differs"
ABANDONED, ABANDONED_BY = "abandoned", "no-further-turn"

IDS = {kind: f"{DERIVED}{kind}" for kind in (EDITED, ABANDONED)}
"""The ids of derived signals, by kind: one each an interaction."""

PATIENCE = timedelta(minutes=10)
"""How long a sender may take to say itself what the user did."""

MAX_WORDS = 500
"""Up to here the share of edited words is exact; beyond, comparing would take longer than a sender waits."""


def edited(*, feature: Feature, output: object, final: str | None) -> dict[str, Any] | None:
    """The details of a derived `edited`, or None where the texts say nothing of the kind."""
    least = feature.derive_edited_from
    if final is None or least is None:
        return None
    draft = messages.text_of(output)
    if final == draft:
        return None
    ratio = _ratio(draft, final)
    return {"token_edit_ratio": round(ratio, 4)} if ratio > least else None


def _ratio(draft: str, final: str) -> float:
    """Changed words for each word that was kept; of long texts, at least the difference of their words."""
    if max(len(draft), len(final)) <= MAX_WORDS or max(words.count(draft), words.count(final)) <= MAX_WORDS:
        return words.edit_rate(draft, final)
    return 1 - words.overlap(draft, final)
