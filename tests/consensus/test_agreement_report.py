"""How far people agree about a feature: over which items, and what is said of reasons that get confused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from annotation.consensus import agreement
from annotation.consensus.agreement import Report
from annotation.labels import review, submit
from annotation.models import Feature, Rater
from tests import crowd, stock
from tests.cast import NOW
from tests.labels import world

LATER = NOW + timedelta(days=1)


@pytest.fixture
def drafts(db: None) -> Feature:
    found = stock.feature()
    crowd.fixed(found, 2)
    return found


def told(of: Feature) -> Report:
    return agreement.of_feature(feature=of, now=LATER)


def test_95_who_agree_and_5_split_say_that_one_answer_dominates(drafts: Feature) -> None:
    crowd.labeled(drafts, [("verified", "verified")] * 95 + [("verified", "unread")] * 5)
    found = told(drafts)
    assert found.total.figures is not None
    assert (found.total.units, found.total.figures.percent) == (100, 0.95)
    assert round(found.total.figures.alpha or 0, 4) == -0.0205
    assert round(found.total.figures.ac1 or 0, 4) == 0.9474
    assert found.total.percent == "Two people give the same reason 95 times in 100 (likely 90 to 99)."
    assert "alpha −.02" in found.total.beyond_chance  # noqa: RUF001
    assert "One answer dominates" in found.total.beyond_chance


def test_figures_are_told_by_queue_kind_reason_and_week_where_enough_items_carry_them(drafts: Feature) -> None:
    crowd.labeled(drafts, [("verified", "verified")] * 20 + [("unread", "unread")] * 20)
    crowd.labeled(drafts, [("fact_fix", "taste")] * 7, kind="edited", now=NOW - timedelta(weeks=1))
    crowd.labeled(drafts, [("verified", "unread")] * 50, now=NOW - timedelta(weeks=27))
    found = told(drafts)
    assert [(one.name, one.units, one.figures is not None) for one in found.queues] == [("default", 47, True)]
    assert [(one.name, one.units) for one in found.kinds] == [("accepted", 40), ("edited", 7)]
    assert [(one.name, one.units) for one in found.weeks] == [("2026-03-02", 40), ("2026-02-23", 7)]
    assert found.kinds[0].beyond_chance.startswith("Beyond chance: alpha 1 (1 to 1)")
    assert found.kinds[1].percent == (
        "Not said yet: 7 items have labels of two people or more. Figures come from 30 on: 23 more."
    )
    assert [(one.reason.code, one.labels) for one in found.reasons] == [("verified", 40), ("unread", 40)]


def test_only_items_count_whose_overlap_was_fixed(drafts: Feature) -> None:
    """The queue asks two people and up to three where they disagree, and of a random share three at once."""
    stops: dict[str, Any] = {"consensus": "dawid_skene", "overlap": 2, "overlap_max": 3}
    stock.queue(drafts, **stops)
    crowd.labeled(drafts, [("verified", "unread")] * 40)
    assert told(drafts).is_empty
    assert told(drafts).total.percent.startswith("Not said yet: 0 items")
    stock.queue(drafts, **stops, full_overlap_share=1)
    crowd.labeled(drafts, [("verified", "verified", "verified")] * 30)
    found = told(drafts)
    assert (found.total.units, found.total.figures is not None) == (30, True)


def test_labels_count_as_they_stood_before_review_touched_them(drafts: Feature) -> None:
    """One was asked to look again, and another saw what an adjudicator had said; both then changed their labels."""
    items = [world.disputed(drafts), world.disputed(drafts)]
    world.sent_back(items[0], 2)
    review.settle(rater=stock.rater(9), item=items[1], answer=world.answer("verified"), now=NOW + timedelta(hours=1))
    for item in items:
        answer = world.answer("verified", replaces=world.said(item, 2).pk)
        submit.label(rater=stock.rater(2), item=item, answer=answer, now=NOW + timedelta(hours=2))
    (pattern,) = agreement_patterns(drafts)
    assert pattern == (("unread", "verified"), 2)


def test_labels_that_were_put_aside_do_not_count(drafts: Feature) -> None:
    crowd.labeled(drafts, [("verified", "verified")], now=NOW)
    crowd.labeled(drafts, [("verified", "unread")], now=NOW + timedelta(hours=3))
    Rater.objects.filter(pk=stock.rater(2).pk).update(
        standing=Rater.Standing.QUARANTINED, standing_from=NOW + timedelta(hours=2)
    )
    assert agreement_patterns(drafts) == [(("verified", "verified"), 1)]


def agreement_patterns(of: Feature) -> list[tuple[tuple[str, ...], int]]:
    found = agreement.loading.patterns(feature=of, since=NOW - timedelta(days=1))
    return [(one.codes, one.items) for one in found]


def test_reasons_that_nobody_tells_apart_are_to_be_merged_or_better_explained(drafts: Feature) -> None:
    """Wrong facts and missed instructions mean the same for training; verified and unread do not."""
    alike = [("wrong_fact", "instruction_missed"), ("instruction_missed", "wrong_fact")]
    same = [("wrong_fact", "wrong_fact"), ("instruction_missed", "instruction_missed")]
    crowd.labeled(drafts, [*alike * 20, *same * 15, *[("style", "style")] * 20], kind="thumbs_down")
    crowd.labeled(drafts, [("verified", "unread")] * 20 + [("verified", "verified"), ("unread", "unread")] * 30)
    crowd.labeled(drafts, [("taste", "made_worse")] * 6 + [("taste", "taste")] * 30, kind="edited")
    merge, sharpen, other = told(drafts).mixed
    assert (merge.proposal, merge.pair.units, merge.pair.met) == (agreement.MERGE, 40, 70)
    assert merge.is_same_use
    assert "Alpha of this signal would be 1 and not ." in merge.advice
    assert (sharpen.proposal, sharpen.pair.units, sharpen.pair.met) == (agreement.SHARPEN, 20, 80)
    assert "They stand for different outcomes (good, unknowable)" in sharpen.advice
    assert sharpen.figures.startswith(
        "Both were chosen on 20 of 80 items where two people or more chose one or the other; that is 100 % of all "
        "disagreement about this signal. People tell them apart with alpha .5"
    )
    assert (other.one.code, other.pair.units) == ("taste", 6)


def test_the_heat_map_says_what_others_said_where_one_reason_was_given(drafts: Feature) -> None:
    crowd.labeled(drafts, [("verified", "unread")] * 10 + [("verified", "verified")] * 30)
    (found,) = told(drafts).confusions
    codes = [reason.code for reason in found.reasons]
    verified, unread = codes.index("verified"), codes.index("unread")
    assert (found.chosen[verified], found.chosen[unread]) == (70, 10)
    assert found.shares[verified][unread] == pytest.approx(1 / 7)
    assert found.shares[unread][verified] == 1


def test_two_people_are_told_side_by_side(drafts: Feature) -> None:
    crowd.labeled(drafts, [("verified", "verified"), ("unread", "unread")] * 12 + [("verified", "unread")] * 8)
    (found,) = told(drafts).raters
    assert (found.one, found.other) == (stock.rater(1), stock.rater(2))
    assert (found.figures.units, found.figures.observed) == (32, 0.75)
    # Cohen's table is 12, 8 / 0, 12.
    assert found.figures.kappa == pytest.approx(
        (0.75 - (20 * 12 + 12 * 20) / 32**2) / (1 - (20 * 12 + 12 * 20) / 32**2)
    )


def test_another_features_labels_are_not_looked_at(drafts: Feature) -> None:
    other = stock.feature("other")
    crowd.fixed(other, 2)
    crowd.labeled(other, [("verified", "verified")] * 30)
    assert told(drafts).is_empty
