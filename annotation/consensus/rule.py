"""From labels to one reason: a pure rule over people and gold.

Rules and judges never vote: they are measured against what people decide.

A queue's rule is `majority` or `dawid_skene`. By the first an item has a fixed number of labels. By the second it
starts with as many and asks for one more as long as what was said is not certain enough, up to a most; then it is
disputed. Where nothing was fitted, or a guard refused it, such an item is decided by a vote, which stops asking once
the rest can't turn it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

SKIPS_TO_RESOLVE = 2

SAME_CONFIDENCE: Final = 0.01
"""A certainty that moved by less is the same one: each night's figures differ a little from those before."""


class Vote(NamedTuple):
    """A current label of a person or of gold, if it counts. `reason` is the reason's code.

    `told`: log P(this is said | each of the fit's reasons is true) for its rater. `is_known`: that was found from
    enough labels of this very person.
    """

    label_id: int
    reason: str
    is_gold: bool = False
    is_adjudication: bool = False
    told: Sequence[float] | None = None
    is_known: bool = False


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The reasons that the fit knows, and the logarithm of each one's share."""

    reasons: Sequence[str]
    log_prior: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an item asks for: `needed` votes, and where its overlap stops by itself, up to `most` of them.

    `fit` is None where votes are just counted.
    """

    needed: int
    stops: bool = False
    most: int = 0
    stop_at: float = 1.0
    fit: Fit | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`status` is the item's; the rest is set where it is resolved. `confidence` is null where one label decided.

    `posterior`: by reason how likely it is, where that was asked. `asks`: where it is open because nothing is certain
    enough yet, how many votes it asks for from now on; else 0.
    """

    status: str
    reason: str | None = None
    method: str = ""
    label_source: str | None = None
    confidence: float | None = None
    label_ids: tuple[int, ...] = ()
    posterior: Mapping[str, float] | None = None
    asks: int = 0


OPEN = Decision(status="open")
DISPUTED = Decision(status="disputed")


def majority(*, votes: Sequence[Vote], needed: int, skips: int) -> Decision:
    """Decide one item that has a fixed number of labels."""
    return decide(votes=votes, terms=Terms(needed=needed), skips=skips)


def decide(*, votes: Sequence[Vote], terms: Terms, skips: int, held: str | None = None) -> Decision:
    """Decide one item.

    An adjudicator's word is final; then gold; then at least `needed` people. Two skips resolve as `no_context` what
    nobody has labeled. Too few labels: open. Enough, and nothing certain: disputed.

    `held`: the reason that the item is resolved as by Dawid-Skene. It stays so while it is likelier than all others
    together: figures that move a little every night must not open what was closed.
    """
    if (word := _final(votes)) is not None:
        return word
    if not votes and skips >= SKIPS_TO_RESOLVE:
        return Decision(status="resolved", reason="no_context", method="skipped")
    if len(votes) < terms.needed:
        return OPEN
    if len(votes) == 1:
        return _settled(votes[0], "single", "human")
    if not terms.stops:
        return _most(votes)
    if terms.fit is None or not _is_weighable(votes):
        return _counted(votes, terms)
    return _weighed(votes, terms, terms.fit, held)


def is_same_confidence(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < SAME_CONFIDENCE


def posterior(votes: Sequence[Vote], fit: Fit) -> dict[str, float]:
    """By reason: how likely it is, by the shares of all reasons and by what each of these people says when."""
    scores = [sum(one) for one in zip(fit.log_prior, *(vote.told or () for vote in votes), strict=True)]
    best = max(scores)
    likely = [math.exp(score - best) for score in scores]
    total = sum(likely)
    return dict(zip(fit.reasons, [one / total for one in likely], strict=True))


def _final(votes: Sequence[Vote]) -> Decision | None:
    for vote in votes:
        if vote.is_adjudication:
            return _settled(vote, "adjudicated", "human")
    for vote in votes:
        if vote.is_gold:
            return _settled(vote, "gold", "gold")
    return None


def _settled(vote: Vote, method: str, source: str) -> Decision:
    return Decision(
        status="resolved", reason=vote.reason, method=method, label_source=source, label_ids=(vote.label_id,)
    )


def _most(votes: Sequence[Vote]) -> Decision:
    reason, count = Counter(vote.reason for vote in votes).most_common(1)[0]
    if 2 * count <= len(votes):
        return DISPUTED
    return _found(votes, reason, "majority", count / len(votes))


def _found(
    votes: Sequence[Vote], reason: str, method: str, confidence: float, likely: Mapping[str, float] | None = None
) -> Decision:
    return Decision(
        status="resolved",
        reason=reason,
        method=method,
        label_source="human",
        confidence=confidence,
        label_ids=tuple(vote.label_id for vote in votes if vote.reason == reason),
        posterior=likely,
    )


def _counted(votes: Sequence[Vote], terms: Terms) -> Decision:
    """By a vote: all say the same, or so many that the rest could not turn it."""
    count = max(Counter(vote.reason for vote in votes).values())
    if len(votes) >= terms.most or count == len(votes) or 2 * count > terms.most:
        return _most(votes)
    return Decision(status="open", asks=len(votes) + 1)


def _is_weighable(votes: Sequence[Vote]) -> bool:
    """Whether the fit knows what was said, and most of those who said it."""
    return all(vote.told for vote in votes) and 2 * sum(vote.is_known for vote in votes) >= len(votes)


def _weighed(votes: Sequence[Vote], terms: Terms, fit: Fit, held: str | None) -> Decision:
    likely = posterior(votes, fit)
    # What nobody said is never the answer, however likely: whoever reads it would look for who said so.
    reason = max({vote.reason: None for vote in votes}, key=likely.__getitem__)
    if likely[reason] >= terms.stop_at or (reason == held and likely[reason] > 0.5):
        return _found(votes, reason, "dawid_skene", likely[reason], likely)
    if len(votes) < terms.most:
        return Decision(status="open", asks=len(votes) + 1)
    return DISPUTED
