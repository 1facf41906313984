"""A curve of durations that went the same way together is as sure as they were many ways, and no surer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from annotation.lib.survival.clusters import clustered
from annotation.lib.survival.incidence import End, Incidence, incidence


def curve(durations: list[float], ends: Sequence[int], clusters: list[int]) -> Incidence:
    told = {"durations": np.array(durations), "ends": np.array(ends), "weights": np.ones(len(ends))}
    return clustered(incidence(durations=told["durations"], ends=told["ends"]), **told, clusters=np.array(clusters))


def test_of_one_cluster_nothing_is_sure() -> None:
    share = curve([1, 2, 3, 4] * 50, [End.REACHED, End.ELSEWHERE] * 100, [7] * 200).share(3)
    assert (share.low, share.high) == (0, 1)
    assert 0.3 < share.value < 0.7


def test_without_anything_there_is_nothing() -> None:
    assert clustered(
        incidence(durations=np.array([]), ends=np.array([], dtype=int)),
        durations=np.array([]),
        ends=np.array([], dtype=int),
        weights=np.array([]),
        clusters=np.array([], dtype=int),
    ).share(1).value == pytest.approx(0)


def test_a_thousand_that_went_together_are_one_witness() -> None:
    """Of ten clusters of a hundred four closed, by counting clusters: √(.4 · .6 / 9)."""
    ends = [End.REACHED if cluster in (0, 3, 5, 9) else End.ELSEWHERE for cluster in range(10) for _ in range(100)]
    found = curve([1.0] * 1000, ends, [cluster for cluster in range(10) for _ in range(100)])
    assert found.share(1).value == pytest.approx(0.4)
    assert found.se[0] == pytest.approx(np.sqrt(0.4 * 0.6 / 9), rel=0.06)
    assert found.critical[0] == pytest.approx(2.262, abs=0.001)
