"""The simulated help desk of the demo: its rate is what is true of it, and some pairs are left to compare."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from annotation import mending, taxonomy
from annotation.labels import raters
from annotation.models import Item, MendedCase, MendedPair, User
from annotation.sample import load, mended
from tests.cast import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_help_desk_tells_what_is_true_of_it_and_leaves_some_pairs(tmp_path: Path, settings: LazySettings) -> None:
    settings.STORAGE_FOLDER = tmp_path
    taxonomy.publish_default(now=NOW - load.HISTORY - timedelta(days=1))
    ann = User.objects.create(email="ann@example.com")
    feature = mended.make(watched_by=[], compared_by=[ann], now=NOW - load.HISTORY)
    for at, act in mended.steps(feature=feature, start=NOW):
        act(at)
    assert "Simulated" in feature.name
    assert feature.is_sample
    (rate,), by_reason = mending.rate(feature=feature, now=NOW)
    assert rate.fixed
    assert rate.harmed
    assert rate.population == rate.drawn == rate.judged + rate.waiting + rate.without
    assert rate.waiting >= 1
    true = {what: count / mended.FATES.total() for what, count in mended.FATES.items()}
    assert rate.fixed.low <= true["mended"] <= rate.fixed.high
    assert rate.harmed.low <= true["worse"] <= rate.harmed.high
    assert {one.reason for one in by_reason} == {"wrong_fact", "incomplete"}
    assert sum(one.drawn for one in by_reason) == rate.drawn
    # What is left, an annotator can take; there is nothing else to do for them.
    assert mending.left(rater=raters.for_user(ann), features=[feature]) == mended.LEFT_OPEN
    assert not Item.objects.filter(feature=feature, status="open").exists()
    # Each answer stands beside the bad one that was asked the same.
    for pair in MendedPair.objects.select_related("case__interaction", "later"):
        assert pair.later.external_id.removeprefix("again-") == pair.case.interaction.external_id.removeprefix("help-")
    assert MendedCase.objects.count() == MendedPair.objects.count()
