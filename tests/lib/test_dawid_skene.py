"""Who is right how often: against known truth, known crowds, and by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from annotation.lib import dawid_skene
from annotation.lib.dawid_skene import UNKNOWN, Real, Votes, Whole
from tests.realdata import crowds, requires
from tests.realdata.crowds import Crowd


def votes(*said: tuple[int, int, int], gold: list[int] | None = None, n_items: int = 0) -> Votes:
    """Each label as (item, rater, reason), of two reasons."""
    items, raters, reasons = (np.array(column) for column in zip(*said, strict=True))
    return Votes(
        items=items,
        raters=raters,
        said=reasons,
        gold=np.array(gold) if gold else np.full(n_items or int(items.max()) + 1, UNKNOWN),
        n_raters=int(raters.max()) + 1,
        n_reasons=2,
    )


def coded(crowd: Crowd, known: int = 0) -> tuple[Votes, Whole]:
    """The crowd's labels in numbers, and the truth; of `known` items drawn at random it is told."""
    items, workers, classes = ({name: place for place, name in enumerate(names)} for names in (
        crowd.items, crowd.workers, crowd.classes,
    ))  # fmt: skip
    truth = np.array([classes.get(crowd.truth[item], UNKNOWN) for item in items])
    drawn = np.random.default_rng(1).permutation(len(items)) < known
    found = Votes(
        items=np.array([items[item] for _, item in crowd.said]),
        raters=np.array([workers[worker] for worker, _ in crowd.said]),
        said=np.array([classes[answer] for answer in crowd.said.values()]),
        gold=np.where(drawn, truth, UNKNOWN),
        n_raters=len(workers),
        n_reasons=len(classes),
    )
    return found, truth


def accuracy(posterior: Real, truth: Whole) -> float:
    return round(float((posterior.argmax(axis=1) == truth).mean()), 4)


def by_vote(found: Votes, truth: Whole) -> float:
    """Ties count by their chance."""
    return round(float(dawid_skene.plurality(found)[np.arange(len(truth)), truth].mean()), 4)


@requires(*crowds.NAMES)
@pytest.mark.parametrize(
    ("crowd", "majority", "low", "high"),
    [
        (crowds.bluebirds, 0.7593, 0.889, 0.8982),
        (crowds.barzan, 0.696, 0.709, 0.712),
        (lambda: crowds.sentiment("CF"), 0.8822, 0.83, 0.87),
        (lambda: crowds.sentiment("CF_amt"), 0.8533, 0.8367, 0.8467),
    ],
)
def test_known_crowds_are_as_right_as_published(
    crowd: Callable[[], Crowd], majority: float, low: float, high: float
) -> None:
    found, truth = coded(crowd())
    assert by_vote(found, truth) == majority
    fitted = dawid_skene.fit(found)
    assert low <= accuracy(fitted.posterior, truth) <= high
    assert fitted.has_converged
    bare = dawid_skene.fit(found, more=0)
    assert low <= accuracy(bare.posterior, truth) <= high


@requires(*crowds.NAMES)
def test_without_more_on_the_diagonal_a_crowd_of_strangers_collapses_and_is_told_by_it() -> None:
    found, truth = coded(crowds.sentiment("CF"))
    fitted = dawid_skene.fit(found, more=0)
    assert accuracy(fitted.posterior, truth) == 0.83
    assert dawid_skene.has_collapsed(found, fitted)
    others = [crowds.bluebirds(), crowds.barzan(), crowds.sentiment("CF_amt")]
    assert not any(dawid_skene.has_collapsed(one, dawid_skene.fit(one)) for one, _ in map(coded, others))


@requires(*crowds.NAMES)
def test_gold_tells_which_rule_does_better() -> None:
    found, _ = coded(crowds.bluebirds(), known=60)
    check = dawid_skene.check(found, dawid_skene.fit(found))
    assert check.items == 60
    assert check.dawid_skene > check.majority + 5


def test_who_always_says_the_opposite_says_as_much_as_who_is_right() -> None:
    truth = [number % 2 for number in range(60)]
    said = [
        (item, rater, answer if rater < 3 else 1 - answer) for item, answer in enumerate(truth) for rater in range(5)
    ]
    found = votes(*said)
    fitted = dawid_skene.fit(found)
    assert accuracy(fitted.posterior, np.array(truth)) == 1
    assert fitted.confusion[4, 0, 1] > 0.99
    np.testing.assert_allclose(fitted.confusion.sum(axis=2), 1)
    np.testing.assert_allclose(fitted.posterior.sum(axis=1), 1)


def test_the_posterior_is_what_prior_and_confusion_say() -> None:
    random = np.random.default_rng(3)
    said = [(item, rater, int(random.random() < 0.6)) for item in range(40) for rater in range(1 + item % 4)]
    found = votes(*random.permutation(said).tolist())
    fitted = dawid_skene.fit(found)
    for item in (0, 5, 39):
        own = found.items == item
        likely = fitted.prior * fitted.confusion[found.raters[own], :, found.said[own]].prod(axis=0)
        np.testing.assert_allclose(fitted.posterior[item], likely / likely.sum())


def test_gold_is_clamped_and_teaches_who_is_right() -> None:
    """Two people who never agree: without gold it's a draw, with it one of them is right."""
    said = [(item, rater, rater) for item in range(80) for rater in range(2)]
    gold = [0] * 40 + [UNKNOWN] * 40
    fitted = dawid_skene.fit(votes(*said, gold=gold))
    assert (fitted.posterior[:40] == [1, 0]).all()
    assert (fitted.posterior[40:, 0] > 0.99).all()


def test_an_item_left_out_does_not_know_its_own_answer() -> None:
    """Whose only label is on that item is nobody known: without it, nothing is."""
    said = [(0, 0, 1), *((item, 1, 0) for item in range(1, 40))]
    gold = [1] + [0] * 39
    found = votes(*said, gold=gold)
    check = dawid_skene.check(found, dawid_skene.fit(found))
    assert (check.items, check.majority) == (40, 40)
    assert check.dawid_skene == 39


def test_a_reason_that_swells_by_over_twenty_points_is_a_collapse() -> None:
    found = votes(*((item, rater, 0) for item in range(10) for rater in range(2)))
    fitted = dawid_skene.fit(found)
    assert dawid_skene.shift(found, fitted) < 0.01
    swollen = dawid_skene.Fit(
        prior=fitted.prior,
        confusion=fitted.confusion,
        posterior=fitted.posterior * 0.7 + 0.3 * np.array([0, 1]),
        rounds=1,
        has_converged=True,
    )
    assert round(dawid_skene.shift(found, swollen), 2) == 0.3
    assert dawid_skene.has_collapsed(found, swollen)


def test_more_labels_than_two_bytes_count_of_cells_are_summed_alike() -> None:
    """Above 65,536 cells the labels are sorted another way."""
    few = votes(*((item, item % 3, item % 2) for item in range(30)))
    many = Votes(
        items=few.items, raters=few.raters * 40_000, said=few.said, gold=few.gold, n_raters=80_001, n_reasons=2
    )
    one, other = dawid_skene.fit(few), dawid_skene.fit(many)
    np.testing.assert_allclose(one.posterior, other.posterior)
