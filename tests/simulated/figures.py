"""What the product's own reckoning says of a simulated product, from values alone: as the tables would hand them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Final

import numpy as np

from annotation import closure
from annotation.closure import waits
from annotation.closure.kept.passages import Durations
from annotation.closure.kept.reading import hours
from annotation.closure.speed import counted_until, pace
from annotation.exports.hygiene import selftraining
from annotation.exports.hygiene.selftraining import SelfTraining
from annotation.lib.survival.incidence import End
from annotation.validity.contest import Contest, Vote
from tests.simulated.product import DAY, DAYS, NEVER, BoolArray, IntArray, Product
from tests.worlds import day

START: Final = day(0).replace(hour=0)
NOW: Final = START + timedelta(days=DAYS)
HOUR: Final = 60
WEEK_OF_HOURS: Final = 7 * 24

CLOSURE_DAYS: Final = 30
REASONS: Final = {"good": 1, "bad": 2, "not_about_model": 3}


def pace_and_waits(of: Product) -> closure.Speed:
    """How fast it closes, and where it waits."""
    closed = _durations(of, of.occurred, of.through(of.changed), of.is_sampled, by_week=True)
    return closure.Speed(
        pace=pace(closure_days=CLOSURE_DAYS, closed=closed, validated=closed),
        waits=waits.of(
            durations={place: _durations(of, *stage, of.is_sampled) for place, stage in _stages(of).items()},
            stocks={place: _stocks(of, *stage) for place, stage in _stages(of).items()},
            until=counted_until(closed, CLOSURE_DAYS),
        ),
        populations={},
        counted_at=None,
        checked_at=None,
    )


def contest(of: Product, *, old: int, new: int) -> Contest:
    """These two turns' models beside each other, from days that have closed, in their order."""
    found = Contest()
    still_open = np.flatnonzero(of.closed == NEVER)
    for number in range(still_open[0] if len(still_open) else DAYS):
        here = np.flatnonzero((of.day == number) & np.isin(of.version, (old, new)))
        found.take((_vote(of, at, new) for at in here.tolist()), day=START.date() + timedelta(days=number))
    return found


def dataset(words: IntArray, is_checked: BoolArray) -> SelfTraining:
    """What is told of answers of so many words, of which people checked these."""
    count, verified = int(words.sum()), int(words[is_checked].sum())
    return selftraining.told(targets=len(words), missing=0, tokens=count, by_model=count, verified=verified)


def _stages(of: Product) -> dict[int, tuple[IntArray, IntArray]]:
    """By place, when each came there and when it went on. What arrives is queued at once, and a label decides."""
    times = [of.occurred] * 3 + [of.labeled] * 2
    times += [of.through(one) for one in (of.exported, of.trained, of.deployed, of.changed)]
    return {place: (came, gone) for place, (came, gone) in enumerate(pairwise(times), start=1)}


def _left(of: Product) -> IntArray:
    """Since when each can lead no further: decided so that it permits no use, or not reached when its day closed."""
    decided = np.where(of.is_usable, NEVER, of.labeled)
    return np.where(of.labeled < NEVER, decided, of.closed[of.day])


def _durations(of: Product, came: IntArray, gone: IntArray, chosen: BoolArray, *, by_week: bool = False) -> Durations:
    """In whole hours, as figures are kept, with those that are alike added up."""
    now = DAYS * DAY // HOUR
    came, gone, left = (_hours(times) for times in (came, gone, np.maximum(_left(of), came)))
    ended = np.minimum(gone, left)
    is_here = chosen & (came <= now)
    ends = np.where(ended > now, End.OPEN, np.where(gone <= left, End.REACHED, End.ELSEWHERE))
    weeks = (hours(START) + of.occurred // HOUR) // WEEK_OF_HOURS * by_week
    keys = ((weeks * (now + 1) + np.minimum(ended, now) - came) * len(End) + ends)[is_here]
    lines, places = np.unique(keys, return_inverse=True)
    weight = 1 / of.probability[is_here]
    weights, squares = (np.bincount(places, one).astype(float) for one in (weight, weight**2))
    of_weeks, of_hours = np.divmod(lines // len(End), now + 1)
    return Durations(of_hours, lines % len(End), weights, squares, np.bincount(places), of_weeks)


def _hours(times: IntArray) -> IntArray:
    """What comes later than now is not known yet, also within the hour."""
    return np.where(times <= DAYS * DAY, times, NEVER) // HOUR


def _stocks(of: Product, came: IntArray, gone: IntArray) -> tuple[int, ...]:
    came, gone, left = (_hours(times) for times in (came, gone, np.maximum(_left(of), came)))
    times = [(DAYS - 7 * number) * DAY // HOUR for number in range(waits.GROWS_FOR + 1)]
    return tuple(int(np.sum((came <= at) & (gone > at) & (left > at))) for at in times)


def _vote(of: Product, at: int, new: int) -> Vote:
    outcome = _outcome(of, at) if of.is_sampled[at] else None
    return Vote(
        is_new=bool(of.version[at] == new),
        group="hard" if of.is_hard[at] else "easy",
        conversation=None,
        probability=float(of.probability[at]) if outcome else None,
        outcome=outcome,
        reason_id=None if outcome in (None, "unknowable") else REASONS[outcome],
        f_good=None,
        lam_good=0.0,
    )


def _outcome(of: Product, at: int) -> str:
    if of.labeled[at] > DAYS * DAY:
        return "unknowable"
    if not of.is_usable[at]:
        return "not_about_model"
    return "good" if of.is_good[at] else "bad"


def versions(of: Product) -> list[int]:
    """The turns whose models answered, in the order in which they were deployed; the first model is -1."""
    seen = Counter(of.version.tolist())
    return [-1, *sorted((turn for turn in seen if turn >= 0), key=lambda turn: int(of.deployed[turn]))]
