"""The figures of a cell: sums and counts of its two arms, and where its rates lie by all looks so far. No database.

Cohorts are added one by one; to add all of them anew gives the same figures, which a nightly check relies on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np

from annotation.lib.validity.betting import Bets
from annotation.lib.validity.estimate import FloatArray, Lambda, Sums, contributions, effective_n, lambda_of, sums
from annotation.lib.validity.sequence import Interval
from annotation.models import Reason
from annotation.validity.terms import CODES, OUTCOMES, UNKNOWABLE, Mask, Terms

CLAIMS: Final = {"positive": "good", "negative": "bad", "none": "good"}
"""What a signal of this polarity claims. One of none claims nothing; its arm is counted all the same."""

FEW: Final = 20

HEAVY: Final = 5.0
"""From a weight of so many times the mean on, intervals come from bets. Asymptotic ones were seen to hold up to 4
times; a weight that is large because few of many are labeled, and all weigh alike, is none that they can't carry."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """`claimed`: of what the items contribute to the rate; `highest`: if all unknowables were what is claimed; `bare`:
    without predictions. `labels`: those of the sample that people resolved. Weighted counts by outcome and reason.
    """

    claimed: Sums = field(default_factory=Sums)
    highest: Sums = field(default_factory=Sums)
    bare: Sums = field(default_factory=Sums)
    sampled: int = 0
    labels: int = 0
    inverse: float = 0.0
    inverse_squares: float = 0.0
    largest: float = 0.0
    outcomes: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, other: Arm) -> Arm:
        return Arm(
            claimed=self.claimed + other.claimed,
            highest=self.highest + other.highest,
            bare=self.bare + other.bare,
            sampled=self.sampled + other.sampled,
            labels=self.labels + other.labels,
            inverse=self.inverse + other.inverse,
            inverse_squares=self.inverse_squares + other.inverse_squares,
            largest=max(self.largest, other.largest),
            outcomes=_added(self.outcomes, other.outcomes),
            reasons=_added(self.reasons, other.reasons),
        )

    @property
    def effective_n(self) -> float:
        return effective_n(inverse=self.inverse, inverse_squares=self.inverse_squares)

    @property
    def is_heavy(self) -> bool:
        """Whether one item weighs so many times what they weigh on average."""
        return self.largest * self.sampled > HEAVY * self.inverse

    @property
    def rate(self) -> float:
        """Of what is claimed, by weight; of an empty sample a half."""
        return self.bare.total / self.inverse if self.inverse else 0.5

    @property
    def expected(self) -> float:
        """The rate so far, drawn toward a half as long as it rests on few labels: what the next cohorts are predicted
        to be like. The estimate is unbiased whatever is predicted, if only it was known before."""
        return (self.labels * self.rate + FEW * 0.5) / (self.labels + FEW)

    @property
    def unaided_variance(self) -> float:
        """Of what items would contribute if each were predicted to be as the rate says: what a helper is measured
        against. Without any prediction the estimate would also bear how many items happened to be drawn, which any
        prediction at all takes away, a guess too."""
        if not self.inverse:
            return 0.0
        return (self.bare.squares * (1 - 2 * self.rate) + self.rate**2 * self.inverse_squares) / self.bare.n

    @property
    def unknowable_share(self) -> float:
        """Weighted, among the sample; of an empty one 0."""
        return self.outcomes.get(Reason.Outcome.UNKNOWABLE, 0.0) / self.inverse if self.inverse else 0.0

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        return told | {name: _pack(getattr(self, name)) for name in _SUMS}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Arm:
        values: dict[str, Any] = {name: told[name] for name in _PLAIN}
        return cls(**values | {name: Sums(*told[name]) for name in _SUMS})


_SUMS: Final = ("claimed", "highest", "bare")
_PLAIN: Final = ("sampled", "labels", "inverse", "inverse_squares", "largest", "outcomes", "reasons")


@dataclass
class Betting:
    """The bets against each arm's rate, and against what it is if all unknowables were what is claimed."""

    with_: Bets = field(default_factory=Bets)
    with_highest: Bets = field(default_factory=Bets)
    without: Bets = field(default_factory=Bets)
    without_highest: Bets = field(default_factory=Bets)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name).state() for name in _BETS}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Betting:
        return cls(**{name: Bets.of(told[name]) for name in _BETS})


_BETS: Final = ("with_", "with_highest", "without", "without_highest")


@dataclass
class Figures:
    """`t_star` is set at the first look, for the two arms together and for each. `days`: days whose cohorts are in it.

    `intervals` by name (`annotation.validity.looking`). `since_sheet` and `since_correction`: at the last restart, the
    last cohort that was counted, and the last correction, which is taken in. `lam`: by outcome, from all cohorts.
    """

    with_: Arm = field(default_factory=Arm)
    without: Arm = field(default_factory=Arm)
    lam: dict[str, Lambda] = field(default_factory=lambda: {"good": Lambda(), "bad": Lambda()})
    days: int = 0
    last_day: date | None = None
    last_sheet: int = 0
    t_star: tuple[float, float, float] | None = None
    intervals: dict[str, Interval] = field(default_factory=dict)
    betting: Betting | None = None
    is_betting: bool = False
    since_sheet: int = 0
    since_correction: int = 0

    def add(self, *, terms: Terms, of: Cohort, cell: CellKey) -> None:
        """Take in what a cohort contributes to this cell."""
        chosen = _chosen(terms, cell)
        claim = CLAIMS[cell.polarity]
        self.with_ += arm(terms, chosen.with_, claim, self.with_.expected)
        self.without += arm(terms, chosen.without, claim, self.without.expected)
        if self.betting is not None:
            _bet(self.betting, terms, chosen, claim)
        if not of.suggestions_seen:
            self._learn(terms, chosen.own)
        if self.last_day is None or of.day > self.last_day:
            self.days, self.last_day = self.days + 1, of.day
        self.last_sheet = of.sheet_id

    def _learn(self, terms: Terms, own: Mask) -> None:
        told = own & terms.is_predicted & (terms.probability > 0)
        for outcome in self.lam:
            y = terms.outcomes[told] == CODES[outcome]
            self.lam[outcome] += lambda_of(y=y, f=terms.f[outcome][told], probability=terms.probability[told])

    @property
    def is_heavy(self) -> bool:
        return self.with_.is_heavy or self.without.is_heavy

    def as_json(self) -> dict[str, Any]:
        return {
            "with": self.with_.as_json(),
            "without": self.without.as_json(),
            "lam": {outcome: [one.numerator, one.denominator] for outcome, one in self.lam.items()},
            "days": self.days,
            "last_day": self.last_day.isoformat() if self.last_day else None,
            "last_sheet": self.last_sheet,
            "t_star": self.t_star,
            "intervals": {name: [one.low, one.high] for name, one in sorted(self.intervals.items())},
            "betting": self.betting.as_json() if self.betting else None,
            "is_betting": self.is_betting,
            "since_sheet": self.since_sheet,
            "since_correction": self.since_correction,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Figures:
        """As they stood; empty ones of nothing."""
        if not told:
            return cls()
        return cls(
            with_=Arm.of(told["with"]),
            without=Arm.of(told["without"]),
            lam={outcome: Lambda(*one) for outcome, one in told["lam"].items()},
            days=told["days"],
            last_day=date.fromisoformat(told["last_day"]) if told["last_day"] else None,
            last_sheet=told["last_sheet"],
            t_star=tuple(told["t_star"]) if told["t_star"] else None,
            intervals={name: Interval(*one) for name, one in told["intervals"].items()},
            betting=Betting.of(told["betting"]) if told["betting"] else None,
            is_betting=told["is_betting"],
            since_sheet=told["since_sheet"],
            since_correction=told["since_correction"],
        )


@dataclass(frozen=True, kw_only=True)
class CellKey:
    """Which terms a cell is about. `part` 0: of all."""

    kind: str
    polarity: str
    model_version: str
    part: int


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """A cohort whose terms are written."""

    sheet_id: int
    day: date
    suggestions_seen: bool


@dataclass(frozen=True)
class _Chosen:
    with_: Mask
    without: Mask
    own: Mask


def _chosen(terms: Terms, cell: CellKey) -> _Chosen:
    here = terms.of_version(cell.model_version)
    if cell.part:
        here = here & (terms.parts == cell.part)
    own = here & (terms.kinds == cell.kind)
    lacking = terms.without.get(cell.kind)
    return _Chosen(own & terms.counts_with, here & lacking if lacking is not None else here & False, own)


def arm(terms: Terms, chosen: Mask, claim: str, expected: float) -> Arm:
    """What the chosen terms make of an arm. `expected`: what is predicted of each where nobody predicts better."""
    outcomes, pi = terms.outcomes[chosen], terms.probability[chosen]
    lam = terms.lam[claim][chosen] * terms.is_predicted[chosen]
    f = lam * terms.f[claim][chosen] + (1 - lam) * expected
    is_claimed, sampled = outcomes == CODES[claim], pi > 0
    inverse = 1 / pi[sampled]
    reasons = terms.reasons[chosen][sampled]
    return Arm(
        claimed=sums(contributions(y=is_claimed, f=f, probability=pi, lam=1.0)),
        highest=sums(contributions(y=is_claimed | (outcomes == UNKNOWABLE), f=f, probability=pi, lam=1.0)),
        bare=sums(contributions(y=is_claimed, f=0.0, probability=pi, lam=0.0)),
        sampled=int(sampled.sum()),
        labels=int((reasons > 0).sum()),
        inverse=float(inverse.sum()),
        inverse_squares=float(inverse @ inverse),
        largest=float(inverse.max(initial=0.0)),
        outcomes=_by_outcome(outcomes[sampled], inverse),
        reasons=_by_reason(reasons, inverse),
    )


def _bet(betting: Betting, terms: Terms, chosen: _Chosen, claim: str) -> None:
    pairs = (
        (chosen.with_, betting.with_, betting.with_highest),
        (chosen.without, betting.without, betting.without_highest),
    )
    for mask, claimed, highest in pairs:
        sampled = mask & (terms.probability > 0)
        pi, outcomes, n = terms.probability[sampled], terms.outcomes[sampled], float(mask.sum())
        y = outcomes == CODES[claim]
        claimed.add(y=y, probability=pi, n=n)
        highest.add(y=y | (outcomes == UNKNOWABLE), probability=pi, n=n)


def _by_outcome(outcomes: Any, inverse: FloatArray) -> dict[str, float]:
    weights = np.bincount(outcomes, weights=inverse, minlength=len(OUTCOMES))
    return {outcome: float(weights[code]) for code, outcome in enumerate(OUTCOMES) if outcome and weights[code]}


def _by_reason(reasons: Any, inverse: FloatArray) -> dict[str, float]:
    """By the reason's id, as text: so it is kept."""
    ids, places = np.unique(reasons, return_inverse=True)
    weights = np.bincount(places, weights=inverse, minlength=len(ids))
    return {str(pk): float(weight) for pk, weight in zip(ids, weights, strict=True) if pk}


def _added(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in sorted({*one, *other})}


def _pack(one: Sums) -> list[float]:
    return [one.n, one.total, one.squares]
