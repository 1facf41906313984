"""What the figures of closure say, in sentences."""

from __future__ import annotations

from datetime import date
from math import floor, isinf

from annotation.closure.forecast import Forecast
from annotation.closure.speed import Pace, Speed
from annotation.closure.waits import Wait
from annotation.lib.sentences import percent
from annotation.lib.survival.incidence import Estimate, Quantile


def speed(found: Speed) -> str:
    """How long it takes, how much doesn't come in time, and where it waits longest."""
    pace = found.pace
    said = [pace.refusal, half(pace), in_time(pace) or pace.too_young, stall(found.stall) if found.stall else None]
    return " ".join(one for one in said if one)


def half(pace: Pace) -> str:
    median = pace.quantile()
    if median is None:
        return ""
    if median.value is None:
        return (
            "Half of all feedback has not reached users as a changed answer so far: that takes at least "
            f"{days(floor(pace.curve.last))}."
        )
    return (
        f"Half of all feedback reaches users as a changed answer within {days(median.value)} ({quantile_band(median)})."
    )


def in_time(pace: Pace) -> str:
    """What did not close within the days allowed, what was validated in between, and what can lead no further."""
    if pace.within is None:
        return ""
    missed = f"{percent(1 - pace.within.value)} did not within {pace.closure_days} days ({band(_rest(pace.within))})"
    if pace.elsewhere is not None and pace.elsewhere >= 0.005:
        missed += f"; {percent(pace.elsewhere)} can lead no further"
    if pace.validated is not None and pace.validated.value - pace.within.value >= 0.005:
        return (
            f"{missed}. With what was validated in between, {percent(pace.validated.value)} are in time "
            f"({band(pace.validated)})."
        )
    return f"{missed}."


def stall(wait: Wait) -> str:
    return f"It waits longest {wait.between} ({days(wait.mean or 0)})."


def forecast(found: Forecast) -> str:
    if found.total is None:
        return " ".join(one for one in (found.refusal, found.change) if one)
    said = (
        f"What arrives today will have led to a changed answer by {day(found.on)}, in {days(found.total.days)} "
        f"(in 8 of 10 cases between {day(found.earliest)} and {day(found.latest)}), if the last four weeks go on."
    )
    return f"{said} {found.change}" if found.change else said


def days(number: float) -> str:
    """Whole days; under two of them hours."""
    if isinf(number):
        return "no time that ends"
    if number < 2:
        hours = round(24 * number)
        return f"{hours} hour" if hours == 1 else f"{hours} hours"
    return f"{number:,.0f} days"


def day(on: date | None) -> str:
    return f"{on.day} {on:%B %Y}" if on else "no day that a calendar holds"


def band(estimate: Estimate) -> str:
    return f"{100 * estimate.low:.0f} to {100 * estimate.high:.0f} %"


def quantile_band(found: Quantile) -> str:
    low, high = found.low, found.high
    if high is None:
        return f"from {low or 0:,.0f} days on, with no upper end so far"
    return f"{low or 0:,.0f} to {high:,.0f}"


def _rest(estimate: Estimate) -> Estimate:
    return Estimate(1 - estimate.value, 1 - estimate.high, 1 - estimate.low)
