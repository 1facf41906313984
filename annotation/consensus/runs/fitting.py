"""Who is right how often, for each kind of signal in a queue, and whether that may decide.

It may not where there are too few labels for so many figures, where the fit found something else than the reasons
(`dawid_skene.has_collapsed`), and where a plain vote does better on the items whose answer is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotation.consensus.runs.reading import Labels, Named, Whole
from annotation.lib import dawid_skene
from annotation.models import ConsensusFit

MIN_LABELS: Final = 30
"""Of one person, on items that somebody else labeled too: under so many, how reliable they are counts as unknown."""

MIN_A_FIGURE: Final = 5
"""Labels for each figure that is estimated of a person, reasons times reasons of them: as many as a cell of a table
of counts is asked for."""

Why = ConsensusFit.Why


@dataclass(frozen=True, kw_only=True)
class Person:
    """`told`: log P(said | true), all of one `said` together."""

    rater_id: int
    labels: int
    is_known: bool
    told: list[float]


@dataclass(frozen=True, kw_only=True)
class Backing:
    """The labels that say what is likeliest, item by item, in the order of their ids: one's lie between two of the
    `bounds`. `reason_ids`: what the last of them says, 0 where there is none."""

    label_ids: Whole
    bounds: Whole
    reason_ids: Whole

    def of(self, places: Whole) -> list[list[int]]:
        bounds = zip(self.bounds[places].tolist(), self.bounds[places + 1].tolist(), strict=True)
        return [self.label_ids[start:end].tolist() for start, end in bounds]


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Of the items that were fitted, in the order of their ids: how likely each reason is, by its place in
    `Found.reasons`, and the likeliest. `labels`: how many each has, `label_sums` of their ids. `is_weighable`: somebody
    says what is likeliest, and most of the labels are by people whose reliability is known.
    """

    items: Whole
    likely: NDArray[np.float64]
    likeliest: Whole
    labels: Whole
    label_sums: Whole
    backing: Backing
    is_weighable: NDArray[np.bool_]

    @cached_property
    def confidences(self) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self.likely[np.arange(len(self.items)), self.likeliest]
        return found


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is known of one kind of signal. `missing`: how many more labels would let people be weighed."""

    signal_kind: str
    reasons: list[str]
    why: str
    labels: int
    people: int
    known: int
    missing: int = 0
    log_prior: list[float]
    pooled: list[float]
    persons: list[Person]
    posterior: Posterior | None = None
    shift: float | None = None
    below_chance: float | None = None
    gold: dawid_skene.GoldCheck | None = None

    @property
    def is_used(self) -> bool:
        return self.why in (Why.FITTED, Why.GOLD_FOR)


def fits(labels: Labels, gold: Mapping[int, int], reasons: Mapping[int, Named]) -> list[Found]:
    """One for each kind of signal that somebody has labeled."""
    kinds = sorted({named.signal_kind for named in reasons.values()})
    place_of = np.full(max(reasons, default=0) + 1, -1)
    for pk, named in reasons.items():
        place_of[pk] = kinds.index(named.signal_kind)
    places = place_of[labels.reasons]
    found = []
    for place in np.unique(places):
        kind = kinds[place]
        own = places == place
        known = {item: reasons[pk].code for item, pk in gold.items() if reasons[pk].signal_kind == kind}
        found.append(_fit(kind, Labels(*(column[own] for column in labels)), known, reasons))
    return found


@dataclass(frozen=True, kw_only=True)
class _Coded:
    """The votes in numbers from 0, and what each number stands for."""

    votes: dawid_skene.Votes
    items: Whole
    raters: Whole
    reasons: list[str]
    label_ids: Whole
    reason_ids: Whole


def _fit(kind: str, labels: Labels, gold: Mapping[int, str], reasons: Mapping[int, Named]) -> Found:
    coded = _coded(labels, gold, reasons)
    counts = np.bincount(coded.votes.raters, minlength=len(coded.raters))
    is_known = counts >= MIN_LABELS
    told: dict[str, Any] = {
        "signal_kind": kind,
        "reasons": coded.reasons,
        "labels": len(coded.votes.items),
        "people": len(coded.raters),
        "known": int(is_known.sum()),
    }
    missing = _missing(counts, len(coded.reasons))
    if missing:
        return Found(**told, why=Why.TOO_FEW, missing=missing, log_prior=[], pooled=[], persons=[])
    fitted = dawid_skene.fit(coded.votes)
    check = dawid_skene.check(coded.votes, fitted)
    return Found(
        **told,
        why=_why(coded.votes, fitted, check),
        log_prior=np.log(fitted.prior).tolist(),
        pooled=_told(dawid_skene.pooled(coded.votes, fitted)),
        persons=[
            Person(rater_id=int(pk), labels=int(count), is_known=bool(known), told=_told(confusion))
            for pk, count, known, confusion in zip(coded.raters, counts, is_known, fitted.confusion, strict=True)
        ],
        posterior=_posterior(coded, fitted, is_known),
        shift=dawid_skene.shift(coded.votes, fitted),
        below_chance=dawid_skene.diagonals_below_chance(fitted),
        gold=check,
    )


def _coded(labels: Labels, gold: Mapping[int, str], reasons: Mapping[int, Named]) -> _Coded:
    """Of the items that more than one person labeled, or whose answer is known: others say nothing about anybody."""
    all_items, places = np.unique(labels.items, return_inverse=True)
    counts = np.bincount(places)
    known = np.isin(all_items, list(gold))
    kept = (counts > 1) | known
    own = kept[places]
    items = all_items[kept]
    codes = sorted(
        {reasons[pk].code for pk in np.unique(labels.reasons[own])} | {gold[pk] for pk in items if pk in gold}
    )
    code_of = np.full(int(labels.reasons.max(initial=0)) + 1, -1)
    for pk in np.unique(labels.reasons[own]):
        code_of[pk] = codes.index(reasons[pk].code)
    answers = np.full(len(items), dawid_skene.UNKNOWN)
    for place in np.flatnonzero(known[kept]):
        answers[place] = codes.index(gold[items[place]])
    raters, rater_places = np.unique(labels.raters[own], return_inverse=True)
    votes = dawid_skene.Votes(
        items=(np.cumsum(kept) - 1)[places[own]],
        raters=rater_places,
        said=code_of[labels.reasons[own]],
        gold=answers,
        n_raters=len(raters),
        n_reasons=len(codes),
    )
    return _Coded(
        votes=votes,
        items=items,
        raters=raters,
        reasons=codes,
        label_ids=labels.ids[own],
        reason_ids=labels.reasons[own],
    )


def _missing(counts: Whole, n_reasons: int) -> int:
    """How many labels more it takes until people can be weighed: 0 where they can."""
    known = counts[counts >= MIN_LABELS]
    if n_reasons < 2 or not len(known):
        return max(1, MIN_LABELS - int(counts.max(initial=0)))
    return max(0, MIN_A_FIGURE * n_reasons**2 * len(known) - int(known.sum()))


def _why(votes: dawid_skene.Votes, fitted: dawid_skene.Fit, check: dawid_skene.GoldCheck) -> str:
    if dawid_skene.has_collapsed(votes, fitted):
        return Why.COLLAPSED
    if check.items < dawid_skene.MIN_GOLD:
        return Why.FITTED
    return Why.GOLD_FOR if check.dawid_skene >= check.majority else Why.GOLD_AGAINST


def _posterior(coded: _Coded, fitted: dawid_skene.Fit, is_known: NDArray[np.bool_]) -> Posterior:
    votes = coded.votes
    labels = np.bincount(votes.items, minlength=len(coded.items))
    known = np.bincount(votes.items, weights=is_known[votes.raters], minlength=len(coded.items))
    label_sums = np.zeros(len(coded.items), dtype=np.int64)
    np.add.at(label_sums, votes.items, coded.label_ids)
    likeliest = fitted.posterior.argmax(axis=1)
    backing = _backing(coded, likeliest)
    return Posterior(
        items=coded.items,
        likely=fitted.posterior,
        likeliest=likeliest,
        labels=labels,
        label_sums=label_sums,
        backing=backing,
        is_weighable=(np.diff(backing.bounds) > 0) & (2 * known >= labels),
    )


def _backing(coded: _Coded, likeliest: Whole) -> Backing:
    items = coded.votes.items
    places = np.flatnonzero(coded.votes.said == likeliest[items])
    places = places[np.lexsort((coded.label_ids[places], items[places]))]
    counts = np.bincount(items[places], minlength=len(coded.items))
    bounds = np.concatenate([[0], np.cumsum(counts)])
    is_backed = counts > 0
    reason_ids = np.zeros(len(coded.items), dtype=np.int64)
    reason_ids[is_backed] = coded.reason_ids[places[bounds[1:][is_backed] - 1]]
    return Backing(label_ids=coded.label_ids[places], bounds=bounds, reason_ids=reason_ids)


def _told(confusion: NDArray[np.float64]) -> list[float]:
    found: list[float] = np.log(confusion).T.ravel().tolist()
    return found
