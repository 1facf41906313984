"""One simulated product goes through the real tables: what the product shows is what the simulations reckon with."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from django.conf import LazySettings

from annotation import closure, compounding, loops, validity
from annotation.validity.contest import Contest
from tests import cast, stock
from tests.exports import bulk, world
from tests.simulated import figures, rows
from tests.simulated.figures import NOW
from tests.simulated.product import product


@pytest.mark.django_db
def test_a_simulated_product_is_shown_as_it_is_reckoned() -> None:
    drafts = stock.feature(audited_key="difficulty", closure_days=figures.CLOSURE_DAYS)
    of = product(np.random.default_rng(0))
    rows.write(of, drafts)
    closure.refresh(now=NOW)
    shown, reckoned = closure.speed(feature=drafts, now=NOW), figures.pace_and_waits(of)
    _is_as_fast(shown, reckoned)
    while validity.write_terms(now=NOW):
        pass
    compounding.refresh(now=NOW)
    base, first, second, *_ = figures.versions(of)
    changes = compounding.report(feature=drafts, now=NOW).changes
    _is_as_much_better(changes[0], figures.contest(of, old=base, new=first))
    _is_as_much_better(changes[1], figures.contest(of, old=first, new=second))


def _is_as_fast(shown: closure.Speed, reckoned: closure.Speed) -> None:
    curve, other = shown.pace.curve, reckoned.pace.curve
    assert (curve.number, curve.events) == (other.number, other.events)
    assert curve.times == pytest.approx(other.times)
    assert curve.reached == pytest.approx(other.reached)
    assert curve.se == pytest.approx(other.se)
    assert shown.pace.within is not None
    assert reckoned.pace.within is not None
    assert astuple(shown.pace.within) == pytest.approx(astuple(reckoned.pace.within))
    assert shown.pace.quantile() == reckoned.pace.quantile()
    for wait, expected in zip(shown.waits, reckoned.waits, strict=True):
        assert (wait.stage, wait.number, wait.stocks) == (expected.stage, expected.number, expected.stocks)
        assert wait.mean == pytest.approx(expected.mean)
    assert closure.is_fast(shown).answer == closure.is_fast(reckoned).answer


def _is_as_much_better(shown: compounding.Change, reckoned: Contest) -> None:
    assert (shown.old_labels, shown.new_labels) == tuple(reckoned.as_json()["labels"])
    assert shown.change is not None
    assert (shown.change.value, shown.change.low, shown.change.high) == pytest.approx(reckoned.as_json()["change"])


@pytest.mark.django_db(transaction=True)
def test_a_dataset_of_which_a_rule_let_in_a_part_is_told_as_it_is_reckoned(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.STORAGE_FOLDER = tmp_path
    drafts = cast.feature()
    rng = np.random.default_rng(3)
    words, is_checked = rng.integers(20, 60, 120), rng.random(120) >= 0.3
    for source, chosen in (("human", is_checked), ("rule", ~is_checked)):
        bulk.decided(drafts, [_row(place, words[place]) for place in np.flatnonzero(chosen).tolist()], source=source)
    world.made(drafts, splits={"train": 1})
    loops.measure(feature=drafts, now=NOW)
    shown, reckoned = loops.report(feature=drafts, now=NOW).of("self_training"), figures.dataset(words, is_checked)
    assert reckoned.share is not None
    assert shown.figure == loops.Figure(value=reckoned.share)
    assert (shown.alarm, shown.sentence) == (reckoned.alarm, reckoned.sentence)


def _row(place: int, words: int) -> bulk.Row:
    return bulk.Row(name=f"gen_{place}", output=" ".join(f"word{place}x{number}" for number in range(words)))
