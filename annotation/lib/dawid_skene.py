"""Who is right how often, and so what is true: maximum a posteriori Dawid-Skene in numpy.

Dawid & Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm", Applied Statistics 28
(1979), with a Dirichlet prior on each row of each person's confusion matrix. It starts from the shares of the votes.

Everything is counted in numbers from 0: items, raters, reasons. Figures of raters are arrays by rater, what is
true, and what was said, in this order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

UNKNOWN: Final = -1
"""In `gold`: nobody knows the answer of this item."""

OFF_DIAGONAL: Final = 0.01
FEW: Final = 20
MORE: Final = 0.5
"""Labels added to what a person was seen to say: so many of each reason, and on the diagonal, for somebody without any
label, so many more: they shrink to none at `FEW` labels."""

MAX_ROUNDS: Final = 200
STILL: Final = 1e-3
"""It has converged when no item's posterior moves by more."""

MAX_SHIFT: Final = 0.20
MIN_GOLD: Final = 30


@dataclass(frozen=True, kw_only=True)
class Votes:
    """One entry a label in `items`, `raters` and `said`. `gold`: by item its known reason, or UNKNOWN."""

    items: Whole
    raters: Whole
    said: Whole
    gold: Whole
    n_raters: int
    n_reasons: int

    @property
    def n_items(self) -> int:
        return len(self.gold)

    @property
    def cells(self) -> Whole:
        """By label: the place of its rater and of what was said, in a table by rater and said."""
        return self.raters * self.n_reasons + self.said


@dataclass(frozen=True, kw_only=True)
class Fit:
    """`prior`: by reason its share. `confusion`: P(said | true) by rater, true, said. `posterior`: by item and reason.

    `prior`, `confusion` are what `posterior` was computed from.
    """

    prior: Real
    confusion: Real
    posterior: Real
    rounds: int
    has_converged: bool


@dataclass(frozen=True, kw_only=True)
class GoldCheck:
    """Of `items` with a known reason, each left out in turn: how many each rule finds. Ties of a vote count by their
    chance."""

    items: int
    dawid_skene: float
    majority: float


def fit(votes: Votes, *, more: float = MORE) -> Fit:
    """Every item must have a label or gold, and every rater a label. `more`: see MORE."""
    added = _added(votes, more)
    table = _Table(votes)
    posterior = _clamped(shares(votes), votes.gold)
    for rounds in range(1, MAX_ROUNDS + 1):  # noqa: B007 - told in the end
        prior, confusion = _parameters(table.counts(posterior), posterior, added)
        found = _clamped(_normal(table.sums(np.log(confusion), np.log(prior))), votes.gold)
        moved = float(np.abs(found - posterior).max(initial=0.0))
        posterior = found
        if moved <= STILL:
            break
    return Fit(prior=prior, confusion=confusion, posterior=posterior, rounds=rounds, has_converged=moved <= STILL)


def shares(votes: Votes) -> Real:
    """By item: which share of its labels each reason has; where there is no label, all alike."""
    places = votes.items * votes.n_reasons + votes.said
    counts = np.bincount(places, minlength=votes.n_items * votes.n_reasons).astype(float)
    counts = counts.reshape(votes.n_items, votes.n_reasons)
    totals = counts.sum(axis=1, keepdims=True)
    return np.where(totals > 0, counts / np.maximum(totals, 1), 1 / votes.n_reasons)


def plurality(votes: Votes) -> Real:
    """By item: the chance of each reason to win a vote, where ties are drawn."""
    found = shares(votes)
    wins = found == found.max(axis=1, keepdims=True)
    chances: Real = wins / wins.sum(axis=1, keepdims=True)
    return chances


def shift(votes: Votes, fitted: Fit) -> float:
    """By how much a reason's share differs at most between what was fitted and a plain vote, from 0 to 1."""
    gaps = fitted.posterior.mean(axis=0) - plurality(votes).mean(axis=0)
    return float(np.abs(gaps).max(initial=0.0))


def diagonals_below_chance(fitted: Fit) -> float:
    """Of all raters and reasons: the share where a rater who meets that reason says it less often than by chance."""
    n_reasons = len(fitted.prior)
    diagonals = np.diagonal(fitted.confusion, axis1=1, axis2=2)
    return float((diagonals < 1 / n_reasons - 1e-9).mean()) if diagonals.size else 0.0


def has_collapsed(votes: Votes, fitted: Fit) -> bool:
    """Whether the fit found something else than the reasons: their shares moved by over 20 points against a plain
    vote, or most diagonals lie below chance."""
    return shift(votes, fitted) > MAX_SHIFT or diagonals_below_chance(fitted) > 0.5


def check(votes: Votes, fitted: Fit, *, more: float = MORE) -> GoldCheck:
    """Both rules on the items whose reason is known and that have labels.

    For Dawid-Skene each is left out in turn: its own gold is taken out of the shares and of what its raters were seen
    to say, all else stays as fitted.
    """
    among = np.flatnonzero(votes.gold[votes.items] != UNKNOWN)
    known, places = np.unique(votes.items[among], return_inverse=True)
    truth = votes.gold[known]
    scores = _left_out(votes, fitted, among, places, truth, more)
    best = scores == scores.max(axis=1, keepdims=True)
    rows = np.arange(len(known))
    return GoldCheck(
        items=len(known),
        dawid_skene=float((best[rows, truth] / best.sum(axis=1)).sum()) if len(known) else 0.0,
        majority=float(plurality(votes)[known, truth].sum()),
    )


def pooled(votes: Votes, fitted: Fit) -> Real:
    """What somebody says of whom nothing is known: P(said | true) over all raters together."""
    counts = _Table(votes).counts(fitted.posterior).sum(axis=0)
    return _rows_to_one(counts + OFF_DIAGONAL + MORE * np.eye(votes.n_reasons))


def _left_out(votes: Votes, fitted: Fit, among: Whole, places: Whole, truth: Whole, more: float) -> Real:
    """By known item and reason: the logarithm of prior times likelihood without the item itself, up to a constant."""
    counts = _Table(votes).counts(fitted.posterior) + _added(votes, more)
    raters, said = votes.raters[among], votes.said[among]
    own = np.eye(votes.n_reasons)[truth]
    hits = counts[raters, :, said] - own[places]
    totals = counts.sum(axis=2)[raters] - own[places]
    shares_of = fitted.posterior.sum(axis=0) + OFF_DIAGONAL - own
    scores: Real = np.log(shares_of)
    np.add.at(scores, places, np.log(hits) - np.log(totals))
    return scores


def _added(votes: Votes, more: float) -> Real:
    labels = np.bincount(votes.raters, minlength=votes.n_raters)
    diagonal = more * np.clip(FEW - labels, 0, None) / FEW
    added: Real = OFF_DIAGONAL + diagonal[:, None, None] * np.eye(votes.n_reasons)
    return added


def _parameters(counts: Real, posterior: Real, added: Real) -> tuple[Real, Real]:
    totals = posterior.sum(axis=0) + OFF_DIAGONAL
    return totals / totals.sum(), _rows_to_one(counts + added)


def _rows_to_one(counts: Real) -> Real:
    found: Real = counts / counts.sum(axis=-1, keepdims=True)
    return found


def _normal(logs: Real) -> Real:
    logs -= logs.max(axis=1, keepdims=True)
    np.exp(logs, out=logs)
    logs /= logs.sum(axis=1, keepdims=True)
    return logs


def _clamped(posterior: Real, gold: Whole) -> Real:
    known = np.flatnonzero(gold != UNKNOWN)
    posterior[known] = 0
    posterior[known, gold[known]] = 1
    return posterior


class _Layer(NamedTuple):
    """The n-th label of each item that has so many: those items come first, in the order of `_Table.order`."""

    items: int
    cells: Whole


class _Table:
    """The labels in the two orders in which a round adds them up, sorted once."""

    def __init__(self, votes: Votes) -> None:
        self._votes = votes
        cells = votes.cells
        by_cell = np.argsort(_small(cells), kind="stable")
        self._items = votes.items[by_cell]
        self._seen, self._starts = np.unique(cells[by_cell], return_index=True)
        counts = np.bincount(votes.items, minlength=votes.n_items)
        self._order = np.argsort(-counts, kind="stable")
        self._layers = list(self._cut(cells, counts))

    def _cut(self, cells: Whole, counts: Whole) -> Iterator[_Layer]:
        by_item = cells[np.argsort(self._votes.items, kind="stable")]
        starts = (np.cumsum(counts) - counts)[self._order]
        sizes = counts[self._order]
        for number in range(int(counts.max(initial=0))):
            items = int(np.searchsorted(-sizes, -number, side="left"))
            yield _Layer(items, by_item[starts[:items] + number])

    def counts(self, posterior: Real) -> Real:
        """By rater, true and said: how many labels, each counted by its item's posterior."""
        found = np.zeros((self._votes.n_raters * self._votes.n_reasons, self._votes.n_reasons))
        if len(self._items):
            found[self._seen] = np.add.reduceat(posterior.take(self._items, axis=0), self._starts, axis=0)
        return found.reshape(self._votes.n_raters, self._votes.n_reasons, self._votes.n_reasons).transpose(0, 2, 1)

    def sums(self, logs: Real, start: Real) -> Real:
        """By item and true: `start`, and what each of the item's labels says for it."""
        by_cell = np.ascontiguousarray(logs.transpose(0, 2, 1)).reshape(-1, self._votes.n_reasons)
        sums = np.tile(start, (self._votes.n_items, 1))
        for items, cells in self._layers:
            sums[:items] += by_cell.take(cells, axis=0)
        found = np.empty_like(sums)
        found[self._order] = sums
        return found


def _small(numbers: Whole) -> NDArray[Any]:
    """The same in as few bytes as they need: those of two are sorted by their digits, which is many times faster."""
    is_small = numbers.max(initial=0) < 2**16
    return numbers.astype(np.uint16) if is_small else numbers
