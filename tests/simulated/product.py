"""A product of 90 days whose truth is known: what arrives, what people get to, and how the wheel turns.

Answers arrive at random times. A rule suspects the hard ones, which weigh four times as much in the queue; people label
what has the smallest keys, as many a day as they can. Each week an export holds what was resolved and may be used; a
run trains on it, and its model is deployed and answers from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

DAYS: Final = 90
DAY: Final = 24 * 60
"""All times are whole minutes since the start."""
NEVER: Final = 10**9

ARRIVE: Final = 60
LABELED: Final = 36
"""A day, in the mean."""
LIMIT: Final = 7
"""Days after its own at which a day is closed, whatever is open."""

HARD: Final = 0.3
WEIGHT: Final = 4.0
USABLE: Final = 0.8
"""Labels that permit a use."""
LABEL_AFTER: Final = {False: 1.0, True: 2.0}
"""Days in the mean, of easy and of hard ones."""
EVERY: Final = 7.0
TRAIN: Final = (19.0, 4.0, 0.75)
DEPLOY: Final = (0.0, 4.0, 0.5)
"""Days at least, and the shape and scale of what a gamma distribution adds: 22 in the mean, and 2."""

OLD: Final = {False: 0.7, True: 0.3}
NEW: Final = {False: 0.95, True: 0.75}
"""Good ones of those that can be told: of the first model, and of all that were trained."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Product:
    """Interactions in the order in which they came, by their times; then cohorts by day, and turns.

    `threshold`: of each day's cohort, infinite where people got to all; `closed`: NEVER where it is still open.
    `turn`: in whose export an interaction was, -1 where in none. `version`: by which turn's model it was answered, -1
    by the first. `changed`: the first answer of a turn's model.
    """

    occurred: IntArray
    is_hard: BoolArray
    random: FloatArray
    labeled: IntArray
    is_usable: BoolArray
    is_good: BoolArray
    version: IntArray
    turn: IntArray
    threshold: FloatArray
    closed: IntArray
    exported: IntArray
    trained: IntArray
    deployed: IntArray
    changed: IntArray

    @cached_property
    def day(self) -> IntArray:
        return self.occurred // DAY

    @cached_property
    def weight(self) -> FloatArray:
        return np.where(self.is_hard, WEIGHT, 1.0)

    @cached_property
    def key(self) -> FloatArray:
        return self.random / self.weight

    @cached_property
    def is_sampled(self) -> BoolArray:
        """Of days that have closed."""
        return (self.key < self.threshold[self.day]) & (self.closed[self.day] <= DAYS * DAY)

    @cached_property
    def probability(self) -> FloatArray:
        return np.minimum(1.0, self.threshold[self.day] * self.weight)

    def through(self, times: IntArray) -> IntArray:
        """When what is in an export came to this stage of its turn."""
        return np.where(self.turn >= 0, times[self.turn], NEVER)


def product(rng: np.random.Generator, *, stops: float = np.inf) -> Product:
    """`stops`: what is exported from this day on is never trained on."""
    arrived = rng.poisson(ARRIVE, DAYS)
    occurred = np.concatenate([day * DAY + np.sort(rng.integers(0, DAY, count)) for day, count in enumerate(arrived)])
    is_hard = rng.random(len(occurred)) < HARD
    random = rng.random(len(occurred))
    labeled = occurred + _minutes(rng.exponential(np.where(is_hard, LABEL_AFTER[True], LABEL_AFTER[False])))
    exported, trained, deployed = _turns(rng, stops)
    version = _answering(occurred, deployed)
    threshold, is_reached = _reached(rng, random / np.where(is_hard, WEIGHT, 1.0), occurred // DAY)
    labeled = np.where(is_reached, labeled, NEVER)
    is_usable = rng.random(len(occurred)) < USABLE
    rates = np.where(version < 0, _of(is_hard, OLD), _of(is_hard, NEW))
    turn = np.searchsorted(exported, labeled)
    is_exported = is_usable & (labeled < DAYS * DAY) & (turn < len(exported))
    return Product(
        occurred=occurred,
        is_hard=is_hard,
        random=random,
        labeled=labeled,
        is_usable=is_usable,
        is_good=rng.random(len(occurred)) < rates,
        version=version,
        turn=np.where(is_exported, turn, -1),
        threshold=threshold,
        closed=_closed(occurred // DAY, labeled),
        exported=exported,
        trained=trained,
        deployed=deployed,
        changed=_changed(occurred, version, deployed),
    )


def times_to_close(rng: np.random.Generator, number: int) -> FloatArray:
    """Days, of so many interactions whose label permits a use: the truth, made of its parts."""
    is_hard = rng.random(number) < HARD
    parts = (
        rng.exponential(_of(is_hard, LABEL_AFTER)),
        rng.uniform(0, EVERY, number),
        _lags(rng, TRAIN, number),
        _lags(rng, DEPLOY, number),
        rng.exponential(1 / ARRIVE, number),
    )
    found: FloatArray = np.sum(parts, axis=0)
    return found


def _turns(rng: np.random.Generator, stops: float) -> tuple[IntArray, IntArray, IntArray]:
    days = np.arange(rng.uniform(0, EVERY), DAYS, EVERY)
    trained = np.where(days < stops, days + _lags(rng, TRAIN, len(days)), np.inf)
    deployed = trained + _lags(rng, DEPLOY, len(days))
    return _minutes(days), _minutes(trained), _minutes(deployed)


def _lags(rng: np.random.Generator, of: tuple[float, float, float], number: int) -> FloatArray:
    least, shape, scale = of
    return least + rng.gamma(shape, scale, number)


def _answering(occurred: IntArray, deployed: IntArray) -> IntArray:
    """The turn that was deployed last."""
    order = np.argsort(deployed)
    return np.concatenate(([-1], order))[np.searchsorted(deployed[order], occurred, side="right")]


def _reached(rng: np.random.Generator, key: FloatArray, day: IntArray) -> tuple[FloatArray, BoolArray]:
    """By day the largest key that people came to, and which they labeled."""
    threshold, is_reached = np.full(DAYS, np.inf), np.ones(len(key), dtype=bool)
    for number in range(DAYS):
        keys = np.sort(key[day == number])
        reached = int(LABELED * rng.uniform(0.5, 1.5))
        if reached < len(keys):
            threshold[number] = keys[reached - 1]
            is_reached[day == number] = key[day == number] <= threshold[number]
    return threshold, is_reached


def _closed(day: IntArray, labeled: IntArray) -> IntArray:
    """Once all that people came to is labeled, and the day is over."""
    last = np.array([max(labeled[(day == one) & (labeled < NEVER)], default=0) for one in range(DAYS)])
    ends = (np.arange(DAYS) + 1) * DAY
    closed = np.clip(last, ends, ends + LIMIT * DAY)
    return np.where(closed <= DAYS * DAY, closed, NEVER)


def _changed(occurred: IntArray, version: IntArray, deployed: IntArray) -> IntArray:
    firsts = (occurred[version == turn] for turn in range(len(deployed)))
    return np.array([one[0] if len(one) else NEVER for one in firsts])


def _of(is_hard: BoolArray, values: dict[bool, float]) -> FloatArray:
    return np.where(is_hard, values[True], values[False])


def _minutes(days: FloatArray) -> IntArray:
    return np.where(np.isfinite(days), np.ceil(np.nan_to_num(days, posinf=0.0) * DAY), NEVER).astype(np.int64)
