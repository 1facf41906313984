"""Whether somebody gives one answer whatever is asked, and how long they take: hints, both.

A fixed answer shows as too little variety: the entropy of a person's reasons, kind by kind, against what as many
answers of other people to such items have. It can be right all the same, where a person has other items than others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from annotation.lib.agreement.coefficients import Counts, Floats

MIN_LABELS = 30
"""Of the person, and of the others for each kind or length: fewer tell nothing."""

DRAWS = 1_000
SEED = 19_480
RARE = 0.01
LITTLE = 0.5
"""A hint: so little variety is rarer than `RARE` in chance, and at most this part of what is usual."""

LEAST_BITS = 0.4
"""Where others vary less than this, nearly everything is one answer anyway and nobody stands out."""

FAST = -1.0
"""A hint: on average one standard deviation below the log of the time that others take."""


@dataclass(frozen=True, kw_only=True)
class Variety:
    """Bits of a person's reasons, and what is usual for as many labels of the same kinds. `chance`: how often others'
    answers would show as little. `most`: (kind, reason) by their places, and `share` of that kind's labels."""

    bits: float
    usual: float
    chance: float
    most: tuple[int, int]
    share: float

    @property
    def stands_out(self) -> bool:
        return self.chance < RARE and self.bits <= LITTLE * self.usual


@dataclass(frozen=True, kw_only=True)
class Times:
    """Logs of seconds on items of one kind and length: how many, their sum, and the sum of their squares."""

    count: int
    total: float
    squares: float

    def without(self, other: Times) -> Times:
        return Times(
            count=self.count - other.count, total=self.total - other.total, squares=self.squares - other.squares
        )


@dataclass(frozen=True, kw_only=True)
class Speed:
    """`z`: mean distance from the others' times on items of the same kind and length, in their standard deviations.
    `ratio`: the person's time as a part of theirs (geometric means). `labels`: those that were compared."""

    z: float
    ratio: float
    labels: int

    @property
    def stands_out(self) -> bool:
        return self.z <= FAST


def variety(own: Sequence[Counts], others: Sequence[Counts], *, seed: int = SEED) -> Variety | None:
    """How varied a person's reasons are. Both: by kind, how often each of its reasons was given.

    None where the person or the others gave too few, or where others vary too little themselves.
    """
    kinds = [place for place, counts in enumerate(others) if counts.sum() >= MIN_LABELS and own[place].sum()]
    labels = np.array([own[place].sum() for place in kinds], dtype=np.int64)
    if labels.sum() < MIN_LABELS:
        return None
    rng = np.random.default_rng(seed)
    drawn = [
        _entropy(rng.multinomial(count, others[place] / others[place].sum(), size=DRAWS))
        for place, count in zip(kinds, labels, strict=True)
    ]
    spread = labels @ np.array(drawn) / labels.sum()
    bits = float(labels @ np.array([_entropy(own[place]) for place in kinds]) / labels.sum())
    usual = float(spread.mean())
    if usual < LEAST_BITS:
        return None
    kind = max(kinds, key=lambda place: int(own[place].max()))
    return Variety(
        bits=bits,
        usual=usual,
        chance=float(((spread <= bits).sum() + 1) / (DRAWS + 1)),
        most=(kind, int(own[kind].argmax())),
        share=float(own[kind].max() / own[kind].sum()),
    )


def speed(pairs: Sequence[tuple[Times, Times]]) -> Speed | None:
    """How fast a person is: own times and those of others, for each kind and length that the person had. None where
    too few can be compared."""
    told = [(own, others) for own, others in pairs if own.count and others.count >= MIN_LABELS]
    labels = sum(own.count for own, _ in told)
    if labels < MIN_LABELS:
        return None
    away = [own.total - own.count * others.total / others.count for own, others in told]
    z = sum(one / _deviation(others) for one, (_, others) in zip(away, told, strict=True)) / labels
    return Speed(z=z, ratio=exp(sum(away) / labels), labels=labels)


def _entropy(counts: Counts) -> Floats:
    """Bits, over the last axis."""
    shares = counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    found: Floats = -(shares * logs).sum(axis=-1)
    return found


def _deviation(times: Times) -> float:
    mean = times.total / times.count
    # Times that are all the same would make everybody infinitely far away.
    return max(sqrt(max(times.squares / times.count - mean * mean, 0)), 0.1)
