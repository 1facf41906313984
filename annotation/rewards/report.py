"""What the audit of delayed outcomes tells: each outcome with the early signals that were compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A share of conversations, or the difference of two, and where it lies whatever is missing and however often one
    looks."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """One early signal. `verdict`: predicts, inverted, noise, not_enough or refused; a refused one has no figures, and
    `sentence` says why, and what would change it. `rate`: how often the outcome is what the signal claims (good for a
    positive one, bad for a negative one) where it was given, `rate_without` where it wasn't. `conversations`: those
    whose outcome is known. `needed`: so many more would settle it; None where no number would, or nothing is shown."""

    kind: str
    title: str
    polarity: str
    verdict: str
    sentence: str
    rate: Rate | None
    rate_without: Rate | None
    difference: Rate | None
    conversations: int
    conversations_without: int
    needed: int | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`sentence` says what can stand in for it. `conversations`: those that began long enough ago, of which `good` and
    `bad` ended so and of `missing` nothing is known; `young` are not old enough yet. `computed_at` is None where it was
    not audited yet."""

    name: str
    days: int
    good_when: bool
    absent_is_false: bool
    margin: float
    sentence: str
    conversations: int
    good: int
    bad: int
    missing: int
    young: int
    lines: tuple[Line, ...]
    computed_at: datetime | None
