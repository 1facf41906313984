"""One look at the figures of a cell: whether they carry a rate at all, and where it lies by all looks so far."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from annotation.lib.validity import betting, sequence
from annotation.lib.validity.estimate import Sums
from annotation.lib.validity.sequence import DIFFERENCES, SHARES, Interval
from annotation.lib.validity.verdict import Verdict, verdict
from annotation.validity.figures import Arm, Figures

ALPHA: Final = 0.05
ENOUGH: Final = 100
"""Fewer labels on either side of a comparison carry no judgement."""

EFFECTIVE: Final = 50.0
HEAVIEST_SHARE: Final = 0.10
MANY_UNKNOWABLE: Final = 0.20
"""From this share on, a verdict holds whatever the unknowable ones would have turned out to be, or there is none."""

EXPECTED_DAYS: Final = 30
"""The sequence is narrowest at half of so many days like the first ones."""

UNKNOWN: Final = "unknown"
"""The model version of interactions that came without any."""

Lack = Literal["", "version", "labels", "labels_without", "effective", "heavy"]
"""What figures lack to be shown; "": nothing."""

# `bounds` is where the difference lies whatever the unknowable ones would have turned out to be.
SHOWN: Final = ("with", "without", "without_highest", "difference", "bounds")
JUDGED: Final = ("judged_difference", "judged_bounds")


def lack(figures: Figures, *, polarity: str, model_version: str) -> Lack:
    """The first thing that is missing. A signal that claims nothing is compared with nothing."""
    if model_version == UNKNOWN:
        return "version"
    arms = [figures.with_] if polarity == "none" else [figures.with_, figures.without]
    if figures.with_.labels < ENOUGH:
        return "labels"
    if any(one.labels < ENOUGH for one in arms):
        return "labels_without"
    if any(one.effective_n < EFFECTIVE for one in arms):
        return "effective"
    return "heavy" if any(one.largest > HEAVIEST_SHARE * one.inverse for one in arms) else ""


def is_worst_case(figures: Figures) -> bool:
    return max(figures.with_.unknowable_share, figures.without.unknowable_share) >= MANY_UNKNOWABLE


def look(figures: Figures, *, family: int) -> bool:
    """Narrow the intervals by what is known now; the figures lack nothing. Whether looks contradict each other: then
    what is estimated has changed, and looking has to begin anew.

    `figures` keep bets if a weight is heavy. Figures that change over to bets forget what they saw before.
    """
    if figures.t_star is None:
        figures.t_star = _t_star(figures)
    if figures.is_heavy and not figures.is_betting:
        figures.is_betting, figures.intervals = True, {}
    found = _shown(figures, ALPHA) | _judged(figures, ALPHA / family)
    whole = dict.fromkeys(SHOWN[:3], SHARES) | dict.fromkeys((*SHOWN[3:], *JUDGED), DIFFERENCES)
    narrowed = {name: figures.intervals.get(name, whole[name]).intersect(one) for name, one in found.items()}
    # What is only shown begins anew by itself.
    figures.intervals = {
        name: found[name].intersect(whole[name]) if one.is_empty and name in SHOWN else one
        for name, one in narrowed.items()
    }
    return judged(figures).is_empty


def judged(figures: Figures) -> Interval:
    """The interval that the verdict is taken on."""
    return figures.intervals[JUDGED[1] if is_worst_case(figures) else JUDGED[0]]


def says(figures: Figures) -> Verdict:
    return verdict(interval=judged(figures))


def _t_star(figures: Figures) -> tuple[float, float, float]:
    scale = EXPECTED_DAYS / 2 / figures.days
    with_, without = figures.with_.claimed.n * scale, figures.without.claimed.n * scale
    return with_ + without, with_, without


def steady(sums: Sums, arm: Arm) -> Sums:
    """The sums, with as much variance as there would be if one label more were otherwise than all so far.

    Labels that all agree vary not at all, and the sequence would say that nothing is left to learn.
    """
    if sums.n < 2 or not arm.labels:
        return sums
    other = 1 / (arm.labels + 2)
    least = arm.inverse / arm.sampled * other * (1 - other)
    return replace(sums, squares=max(sums.squares, sums.total * sums.total / sums.n + least * (sums.n - 1)))


def _shown(figures: Figures, alpha: float) -> dict[str, Interval]:
    with_, without = figures.with_, figures.without
    assert figures.t_star is not None
    both, of_with, of_without = figures.t_star
    if figures.is_betting:
        assert figures.betting is not None
        bets = figures.betting
        rates = {
            "with": bets.with_.interval(alpha),
            "without": bets.without.interval(alpha),
            "without_highest": bets.without_highest.interval(alpha),
        }
    else:
        rates = {
            "with": sequence.mean(sums=steady(with_.claimed, with_), t_star=of_with, alpha=alpha),
            "without": sequence.mean(sums=steady(without.claimed, without), t_star=of_without, alpha=alpha),
            "without_highest": sequence.mean(sums=steady(without.highest, without), t_star=of_without, alpha=alpha),
        }
    return rates | {"difference": _difference(figures, both, alpha), "bounds": _bounds(figures, both, alpha)}


def _judged(figures: Figures, alpha: float) -> dict[str, Interval]:
    assert figures.t_star is not None
    both = figures.t_star[0]
    return {"judged_difference": _difference(figures, both, alpha), "judged_bounds": _bounds(figures, both, alpha)}


def _difference(figures: Figures, t_star: float, alpha: float) -> Interval:
    if figures.is_betting and figures.betting is not None:
        bets = figures.betting
        return betting.difference(with_=bets.with_, without=bets.without, alpha=alpha)
    with_, without = steady(figures.with_.claimed, figures.with_), steady(figures.without.claimed, figures.without)
    return sequence.difference(with_=with_, without=without, t_star=t_star, alpha=alpha)


def _bounds(figures: Figures, t_star: float, alpha: float) -> Interval:
    """From the lowest that the difference may be to the highest."""
    if figures.is_betting and figures.betting is not None:
        bets = figures.betting
        low = betting.difference(with_=bets.with_, without=bets.without_highest, alpha=alpha)
        high = betting.difference(with_=bets.with_highest, without=bets.without, alpha=alpha)
        return Interval(low.low, high.high)
    one, other = figures.with_, figures.without
    with_, highest = steady(one.claimed, one), steady(one.highest, one)
    without, without_highest = steady(other.claimed, other), steady(other.highest, other)
    low = sequence.difference(with_=with_, without=without_highest, t_star=t_star, alpha=alpha)
    high = sequence.difference(with_=highest, without=without, t_star=t_star, alpha=alpha)
    return Interval(low.low, high.high)


def heaviest_share(arm: Arm) -> float:
    """How much of the weight one item carries."""
    return arm.largest / arm.inverse if arm.inverse else 0.0
