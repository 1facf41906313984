"""The verified-fix rate: who counts, with which interval, and when it is not said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from annotation import mending
from annotation.ingest import retention
from annotation.lib.intervals import wilson
from annotation.mending import rates
from annotation.models import (
    Cohort,
    ConsensusRevision,
    Feature,
    Interaction,
    MendedPair,
    Rater,
    TrainingRun,
)
from tests import stock, worlds
from tests.erasure import world as erasures
from tests.mending import world
from tests.mending.world import LOOKED, prompt


def case(verdict: str = "", **changes: Any) -> rates.Case:
    shares = {name: float(name == verdict) for name in ("mended", "same", "worse")}
    values: dict[str, Any] = {
        "model_version": "m",
        "signal_kind": "accepted",
        "reason": "r",
        "title": "R",
        "pairs": 1,
        "judged": int(bool(verdict)),
        "apart": 0,
    }
    return rates.Case(**values | shares | changes)


def rate_of(*cases: rates.Case) -> rates.Rate:
    return rates.of(cases, model_version="m", population=100)


def test_the_rate_has_wilsons_interval_over_bad_answers() -> None:
    found = rate_of(*[case("mended")] * 31, *[case("same")] * 13, *[case("worse")] * 4, case(), case(pairs=0))
    assert (found.judged, found.waiting, found.without, found.drawn) == (48, 1, 1, 50)
    assert found.fixed
    assert (found.fixed.low, found.fixed.high) == wilson(31, 48)
    assert found.sentence == (
        "Of 48 bad answers that were judged, m answered a similar prompt better in 65 in 100 (likely 50 to 77) and "
        "worse in 8 in 100 (likely 3 to 20)."
    )


def test_a_bad_answer_counts_once_however_many_stand_beside_it() -> None:
    half = case(pairs=3, judged=3, mended=2 / 3, same=1 / 3)
    found = rate_of(*[half] * 30)
    assert found.judged == 30
    assert [found.mended, found.same] == pytest.approx([20, 10])


def test_too_few_are_refused_with_what_would_change_that() -> None:
    waiting = rate_of(*[case("mended")] * 12, *[case()] * 20)
    assert waiting.fixed is None
    assert waiting.sentence == (
        "No rate yet: it is said from 30 judged bad answers on, and 12 are. 20 more wait to be judged, which is enough."
    )
    starved = rate_of(case("mended"), case(), *[case(pairs=0)] * 40, case(pairs=2, apart=2))
    assert starved.sentence == (
        "No rate yet: it is said from 30 judged bad answers on, and one is. Of the others 1 waits to be judged, and 41 "
        "have no comparable case yet: more traffic brings some."
    )
    assert "none is" in rate_of().sentence


def test_the_interval_covers_the_truth_also_where_people_judge_several_times() -> None:
    """Of each bad answer a chance of its own to be mended, judged one to three times."""
    chance = np.random.default_rng(4)
    covered = 0
    for _ in range(400):
        own = chance.beta(1.3, 0.7, size=60)
        times = chance.integers(1, 4, size=60)
        hits = float((chance.binomial(times, own) / times).sum())
        low, high = wilson(hits, 60)
        covered += low <= 0.65 <= high
    assert covered >= 0.93 * 400


def test_by_version_and_by_reason_as_people_judged_it(feature: Feature) -> None:
    pairs = world.paired(feature, 6, needed=2)
    for pair, verdict in zip(pairs, ("mended", "mended", "same", "worse", "apart"), strict=False):
        world.judged(pair, verdict)
    world.judged(pairs[0], "worse", by=stock.rater(8))
    world.judged(pairs[1], "apart", by=stock.rater(8))
    (whole,), (reason,) = mending.rate(feature=feature, now=LOOKED)
    assert (whole.model_version, whole.population, whole.drawn) == ("drafts-2", 6, 6)
    assert (whole.judged, whole.waiting, whole.without) == (4, 1, 1)
    assert (whole.mended, whole.same, whole.worse) == (1.5, 1, 1.5)
    assert (reason.signal_kind, reason.reason, reason.population) == ("accepted", "pleasing_but_wrong", 6)
    assert (reason.title, reason.judged) == ("Pleasing but wrong", 4)
    habits = mending.habits(feature=feature, now=LOOKED)
    assert (habits.agree.hits, habits.agree.n, habits.first.n) == (0, 2, 4)
    # A newer model is told first, and is the one that is meant where none is named.
    more = world.bad(feature, [prompt(7)], reason="undone_later")
    world.trained(feature, more, version="drafts-3", on=8)
    world.looked()
    (newest, former), (of_newest,) = mending.rate(feature=feature, now=LOOKED)
    assert (newest.model_version, newest.without) == ("drafts-3", 1)
    assert (of_newest.model_version, of_newest.reason) == ("drafts-3", "undone_later")
    assert former == whole
    assert mending.rate(feature=feature, now=LOOKED, model_version="drafts-2").reasons == [reason]


def test_as_it_stood_before_anybody_judged(feature: Feature) -> None:
    (pair,) = world.paired(feature, 1)
    world.judged(pair, "mended", now=LOOKED + timedelta(days=1))
    assert mending.rate(feature=feature, now=LOOKED).versions[0].judged == 0
    assert mending.rate(feature=feature, now=LOOKED + timedelta(days=2)).versions[0].judged == 1
    assert mending.rate(feature=feature, now=worlds.day(3)) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_what_no_longer_stands_has_fallen_out(feature: Feature) -> None:
    pairs = world.paired(feature, 6, needed=1)
    for pair in pairs:
        world.judged(pair, "mended")

    def judged() -> int:
        return mending.rate(feature=feature, now=LOOKED).versions[0].judged

    assert judged() == 6
    erasures.erase(feature, interaction_id=pairs[0].case.interaction.external_id)
    assert judged() == 5
    erasures.erase(feature, interaction_id=pairs[1].later.external_id)
    assert judged() == 4
    assert mending.rate(feature=feature, now=LOOKED).versions[0].without == 1
    ConsensusRevision.objects.filter(item=pairs[2].case.item).update(superseded_at=LOOKED)
    assert judged() == 3
    Rater.objects.filter(pk=stock.rater(7).pk).update(standing="quarantined", standing_from=LOOKED)
    assert judged() == 0
    Rater.objects.update(standing="", standing_from=None)
    figure = mending.Figure(model_version="drafts-2", verdict="mended")
    assert len(mending.behind(feature=feature, figure=figure, now=LOOKED, count=9)) == 3
    TrainingRun.objects.update(status="failed", retracted_at=LOOKED)
    assert mending.rate(feature=feature, now=LOOKED) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_retention_keeps_what_somebody_judged_and_takes_the_pair_of_the_rest(feature: Feature) -> None:
    pairs = world.paired(feature, 3, needed=1)
    # The first answer of the deployment stays anyway.
    first = min(pairs, key=lambda pair: pair.later.occurred_at)
    seen, untouched = (pair for pair in pairs if pair != first)
    world.judged(seen, "mended")
    Cohort.objects.filter(closed_at=None).update(closed_at=LOOKED, threshold=1)
    feature.retention_days = 30
    feature.save()
    taken = retention.take(feature=feature, now=LOOKED + timedelta(days=60))
    assert taken == 1 + len(world.OTHERS)
    assert set(MendedPair.objects.all()) == {first, seen}
    assert not Interaction.objects.filter(pk=untouched.later_id).exists()
