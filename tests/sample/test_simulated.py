"""The simulated feature of the demo shows one signal of each verdict, whoever starts it and whenever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotation import rewards, taxonomy, validity
from annotation.models import Cohort, Feature, Interaction, Label, Reason
from annotation.sample import load, simulated
from tests.cast import NOW

pytestmark = pytest.mark.django_db

VERDICTS = {"accepted": "inverted", "copied": "noise", "escalated": "not_enough", "thumbs_up": "valid"}
ENDINGS = VERDICTS | {"thumbs_up": "predicts"}


@pytest.fixture
def lived() -> Feature:
    """As `make demo` lives it, without the other features."""
    taxonomy.publish_default(now=NOW - load.HISTORY - timedelta(days=1))
    feature = simulated.make(watched_by=[], now=NOW - load.HISTORY)
    for step in sorted([*load._simulated(feature, NOW), *load._sweeps(NOW)], key=lambda step: step.at):
        step.act(step.at)
    return feature


def test_it_shows_a_signal_of_each_verdict_and_days_that_are_still_open(lived: Feature) -> None:
    assert "Simulated" in lived.name
    assert lived.is_sample
    assert Interaction.objects.count() == 3_000
    told = validity.report(feature=lived, now=NOW).lines
    verdicts = {line.kind: line.verdict for line in told if line.polarity != "none"}
    assert verdicts == VERDICTS
    assert Cohort.objects.filter(closed_at=None).exists()
    assert Label.objects.filter(item__cohort__closed_at=None).exists()
    rewards.refresh(now=NOW)
    (ended,) = rewards.report(feature=lived)
    assert ended.missing == 0
    assert {line.kind: line.verdict for line in ended.lines} == ENDINGS


def test_what_people_say_are_reasons_of_the_taxonomy() -> None:
    taxonomy.publish_default(now=NOW)
    known = set(Reason.objects.values_list("signal_kind", "code", "outcome"))
    for kind, (good, bad) in simulated.SAID.items():
        for codes, outcome in ((good, "good"), (bad, "bad")):
            assert {(kind, code, outcome) for code in codes} <= known
    assert sum(one.share for one in simulated.REACTIONS) == pytest.approx(1)
