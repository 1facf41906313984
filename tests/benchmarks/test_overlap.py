"""Overlap that stops by itself, on crowds with a known answer: how many labels it saves, and what that costs.

Each open item gets one label a round, from whoever of the crowd comes next by chance, and after each round all is
fitted anew, as every night. Beside it the same with a fixed number of labels, as many as there may be at most. What is
disputed in the end is counted apart: an adjudicator would settle it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from annotation.consensus import rule
from annotation.lib import dawid_skene
from annotation.lib.dawid_skene import UNKNOWN, Votes
from tests.realdata import crowds, requires
from tests.realdata.crowds import Crowd

pytestmark = [pytest.mark.benchmark, requires(*crowds.NAMES)]

FIRST, MOST, STOP_AT, TIMES = 2, 5, 0.95, 20
Whole = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class End:
    """`labels` given in all; `right`: of the items with an answer, which share; `likeliest`: of all items, were what
    is likeliest taken for the disputed ones too."""

    labels: int
    disputed: int
    right: float
    likeliest: float


@dataclass
class _Course:
    """One crowd in one order in which its people come: by item who says what, first to last."""

    order: list[list[tuple[int, int]]]
    truth: Whole
    n_raters: int
    n_reasons: int

    def votes(self, counts: Whole) -> Votes:
        said = [(item, *one) for item, own in enumerate(self.order) for one in own[: counts[item]]]
        items, raters, reasons = (np.array(column) for column in zip(*said, strict=True))
        return Votes(
            items=items, raters=raters, said=reasons, gold=np.full(len(self.order), UNKNOWN),
            n_raters=self.n_raters, n_reasons=self.n_reasons,
        )  # fmt: skip

    def stopping(self) -> End:
        """By the rule itself, with figures that are fitted anew after each round of labels."""
        counts = np.full(len(self.order), FIRST)
        while True:
            fitted = dawid_skene.fit(self.votes(counts))
            decisions = [self._decide(item, counts[item], fitted) for item in range(len(self.order))]
            more = np.array([one.status == "open" for one in decisions])
            if not more.any():
                return self._end(counts, [one.reason for one in decisions], fitted)
            counts = counts + more

    def fixed(self) -> End:
        counts = np.array([min(MOST, len(own)) for own in self.order])
        fitted = dawid_skene.fit(self.votes(counts))
        reasons = [str(one) for one in fitted.posterior.argmax(axis=1)]
        return self._end(counts, [*reasons], fitted)

    def _decide(self, item: int, count: int, fitted: dawid_skene.Fit) -> rule.Decision:
        logs = np.log(fitted.confusion)
        said = [
            rule.Vote(label_id=place, reason=str(reason), told=logs[rater, :, reason].tolist(), is_known=True)
            for place, (rater, reason) in enumerate(self.order[item][:count])
        ]
        fit = rule.Fit(reasons=[str(one) for one in range(self.n_reasons)], log_prior=np.log(fitted.prior).tolist())
        most = min(MOST, len(self.order[item]))
        terms = rule.Terms(needed=FIRST, stops=True, most=most, stop_at=STOP_AT, fit=fit)
        return rule.decide(votes=said, terms=terms, skips=0)

    def _end(self, counts: Whole, reasons: list[str | None], fitted: dawid_skene.Fit) -> End:
        answered = np.array([one is not None for one in reasons])
        right = np.array([one == str(true) for one, true in zip(reasons, self.truth, strict=True)])
        return End(
            labels=int(counts.sum()),
            disputed=int((~answered).sum()),
            right=float(right[answered].mean()),
            likeliest=float((fitted.posterior.argmax(axis=1) == self.truth).mean()),
        )


def course(crowd: Crowd, seed: int) -> _Course:
    random = np.random.default_rng(seed)
    items, workers, classes = ({name: place for place, name in enumerate(names)} for names in (
        crowd.items, crowd.workers, crowd.classes,
    ))  # fmt: skip
    order: list[list[tuple[int, int]]] = [[] for _ in items]
    told = list(crowd.said.items())
    for place in random.permutation(len(told)):
        (worker, item), answer = told[place]
        order[items[item]].append((workers[worker], classes[answer]))
    truth = np.array([classes[crowd.truth[item]] for item in items])
    return _Course(order, truth, len(workers), len(classes))


@pytest.mark.parametrize(("name", "crowd"), [("bluebirds", crowds.bluebirds), ("barzan", crowds.barzan)])
def test_labels_saved_and_accuracy_lost(
    name: str, crowd: Callable[[], Crowd], capsys: pytest.CaptureFixture[str]
) -> None:
    found = crowd()
    courses = [course(found, seed) for seed in range(TIMES)]
    stopped, full = [one.stopping() for one in courses], [one.fixed() for one in courses]
    extra = np.mean([1 - (s.labels - FIRST * len(found.items)) / (f.labels - FIRST * len(found.items))
                     for s, f in zip(stopped, full, strict=True)])  # fmt: skip
    saved = 1 - np.mean([one.labels for one in stopped]) / np.mean([one.labels for one in full])
    with capsys.disabled():
        print(
            f"\noverlap on {name}: {len(found.items):,} items, {FIRST} to {MOST} labels, stop at {STOP_AT}, "
            f"{TIMES} orders"
            f"\n  labels {np.mean([one.labels for one in stopped]):,.0f} of {full[0].labels:,}: {saved:.1%} of all "
            f"saved, {extra:.1%} of those after the first {FIRST}"
            f"\n  right, the likeliest taken everywhere: {np.mean([one.likeliest for one in stopped]):.4f}; at full "
            f"overlap {np.mean([one.likeliest for one in full]):.4f}"
            f"\n  disputed {np.mean([one.disputed for one in stopped]) / len(found.items):.1%}; right among the "
            f"others {np.mean([one.right for one in stopped]):.4f}"
        )
