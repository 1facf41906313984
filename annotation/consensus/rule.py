"""From labels to one reason: a pure rule over people and gold.

Rules and judges never vote: they are measured against what people decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

SKIPS_TO_RESOLVE = 2


@dataclass(frozen=True, kw_only=True)
class Vote:
    """A current label of a person or of gold. `reason` is the reason's code."""

    label_id: int
    reason: str
    is_gold: bool = False
    is_adjudication: bool = False


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`status` is the item's; the rest is set where it is resolved. `confidence` is null where one label decided."""

    status: str
    reason: str | None = None
    method: str = ""
    label_source: str | None = None
    confidence: float | None = None
    label_ids: tuple[int, ...] = ()


OPEN = Decision(status="open")
DISPUTED = Decision(status="disputed")


def majority(*, votes: Sequence[Vote], needed: int, skips: int) -> Decision:
    """Decide one item.

    An adjudicator's word is final; then gold; then more than half of at least `needed` people. Two skips resolve as
    `no_context` what nobody has labeled. Too few labels: open. Enough, and no majority: disputed.
    """
    for vote in votes:
        if vote.is_adjudication:
            return _settled(vote, "adjudicated", "human")
    for vote in votes:
        if vote.is_gold:
            return _settled(vote, "gold", "gold")
    if not votes and skips >= SKIPS_TO_RESOLVE:
        return Decision(status="resolved", reason="no_context", method="skipped")
    if len(votes) < needed:
        return OPEN
    return _settled(votes[0], "single", "human") if len(votes) == 1 else _most(votes)


def _settled(vote: Vote, method: str, source: str) -> Decision:
    return Decision(
        status="resolved", reason=vote.reason, method=method, label_source=source, label_ids=(vote.label_id,)
    )


def _most(votes: Sequence[Vote]) -> Decision:
    reason, count = Counter(vote.reason for vote in votes).most_common(1)[0]
    if 2 * count <= len(votes):
        return DISPUTED
    return Decision(
        status="resolved",
        reason=reason,
        method="majority",
        label_source="human",
        confidence=count / len(votes),
        label_ids=tuple(vote.label_id for vote in votes if vote.reason == reason),
    )
