"""Whether versions get better on the same mix: the reversal that a shifted mix makes, and intervals that hold."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.lib import compounding
from annotation.lib.compounding import Cell, Change
from annotation.lib.validity.estimate import Sums, sums
from annotation.lib.validity.sequence import Interval

OLD, NEW = {"easy": 0.90, "hard": 0.50}, {"easy": 0.93, "hard": 0.56}
T_STAR, ALPHA = 1000.0, 0.05


def cell(name: str, share: float, *, labels: int = 1000) -> Cell:
    n = float(labels)
    old, new = (Sums(n=n, total=n * rate[name], squares=n * rate[name]) for rate in (OLD, NEW))
    return Cell(name=name, share=share, old=old, new=new, old_labels=labels, new_labels=labels)


def test_better_at_everything_looks_worse_once_the_work_gets_harder() -> None:
    mixes = {"old_mix": {"easy": 0.8, "hard": 0.2}, "new_mix": {"easy": 0.5, "hard": 0.5}}
    assert compounding.crude(old=OLD, new=NEW, **mixes) == pytest.approx(-0.075)


def test_on_one_mix_the_change_is_what_changed() -> None:
    change = compounding.standardized([cell("easy", 0.65), cell("hard", 0.35)], t_star=T_STAR, alpha=ALPHA)
    assert change.value == pytest.approx(0.0405)
    assert change.interval.low < change.value < change.interval.high


def test_of_one_cell_it_is_the_difference_of_its_rates() -> None:
    change = compounding.standardized([cell("easy", 1.0)], t_star=T_STAR, alpha=ALPHA)
    assert change.value == pytest.approx(0.03)


def test_few_labels_may_not_carry_much_of_the_mix() -> None:
    thin, thick = cell("hard", 0.21, labels=29), cell("easy", 0.79)
    assert compounding.too_thin([thin, thick]) == (thin,)
    assert compounding.too_thin([cell("hard", 0.2, labels=29), thick]) == ()
    assert compounding.too_thin([cell("hard", 0.21, labels=30), thick]) == ()


def test_three_versions_in_a_row_have_to_be_better() -> None:
    better, open_ = Change(value=0.05, interval=Interval(0.01, 0.09)), Change(value=0.05, interval=Interval(-0.01, 0.1))
    assert compounding.compounds([open_, better, better, better])
    assert not compounding.compounds([better, better])
    assert not compounding.compounds([better, better, open_])


@pytest.mark.parametrize("runs", [40, pytest.param(400, marks=pytest.mark.long)])
def test_the_interval_holds_at_every_look(runs: int) -> None:
    rng = np.random.default_rng(71)
    wrong = sum(not _holds_daily(rng) for _ in range(runs))
    assert wrong <= runs * ALPHA + 3 * np.sqrt(runs * ALPHA * (1 - ALPHA))


def _holds_daily(rng: np.random.Generator) -> bool:
    """Thirty days of 20 labels a cell and version, looked at daily from the fifth on."""
    shares = {"easy": 0.65, "hard": 0.35}
    kept = {(name, version): Sums() for name in shares for version in ("old", "new")}
    for day in range(30):
        for (name, version), known in kept.items():
            rate = (OLD if version == "old" else NEW)[name]
            kept[name, version] = known + sums((rng.random(20) < rate).astype(float))
        cells = [
            Cell(name=n, share=s, old=kept[n, "old"], new=kept[n, "new"], old_labels=100, new_labels=100)
            for n, s in shares.items()
        ]
        interval = compounding.standardized(cells, t_star=300, alpha=ALPHA).interval
        if day >= 4 and not interval.low <= 0.0405 <= interval.high:
            return False
    return True
