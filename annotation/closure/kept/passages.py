"""Cells with what came of their exports, and what follows for them: from columns to columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation.closure.kept.columns import Cells, Real, Whole
from annotation.closure.kept.records import NEVER, POPULATIONS
from annotation.lib.survival.incidence import End

Truth = NDArray[np.bool_]

STAGES: Final = 9

CLOSE: Final = 8
"""Up to so many times as many values as there are entries, a table of all of them is faster than sorting."""


class Course(NamedTuple):
    """What came of one set of exports, in hours since 1970: the `place` of the stage reached; NEVER what did not come.
    The first of several stands for no set at all, `place` 0."""

    place: int = 0
    is_held_out: bool = False
    exported: int = NEVER
    trained: int = NEVER
    deployed: int = NEVER
    changed: int = NEVER
    validated: int = NEVER


class Durations(NamedTuple):
    """Interactions that took as many `hours` to the same `end` (`lib.survival.incidence.End`): how many they are, and
    the sums of their weights and of the squares of those. `weeks`: the ones in which they occurred, counted from 1970;
    0 where weeks aren't told apart."""

    hours: Whole
    ends: Whole
    weights: Real
    squares: Real
    numbers: Whole
    weeks: Whole


@dataclass(frozen=True, kw_only=True, eq=False)
class Passage:
    """One entry a cell. `times`: when each of the nine stages was reached; `in_time`: when it had closed, or a model
    that learned from it was validated; `came`: the place of the stage it came to; `left_at`: since when it leads no
    further."""

    cells: Cells
    times: tuple[Whole, ...]
    in_time: Whole
    came: Whole
    may_go_on: Truth
    left_at: Whole

    @property
    def changed(self) -> Whole:
        return self.times[-1]

    def among(self, *populations: str) -> Truth:
        return np.isin(self.cells.population, [POPULATIONS.index(one) for one in populations])

    def durations(
        self, chosen: Truth, *, since: Whole, gone: Whole, left_at: Whole, now: int, weeks: Whole | None = None
    ) -> Durations:
        """Of the chosen cells from `since` on: until they are `gone`, have `left`, or are still there at `now`."""
        hours = np.maximum(np.minimum(np.minimum(gone, left_at), now) - since, 0)
        went = np.where(left_at <= now, End.ELSEWHERE, End.OPEN)
        ends = np.where(gone <= np.minimum(left_at, now), End.REACHED, went)
        return _summed(
            self.cells, chosen & (since <= now), hours, ends, np.zeros_like(hours) if weeks is None else weeks
        )

    def wait(self, place: int, chosen: Truth, *, now: int) -> Durations:
        """How long the chosen cells stayed at the stage of this place."""
        came_in, gone = self.times[place - 1], self.times[place]
        left_at = np.maximum(self.left_at, came_in)
        return self.durations(chosen, since=came_in, gone=gone, left_at=left_at, now=now)

    def stock(self, place: int, chosen: Truth, *, at: int) -> int:
        """How many of the chosen stand at the stage of this place."""
        is_here = (self.times[place - 1] <= at) & (self.times[place] > at) & (self.left_at > at)
        return int(self.cells.number[chosen & is_here].sum())


def passage(cells: Cells, courses: Sequence[Course]) -> Passage:
    """`courses`: of the sets of exports that cells name, with the one of none ahead of them."""
    place, is_held_out, *times = (one[cells.tail] for one in np.asarray(courses, dtype=np.int64).T.copy())
    exported, trained, deployed, changed, validated = (_lifted(time, cells.resolved) for time in times)
    has_course, is_closed = place > 0, changed < NEVER
    is_at_end = np.where(has_course, is_held_out, cells.has_ended) | cells.has_stopped
    ended_at = np.where(has_course, np.where(is_held_out, exported, NEVER), cells.ended_at)
    first = (cells.occurred, cells.ingested, cells.queued, cells.labeled, cells.resolved)
    return Passage(
        cells=cells,
        times=(*first, exported, trained, deployed, changed),
        in_time=np.minimum(changed, validated),
        came=np.where(has_course, place, cells.reached),
        may_go_on=is_closed | (is_at_end == 0),
        left_at=np.where(is_closed, NEVER, np.minimum(cells.stopped_at, ended_at)),
    )


def _lifted(time: Whole, resolved: Whole) -> Whole:
    """No stage comes before the item was resolved."""
    return np.where((time < NEVER) & (resolved < NEVER), np.maximum(time, resolved), time)


def _summed(cells: Cells, chosen: Truth, hours: Whole, ends: Whole, weeks: Whole) -> Durations:
    lines, weeks = (hours * len(End) + ends)[chosen], weeks[chosen]
    span, first = int(lines.max(initial=0)) + 1, int(weeks.min(initial=NEVER))
    found, places = _alike((weeks - first) * span + lines)
    numbers, weights, squares = (
        np.bincount(places, weights=values[chosen], minlength=len(found)).astype(float)
        for values in (cells.number, cells.weight, cells.squares)
    )
    of_weeks, lines = np.divmod(found, span)
    return Durations(lines // len(End), lines % len(End), weights, squares, numbers.astype(np.int64), of_weeks + first)


def _alike(keys: Whole) -> tuple[Whole, Whole]:
    """The values that occur, ascending, and the place of each among them: without sorting, where they lie close."""
    most = int(keys.max(initial=0)) + 1
    if most > CLOSE * len(keys):
        found, places = np.unique(keys, return_inverse=True)
        return found, places
    found = np.flatnonzero(np.bincount(keys, minlength=most))
    places = np.empty(most, dtype=np.int64)
    places[found] = np.arange(len(found))
    return found, places[keys]
