"""Confident learning finds the labels that were turned around, and leaves the others alone."""

from __future__ import annotations

import numpy as np

from annotation.lib import confident


def test_labels_that_were_turned_around_are_found() -> None:
    rng = np.random.default_rng(5)
    true = rng.integers(0, 3, 2000)
    flipped = rng.random(2000) < 0.05
    given = np.where(flipped, (true + 1) % 3, true)
    right = rng.random(2000) < 0.9
    said = np.where(right, true, (true + 2) % 3)
    sure = np.where(right, rng.uniform(0.8, 1, 2000), rng.uniform(0.4, 0.7, 2000))
    found = confident.suspects(given=given, said=said, confidence=sure, classes=3)
    assert found[flipped].mean() > 0.8
    assert found[~flipped].mean() < 0.05


def test_a_prediction_that_is_not_surer_than_usual_makes_no_suspect() -> None:
    given = np.array([0] * 40 + [1] * 40)
    said, sure = given.copy(), np.full(80, 0.9)
    said[0], sure[0] = 1, 0.6
    assert not confident.suspects(given=given, said=said, confidence=sure, classes=2).any()
    sure[0] = 0.95
    assert np.flatnonzero(confident.suspects(given=given, said=said, confidence=sure, classes=2)).tolist() == [0]


def test_nothing_is_suspected_of_a_class_that_hardly_anybody_gave() -> None:
    given = np.array([0] * 40 + [1] * 19)
    said, sure = given.copy(), np.full(59, 0.9)
    said[0], sure[0] = 1, 1.0
    assert not confident.suspects(given=given, said=said, confidence=sure, classes=2).any()
    assert not confident.suspects(given=given[:1], said=said[:1], confidence=sure[:1], classes=1).any()
