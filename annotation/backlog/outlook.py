"""When what waits will be worked off, which of it will break its limit, and what one more hour a day would do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from annotation.backlog.stock import Flow
from annotation.lib import forecast

WEEK: Final = 7
ENOUGH_HOURS: Final = 2.0
ENOUGH_DONE: Final = 20
"""Of fewer hours or fewer resolved items, how much an hour brings is not told."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """A figure with the interval that holds it 80 times of 100. Infinite where it never comes."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """`drain`: days until nothing is open; null where the days known don't tell (`known` of the 14 it takes).

    `is_never`: more comes than goes, or nearly. `arrived`, `completed`: a day, on average. `late`: of the `due` items
    whose limit ends within 7 days, how many break it even if people took those first; null without a forecast.
    `an_hour`: items that one hour of labeling resolves; `with_hour`: `drain` with one more such hour each day.
    """

    known: int
    due: int
    drain: Span | None = None
    is_never: bool = False
    arrived: float = 0
    completed: float = 0
    late: Span | None = None
    an_hour: float | None = None
    with_hour: Span | None = None

    @property
    def is_never_with_hour(self) -> bool:
        return self.with_hour is not None and math.isinf(self.with_hour.middle)


@dataclass(frozen=True, kw_only=True)
class Work:
    """What people did in the last 28 days: hours with an item before them, and items resolved."""

    hours: float
    done: int

    @property
    def an_hour(self) -> float | None:
        """Items an hour; null where too little was done to tell."""
        return None if self.hours < ENOUGH_HOURS or self.done < ENOUGH_DONE else self.done / self.hours


def of(*, stock: int, due: int, flow: Flow, work: Work) -> Outlook:
    """`stock`: open items; `due`: those of them whose limit ends within 7 days."""
    days = tuple(flow.whole)
    drained = _drain(stock, days, 0.0)
    if drained is None:
        return Outlook(known=flow.known, due=due)
    an_hour = work.an_hour
    more = _drain(stock, days, an_hour) if an_hour is not None else None
    return Outlook(
        known=flow.known,
        due=due,
        drain=_span(drained),
        is_never=drained.is_never,
        arrived=drained.arrived,
        completed=drained.completed,
        late=_late(due, days),
        an_hour=an_hour,
        with_hour=_span(more) if more is not None else None,
    )


@lru_cache(maxsize=512)
def _drain(stock: int, days: tuple[tuple[int, int], ...], more: float) -> forecast.Drain | None:
    """`more`: resolved beyond what was, each day. Kept, since only what is open changes in the course of a day."""
    known = np.asarray(days, dtype=float).reshape(-1, 2)
    return forecast.drain(stock=stock, days=known + np.array([0, more]))


@lru_cache(maxsize=512)
def _within(days: tuple[tuple[int, int], ...]) -> forecast.FloatArray | None:
    return forecast.within(days=np.asarray(days, dtype=float)[:, 1], ahead=WEEK)


def _late(due: int, days: tuple[tuple[int, int], ...]) -> Span | None:
    gone = _within(days)
    if gone is None:
        return None
    low, middle, high = (
        float(np.quantile(np.maximum(due - gone, 0), share).round())
        for share in (forecast.LOW, forecast.MIDDLE, forecast.HIGH)
    )
    return Span(middle=middle, low=low, high=high)


def _span(drained: forecast.Drain) -> Span:
    return Span(middle=drained.days(), low=drained.days(forecast.LOW), high=drained.days(forecast.HIGH))
