"""The queue as it runs: days that stay open for a week, all served by smallest key, by as many people as there are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from annotation.lib.validity import estimate, sequence
from annotation.lib.validity.estimate import Lambda, Sums
from tests.lib.validity import cohorts
from tests.lib.validity.cohorts import Day

DAYS, LIMIT_DAYS, TRUTH, RIGHT, SUSPECT_WEIGHT, ALPHA = 50, 7, 0.80, 0.85, 4.0, 0.05


@dataclass(kw_only=True, eq=False)
class Open:
    day: Day
    made: int
    taken: int = 0
    order: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.order = sorted(self.day.key)

    @property
    def is_done(self) -> bool:
        return self.taken == len(self.order)


def serve(open_days: list[Open], capacity: int) -> None:
    """Label the items of the smallest keys, whatever their day."""
    left = np.concatenate([one.order[one.taken :] for one in open_days])
    if not len(left):
        return
    upto = np.sort(left)[min(capacity, len(left)) - 1]
    for one in open_days:
        one.taken = max(one.taken, int(np.searchsorted(one.order, upto, side="right")))


@dataclass(kw_only=True)
class Estimated:
    t_star: float
    uses_predictions: bool
    sums: Sums = field(default_factory=Sums)
    lam: Lambda = field(default_factory=Lambda)
    labels: int = 0
    inverse: float = 0.0
    inverse_squares: float = 0.0
    ever_wrong: bool = False

    def close(self, cohort: Open) -> None:
        day, pi = cohort.day, cohort.day.probability(cohort.taken)
        f = np.where(day.says_good, 0.9, 0.1) if self.uses_predictions else np.zeros(len(pi))
        lam = self.lam.value() if self.uses_predictions else 0.0
        self.sums += estimate.sums(estimate.contributions(y=day.y, f=f, probability=pi, lam=lam))
        self.lam += estimate.lambda_of(y=day.y, f=f, probability=pi)
        self.labels += cohort.taken
        inverse = 1 / pi[pi > 0]
        self.inverse += float(inverse.sum())
        self.inverse_squares += float(inverse @ inverse)
        self.ever_wrong |= self._is_wrong()

    def _is_wrong(self) -> bool:
        effective = estimate.effective_n(inverse=self.inverse, inverse_squares=self.inverse_squares)
        if self.labels < 100 or effective < 50:
            return False
        shown = sequence.mean(sums=self.sums, t_star=self.t_star, alpha=ALPHA)
        return not shown.low <= TRUTH <= shown.high


def run(rng: np.random.Generator, *, items: int, capacity: int, uses_predictions: bool) -> Estimated:
    found = Estimated(t_star=DAYS * items / 2, uses_predictions=uses_predictions)
    open_days: list[Open] = []
    for today in range(DAYS + LIMIT_DAYS + 1):
        due = [one for one in open_days if one.is_done or today - one.made > LIMIT_DAYS]
        for cohort in due:
            found.close(cohort)
        open_days = [one for one in open_days if one not in due]
        if today < DAYS:
            truth = np.full(max(1, int(rng.poisson(items))), TRUTH)
            day = cohorts.day(rng, truth=truth, right=RIGHT, suspect_weight=SUSPECT_WEIGHT)
            open_days.append(Open(day=day, made=today))
        if open_days:
            serve(open_days, round(capacity * rng.uniform(0.5, 1.5)))
    return found


@pytest.mark.parametrize(
    ("items", "capacity", "uses_predictions", "figure"),
    [(300, 40, True, 0.8006), (300, 40, False, 0.7996), (60, 10, True, 0.7993), (60, 10, False, 0.8003)],
)
@pytest.mark.parametrize("runs", [40, pytest.param(200, marks=pytest.mark.long)])
def test_rates_stay_true_while_days_close_one_after_the_other(
    items: int, capacity: int, uses_predictions: bool, figure: float, runs: int
) -> None:
    rng = np.random.default_rng(41)
    done = [run(rng, items=items, capacity=capacity, uses_predictions=uses_predictions) for _ in range(runs)]
    estimates = np.array([one.sums.mean for one in done])
    spread = float(estimates.std(ddof=1))
    assert cohorts.near(float(estimates.mean()), figure, spread=spread, runs=runs, figure_runs=200)
    assert abs(float(estimates.mean()) - TRUTH) <= 3 * spread / runs**0.5
    assert np.mean([one.ever_wrong for one in done]) <= 0.04 + 3 * (0.04 * 0.96 / runs) ** 0.5


def test_the_first_item_left_as_threshold_would_lean() -> None:
    """Why the threshold is the last one taken: with five labels a day the other choice is far off."""
    rng = np.random.default_rng(42)
    leaning = np.array([first_left(rng) for _ in range(40)])
    spread = float(leaning.std(ddof=1))
    assert cohorts.near(float(leaning.mean()), 0.698, spread=spread, runs=40, figure_runs=200)


def first_left(rng: np.random.Generator) -> float:
    sums, open_days = Sums(), list[Open]()
    for today in range(DAYS + LIMIT_DAYS + 1):
        for cohort in [one for one in open_days if today - one.made > LIMIT_DAYS]:
            open_days.remove(cohort)
            threshold = cohort.order[cohort.taken] if not cohort.is_done else np.inf
            day = cohort.day
            pi = np.where(day.key < threshold, np.minimum(1.0, threshold * day.weight), 0.0)
            sums += estimate.sums(estimate.contributions(y=day.y, f=0.0, probability=pi, lam=0.0))
        if today < DAYS:
            day = cohorts.day(rng, truth=np.full(60, TRUTH), right=RIGHT, suspect_weight=SUSPECT_WEIGHT)
            open_days.append(Open(day=day, made=today))
        if open_days:
            serve(open_days, 5)
    return sums.mean
