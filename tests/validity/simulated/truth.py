"""What is true of the simulated product, as arrays: no Django.

Each feature has one signal, which half of its answers get; a check that comes with each answer is right in 85 of 100.
The rates are those of what annotators say: what is really true lies further apart, since they slip. What is true is
drawn given what the check says, so that it can be drawn anew for answers that are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

CHECK_IS_RIGHT = 0.85
SLIPS = (0.01, 0.03, 0.05)
"""How often each annotator takes a right answer for a wrong one, or the other way round."""
MEAN_SLIP = sum(SLIPS) / len(SLIPS)
WITH_SIGNAL = 0.5


@dataclass(frozen=True)
class Rates:
    """How often annotators say "good" of answers with the signal and without it, if they label all."""

    with_: float
    without: float


@dataclass(frozen=True)
class Signal:
    """A feature's signal. Each version of the model answers on an equal part of the days. `is_clear`: a verdict comes
    soon. `labels`: after how many, in the middle, where items are weighed and the check is known before (simulation V:
    half with the signal, a look a day)."""

    feature: str
    versions: tuple[Rates, ...]
    verdicts: tuple[str, ...]
    is_clear: bool = True
    labels: int = 0


SIGNALS = (
    Signal("valid", (Rates(0.90, 0.60),), ("valid",), labels=281),
    Signal("inverted", (Rates(0.60, 0.80),), ("inverted",), labels=623),
    Signal("noise", (Rates(0.75, 0.75),), ("noise",), labels=723),
    Signal("weak", (Rates(0.85, 0.70),), ("valid",), is_clear=False, labels=1712),
    Signal("changing", (Rates(0.90, 0.60), Rates(0.75, 0.75)), ("valid", "noise"), is_clear=False),
)


@dataclass(frozen=True)
class Plan:
    """So many days, so many answers a day of each feature, and about so many labels a day of each."""

    signals: Sequence[Signal]
    days: int
    a_day: int
    labels_a_day: int

    @property
    def size(self) -> int:
        return len(self.signals) * self.days * self.a_day

    def version(self, signal: Signal, day: int) -> int:
        return day * len(signal.versions) // self.days


@dataclass(frozen=True)
class Answers:
    """One feature's answers in their order: the day of each, whether its user gave the signal, whether its check holds,
    and how often annotators would say "good" of its like."""

    day: Whole
    has_signal: Truths
    passes: Truths
    said_good: npt.NDArray[np.float64]


def answers(plan: Plan, signal: Signal, chance: np.random.Generator) -> Answers:
    day = np.repeat(np.arange(plan.days), plan.a_day)
    has_signal = chance.random(len(day)) < WITH_SIGNAL
    rates = np.array([[one.without, one.with_] for one in signal.versions])
    said = rates[[plan.version(signal, one) for one in day], has_signal.astype(int)]
    is_good = chance.random(len(day)) < _true(said)
    passes = is_good == (chance.random(len(day)) < CHECK_IS_RIGHT)
    return Answers(day, has_signal, passes, said)


def labels(of: Answers, chance: np.random.Generator) -> tuple[Whole, Truths]:
    """For each answer who would label it, and whether that one would say "good": drawn anew with each call."""
    good, right = _true(of.said_good), CHECK_IS_RIGHT
    passing = good * right / (good * right + (1 - good) * (1 - right))
    failing = good * (1 - right) / (good * (1 - right) + (1 - good) * right)
    is_good = chance.random(len(good)) < np.where(of.passes, passing, failing)
    who = chance.integers(len(SLIPS), size=len(good))
    return who, is_good != (chance.random(len(good)) < np.array(SLIPS)[who])


def _true(said: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How often answers are right, of which annotators who slip say so this often."""
    found: npt.NDArray[np.float64] = (said - MEAN_SLIP) / (1 - 2 * MEAN_SLIP)
    return found
