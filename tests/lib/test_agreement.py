"""Agreement: what was published comes out again, to the last digit given; what can't be said isn't."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from scipy import stats

from annotation.lib import agreement
from annotation.lib.agreement.coefficients import Counts, Floats
from tests import realdata

needs_references = realdata.requires("agreement_reference")
FOLDER = realdata.folder("agreement_reference")


def table(name: str) -> list[list[str]]:
    """Units x raters; "" is missing."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as lines:
        return [row[1:] for row in list(csv.reader(lines))[1:]]


def values(rows: list[list[str]]) -> list[str]:
    return sorted({one for row in rows for one in row if one}, key=lambda one: (len(one), one))


def counts(rows: list[list[str]]) -> Counts:
    reasons = values(rows)
    return np.array([[row.count(reason) for reason in reasons] for row in rows])


def crossed(rows: list[list[str]]) -> Counts:
    reasons = values(rows)
    found = np.zeros((len(reasons), len(reasons)), dtype=np.int64)
    for one, other in rows:
        found[reasons.index(one), reasons.index(other)] += 1
    return found


def measured(matrix: Counts, weights: Floats | None = None) -> agreement.Agreement:
    found = agreement.of(matrix, weights=weights)
    assert found is not None
    return found


def rounded(value: float | None, digits: int) -> float:
    assert value is not None
    return round(value, digits)


@needs_references
def test_gwets_four_raters_and_krippendorffs_missing_values() -> None:
    """The same table was published by both."""
    for name in ("gwet2014_raw_4raters", "krippendorff2004_ex3_missing", "krippendorff2004_ex3b_numeric"):
        matrix = counts(table(name))
        found = measured(matrix)
        assert (rounded(found.ac1, 5), rounded(found.fleiss, 5), rounded(found.alpha, 5)) == (0.77544, 0.76117, 0.74342)
        assert (found.units, found.ratings) == (11, 40)
        pairs = agreement.coincidences(matrix)
        shares = pairs.sum(axis=0) / pairs.sum()
        assert round(1 - np.trace(pairs) / pairs.sum(), 3) == 0.2  # Do
        assert round((1 - shares @ shares) * 40 / 39, 3) == 0.779  # De
        assert round(np.trace(pairs) / pairs.sum() * (39 / 40) + 1 / 40, 3) == 0.805  # pa
        assert round(shares @ shares, 3) == 0.24  # pe
        error = agreement.alpha_error(matrix)
        assert rounded(error, 3) == 0.146
        half = stats.t.ppf(0.975, found.units - 1) * error
        assert (round(found.alpha - half, 3), min(found.alpha + half, 1)) == (0.419, 1)


@needs_references
def test_fleiss_own_table_as_a_whole_and_by_reason() -> None:
    matrix = counts(table("fleiss1971"))
    found = measured(matrix)
    assert (rounded(found.percent, 4), rounded(found.fleiss, 4), rounded(found.ac1, 5)) == (0.5556, 0.4302, 0.44788)
    # The paper multiplies shares that it has rounded.
    shares = (matrix.sum(axis=0) / matrix.sum()).round(3)
    assert round(float(shares @ shares), 4) == 0.2201
    by_reason = agreement.by_reason(matrix)
    assert sum(one.chosen for one in by_reason) == 180
    assert [rounded(one.kappa, 3) for one in by_reason] == [0.245, 0.245, 0.520, 0.471, 0.566]
    # And it goes on with what it has rounded: 180 shares of three digits are no whole ratings.
    squares = [one.chosen + 5 * one.chosen * one.same.value for one in by_reason if one.same]
    met = ((squares - 180 * shares) / (5 * 180 * shares)).round(3)
    assert ((met - shares) / (1 - shares)).round(3).tolist() == [0.248, 0.248, 0.517, 0.470, 0.565]


@needs_references
def test_the_often_copied_table_of_ten_units_and_fourteen_raters() -> None:
    assert rounded(measured(counts(table("wikipedia_fleiss_kappa"))).fleiss, 4) == 0.2099


@needs_references
@pytest.mark.parametrize(
    ("name", "observed", "alpha"),
    [
        ("krippendorff2004_ex1_dichotomy", 0.6, 0.095),
        ("krippendorff2004_ex2_multicategory", 0.833, 0.734),
        ("krippendorff2004_ex3_missing", 0.818, 0.743),
        ("wikipedia_krippendorff_alpha", None, 0.691),
    ],
)
def test_krippendorffs_examples(name: str, observed: float | None, alpha: float) -> None:
    found = measured(counts(table(name)))
    assert rounded(found.alpha, 3) == alpha
    assert observed is None or round(found.percent, 3) == observed


@needs_references
@pytest.mark.parametrize(
    ("name", "ordinal", "interval", "ratio"),
    [
        ("krippendorff2004_ex3b_numeric", 0.8154, 0.8491, 0.7974),
        ("wikipedia_krippendorff_alpha", 0.8067, 0.8108, None),
    ],
)
def test_reasons_that_agree_in_part(name: str, ordinal: float, interval: float, ratio: float | None) -> None:
    rows = table(name)
    matrix = counts(rows)
    scale = np.array([float(one) for one in values(rows)])
    paired = matrix[matrix.sum(axis=1) >= 2].sum(axis=0)
    ranks = np.cumsum(paired) - paired / 2
    distances = {
        ordinal: np.subtract.outer(ranks, ranks) ** 2,
        interval: np.subtract.outer(scale, scale) ** 2,
        ratio: (np.subtract.outer(scale, scale) / np.add.outer(scale, scale)) ** 2,
    }
    for told, distance in distances.items():
        if told is not None:
            assert rounded(measured(matrix, 1 - distance / distance.max()).alpha, 4) == told


@needs_references
@pytest.mark.parametrize(
    ("name", "observed", "expected", "kappa", "most"),
    [("cohen1960_p37", 0.29, 0.35, None, 0.85), ("cohen1960_p45", 0.70, 0.41, 0.4915, None)],
)
def test_cohens_two_raters(
    name: str, observed: float, expected: float, kappa: float | None, most: float | None
) -> None:
    found = agreement.cohen(crossed(table(name)))
    assert found is not None
    assert (round(found.observed, 2), round(found.expected, 2)) == (observed, expected)
    assert kappa is None or rounded(found.kappa, 4) == kappa
    assert most is None or rounded(found.most, 2) == most


@needs_references
@pytest.mark.parametrize(("name", "kappa"), [("krippendorff2004_ex4a", 0.186), ("krippendorff2004_ex4b", 0.258)])
def test_raters_of_the_same_mind_and_of_different_habits(name: str, kappa: float) -> None:
    rows = table(name)
    found = measured(counts(rows))
    cohen = agreement.cohen(crossed(rows))
    assert cohen is not None
    assert rounded(cohen.kappa, 3) == kappa
    # Of two raters Fleiss' is Scott's pi; with chance spread evenly it is Bennett's S.
    assert (round(found.percent, 3), rounded(found.fleiss, 3)) == (0.46, 0.186)
    assert rounded(agreement.chance_corrected(found.percent, 1 / len(values(rows))), 3) == 0.19


@needs_references
@pytest.mark.parametrize("name", ["fixture_02_cohen_ex1", "fixture_03_cohen_ex2"])
def test_gwets_fixtures_with_and_without_partial_agreement(name: str) -> None:
    told = json.loads((FOLDER / "gwet_irrCAC_fixtures" / f"{name}.json").read_text())
    pairs = np.array(told["table"])
    matrix = np.array([np.bincount(both, minlength=3) for both in np.ndindex(3, 3)])
    scale = np.arange(3)
    near = 1 - np.subtract.outer(scale, scale) ** 2 / 4
    for case in told["cases"]:
        weights = near if case["weights"] == "quadratic" else None
        found = agreement.of(matrix, times=[pairs.ravel()], weights=weights)
        assert found is not None
        assert rounded(found.percent, 5) == case["pa"]
        assert rounded(found.ac1, 5) == case["coefficient"]


def test_where_one_answer_dominates_alpha_falls_to_nothing_and_ac1_stays() -> None:
    matrix = np.array([[2, 0], [1, 1]])
    found = agreement.of(matrix, times=[np.array([95, 5])])
    assert found is not None
    assert (found.percent, rounded(found.ac1, 4), rounded(found.alpha, 4)) == (0.95, 0.9474, -0.0205)
    assert found.one_answer_dominates
    assert not measured(np.array([[2, 0], [0, 2], [1, 1]])).one_answer_dominates


def test_units_with_one_rating_compare_nothing() -> None:
    alone = np.array([[1, 0], [0, 1], [0, 0]])
    assert agreement.of(alone) is None
    assert agreement.intervals(alone) is None
    both = np.vstack([alone, [[2, 0], [1, 1]]])
    assert measured(both).units == 2


def test_where_everybody_says_the_same_nothing_can_be_said_beyond_chance() -> None:
    found = measured(np.array([[3, 0], [2, 0]]))
    assert (found.percent, found.alpha, found.fleiss) == (1, None, None)
    told = agreement.intervals(np.array([[3, 0], [2, 0]]))
    assert told is not None
    assert (told.percent.low, told.percent.high, told.alpha) == (1, 1, None)


def test_chance_is_reckoned_within_each_stratum() -> None:
    """Two kinds of which each has its own one reason and nothing but coin tosses beside it."""
    tossed = np.array([[2, 0], [1, 1], [1, 1], [0, 2]])
    one = np.hstack([tossed, np.zeros_like(tossed)])
    other = np.hstack([np.zeros_like(tossed), tossed])
    pooled = measured(np.vstack([one, other]))
    apart = agreement.of(tossed, tossed)
    assert apart is not None
    assert pooled.fleiss == pytest.approx(1 / 3)
    assert apart.fleiss == pytest.approx(0)
    assert (apart.units, apart.ratings, apart.percent) == (8, 16, 0.5)


def test_the_bootstrap_is_the_same_each_time_and_as_wide_as_theory_says() -> None:
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 3, 400)
    said = np.where(rng.random((400, 3)) < 0.7, truth[:, None], rng.integers(0, 3, (400, 3)))
    matrix = np.stack([(said == reason).sum(axis=1) for reason in range(3)], axis=1)
    told, again = agreement.intervals(matrix), agreement.intervals(matrix)
    assert told == again
    assert told is not None
    assert told.alpha is not None
    error = agreement.alpha_error(matrix)
    assert error is not None
    assert (told.alpha.high - told.alpha.low) / (2 * 1.96) == pytest.approx(error, rel=0.1)
    assert told.alpha.low < told.alpha.value < told.alpha.high


def test_rows_that_are_counted_are_as_good_as_rows_that_are_repeated() -> None:
    rows, often = np.array([[2, 0, 1], [1, 1, 1], [0, 3, 0]]), np.array([40, 25, 35])
    repeated = np.repeat(rows, often, axis=0)
    one, other = agreement.of(rows, times=[often]), measured(repeated)
    assert one is not None
    assert one.units == other.units
    assert rounded(one.alpha, 12) == rounded(other.alpha, 12)
    drawn, again = agreement.intervals(rows, times=[often]), agreement.intervals(repeated)
    assert drawn is not None
    assert again is not None
    assert (drawn.percent.low, drawn.percent.high) == pytest.approx((again.percent.low, again.percent.high))
    assert agreement.by_reason(rows, times=often) == agreement.by_reason(repeated)
    assert agreement.coincidences(rows, times=often) == pytest.approx(agreement.coincidences(repeated))


def test_two_reasons_are_looked_at_alone() -> None:
    """Nobody tells the first two apart; the third is always told."""
    matrix = np.array([[2, 0, 0], [1, 1, 0], [1, 1, 0], [0, 2, 0], [0, 0, 2], [0, 0, 2]])
    often = np.array([10, 10, 10, 10, 30, 30])
    mixed = agreement.of_pair(matrix, 0, 1, times=often)
    told = agreement.of_pair(matrix, 0, 2, times=often)
    assert (mixed.units, mixed.met) == (20, 40)
    assert mixed.apart is not None
    assert mixed.apart.value == pytest.approx(0, abs=0.02)
    assert (told.units, told.met) == (0, 70)
    assert told.apart is not None
    assert told.apart.value == 1
