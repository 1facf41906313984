"""When what arrives today will have led to a changed answer, if everybody goes on as in the last four weeks.

Three waits, one after another: until people have worked off what is open (items are served by their keys and not by
age, so the last of today's comes when nothing is left), until the next export that a training run uses, and from that
export to the first changed answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np

from annotation import loading
from annotation.closure import reading
from annotation.closure.kept.reading import Passages
from annotation.lib import forecast
from annotation.lib.forecast import HIGH, LOW, MIDDLE, FloatArray
from annotation.models import Export, Feature

A_DAY: Final = timedelta(days=1)
SHOWN: Final = forecast.WEEKS * forecast.WEEK
A_TENTH: Final = 0.1
ENOUGH_TURNS: Final = 2
"""So many exports must have led to a changed answer: one tells nothing of how often that happens."""

# What retention took came too.
TAKEN: Final = """
    SELECT queued_on, sum(interactions)::bigint FROM annotation_retentioncount
    WHERE feature_id = %s AND signal_kind IS NOT NULL AND queued_on >= %s AND queued_on < %s GROUP BY 1
"""
FIRST: Final = "SELECT min(day) FROM annotation_closuretally WHERE feature_id = %s"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the waits: days in the middle, and between which they are in 8 of 10 cases."""

    code: str
    days: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Days from now, and the dates they fall on; None where none is given, and `refusal` says why.

    `parts`: labeling, the next export that is used, the way of that to users. `change`: what would have to change for
    what arrives today to close within the days allowed; None where nothing has to. In interactions: how many are
    `open` and wait for people, `arrived` a day, and were `completed` (resolved) a day.
    """

    refusal: str | None = None
    is_never: bool = False
    parts: tuple[Part, ...] = ()
    total: Part | None = None
    on: date | None = None
    earliest: date | None = None
    latest: date | None = None
    change: str | None = None
    open: int = 0
    arrived: float | None = None
    completed: float | None = None


def of(*, feature: Feature, now: datetime, passages: Passages | None = None) -> Forecast:
    """`passages`: those of the feature as of `now`, where they are loaded already."""
    passages = passages or Passages(feature=feature, now=now)
    days, stock = _days(feature, now, passages), passages.waiting()
    drained = forecast.drain(stock=stock, days=days, seed=feature.pk)
    if drained is None:
        return Forecast(
            open=stock,
            refusal=f"No forecast: it takes {forecast.ENOUGH_DAYS} whole days of arrivals, and there are {len(days)}.",
        )
    rates = Forecast(open=stock, arrived=drained.arrived, completed=drained.completed)
    if drained.is_never or not np.isfinite(drained.days()):
        return replace(rates, is_never=True, refusal=_never(drained), change=_more_labels(drained))
    turns = _turns(feature, now)
    if len(turns) < ENOUGH_TURNS:
        return replace(rates, refusal=_too_few_turns(len(turns)))
    return _told(rates, drained.paths, turns, feature=feature, now=now)


def _told(
    rates: Forecast,
    labeling: FloatArray,
    turns: list[tuple[datetime, datetime]],
    *,
    feature: Feature,
    now: datetime,
) -> Forecast:
    rng = np.random.default_rng(feature.pk)
    gaps = np.asarray([(later - earlier) / A_DAY for (earlier, _), (later, _) in pairwise(turns)])
    lags = np.asarray([(changed - exported) / A_DAY for exported, changed in turns])
    waits = {
        "labeling": labeling,
        "export": forecast.wait(gaps=gaps, rng=rng),
        "turn": rng.choice(lags, size=forecast.PATHS),
    }
    parts = tuple(_part(code, paths) for code, paths in waits.items())
    total = _part("total", sum(waits.values(), np.zeros(forecast.PATHS)))
    return replace(
        rates,
        parts=parts,
        total=total,
        on=_date(now, total.days),
        earliest=_date(now, total.low),
        latest=_date(now, total.high),
        change=_change(parts, total, feature.closure_days),
    )


def _days(feature: Feature, now: datetime, passages: Passages) -> FloatArray:
    """(n, 2): what was queued and what resolved on each of the last 28 whole UTC days, from the first on which anything
    happened."""
    today = now.astimezone(UTC).date()
    ((known,),) = loading.fetched(FIRST, [feature.pk])
    begin = max(today - timedelta(days=SHOWN), known) if known and known < today else today
    days = passages.days(begin, today).astype(float)
    for day, count in loading.fetched(TAKEN, [feature.pk, begin, today]):
        days[(day - begin).days, 0] += count
    return days


def _turns(feature: Feature, now: datetime) -> list[tuple[datetime, datetime]]:
    """Exports that led to a changed answer: when each was made and when that came, oldest first. Those made at the same
    time are one."""
    done = Export.objects.filter(feature=feature, status=Export.Status.DONE).values_list("pk", flat=True)
    turns: dict[datetime, datetime] = {}
    for tail in reading.of_exports(done):
        if tail.closed_at is not None and tail.closed_at <= now:
            turns[tail.exported_at] = min(tail.closed_at, turns.get(tail.exported_at, tail.closed_at))
    return sorted(turns.items())


def _part(code: str, paths: FloatArray) -> Part:
    low, middle, high = (float(np.quantile(paths, share, method="higher")) for share in (LOW, MIDDLE, HIGH))
    return Part(code=code, days=middle, low=low, high=high)


def _date(now: datetime, days: float) -> date | None:
    """None beyond what a calendar holds."""
    return (now + timedelta(days=days)).date() if days < 100 * 365 else None


def _too_few_turns(turns: int) -> str:
    counted = "none has" if not turns else "only one has"
    return (
        f"No forecast: it takes {ENOUGH_TURNS} exports that led to a changed answer, to know how often that happens, "
        f"and {counted}."
    )


def _never(drained: forecast.Drain) -> str:
    return (
        f"What arrives today won't close at this pace: {_a_day(drained.arrived)} interactions come a day and people "
        f"resolve {_a_day(drained.completed)}. "
        "What nobody gets to on its day leads nowhere."
    )


def _more_labels(drained: forecast.Drain) -> str:
    missing = max(drained.arrived - drained.completed, A_TENTH)
    return (
        f"About {_a_day(missing)} more resolved a day would keep up with what arrives, or a queue that takes "
        "fewer kinds of signals."
    )


def _a_day(number: float) -> str:
    """Whole ones; under ten with a tenth, lest what differs look the same."""
    return f"{number:,.0f}" if number >= 10 or number == round(number) else f"{number:.1f}"


CHANGES: Final = {
    "labeling": "Labeling takes longest: if what is open were worked off within",
    "export": "Waiting for the next export that a training run uses takes longest: if it came within",
    "turn": "From export to the first changed answer takes longest: if that took",
}


def _change(parts: tuple[Part, ...], total: Part, allowed: int) -> str | None:
    """What the longest wait would have to be for the whole to stay within the days allowed."""
    over = total.days - allowed
    if over <= 0:
        return None
    longest = max(parts, key=lambda part: part.days)
    left = longest.days - over
    if left < 1:
        return f"No single step is enough: the whole takes {over:,.0f} days more than the {allowed} allowed."
    return (
        f"{CHANGES[longest.code]} {left:,.0f} days instead of {longest.days:,.0f}, what arrives today would "
        f"close within {allowed}."
    )
