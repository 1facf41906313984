"""What is known of how people label, and what is proposed: nothing on too little, and never too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from annotation.labels.quality import figures, judging, words
from annotation.labels.quality.figures import Check, Figures
from annotation.labels.quality.judging import Judged
from annotation.lib.intervals import Share
from annotation.models import Feature, Rater
from tests import crowd, stock
from tests.cast import NOW
from tests.labels import world

HOUR = timedelta(hours=1)
LATER = NOW + timedelta(days=2)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def judged(*numbers: int, now: datetime = LATER) -> list[Judged]:
    raters = [stock.rater(number) for number in numbers]
    return judging.judge(people=figures.of_people(raters=raters, now=now), now=now)


def checked(of: Feature, *, right: int, wrong: int, by: int = 1, now: datetime = NOW) -> None:
    """Right ones first, an hour apart."""
    said = [("verified",)] * right + [("unread",)] * wrong
    items = crowd.labeled(of, said, by=[stock.rater(by)], now=now, apart=HOUR)
    crowd.gold(items, "verified")


def made(number: int, *, wrong: int = 0, right: int = 30, standing: str = "", labels: int = 100) -> Figures:
    """Figures of somebody whose wrong answers came last, of today."""
    asked = [Check(at=NOW + place * HOUR, is_right=place < right) for place in range(right + wrong)]
    rater = Rater(pk=number, kind="human", name=f"p{number}", standing=standing)
    return Figures(
        rater=rater,
        labels=labels,
        last_labeled_at=NOW,
        checks=figures.followed(asked),
        met=Share(hits=0, n=0),
        habit=None,
        speed=None,
    )


def test_46_of_50_check_questions_are_told_in_one_sentence(drafts: Feature) -> None:
    checked(drafts, right=25, wrong=2)
    checked(drafts, right=21, wrong=2, now=NOW + 28 * HOUR)
    (one,) = judged(1, now=NOW + timedelta(days=4))
    assert words.checks(one) == "46 of 50 check questions right (likely 82\u201397 %); no sign of change this month."
    assert (one.proposal, one.stands_out) == ("", False)


def test_wrong_answers_that_come_together_are_a_sign_of_change_for_a_month(drafts: Feature) -> None:
    checked(drafts, right=20, wrong=4)
    (one,) = judged(1)
    assert words.checks(one) == (
        "20 of 24 check questions right (likely 65\u201394 %); a sign of change on 2026-03-03: "
        "too many wrong answers came together."
    )
    assert (one.proposal, words.short(one)) == ("told", "sign of change")
    (then,) = judged(1, now=NOW + timedelta(days=40))
    assert (then.proposal, then.alarms) == ("", [])


def test_with_too_little_nothing_is_judged(drafts: Feature) -> None:
    checked(drafts, right=2, wrong=6)
    (one,) = judged(1)
    assert not one.is_enough
    assert (one.alarms, one.proposal) == ([], "")
    first, second, *_ = words.judged(one)
    assert first == (
        "Not judged yet: that takes 20 check questions, or 30 items that somebody else labeled too, in 90 days."
    )
    assert second == "2 of 8 check questions right; a share is said from 20 on."


def test_thirty_items_that_somebody_else_labeled_are_enough_as_well(drafts: Feature) -> None:
    crowd.labeled(drafts, [("verified", "verified")] * 24 + [("verified", "unread", "verified")] * 6)
    checked(drafts, right=0, wrong=4)
    one, other = judged(1, 2)
    assert one.is_enough
    # Of two others on six items one agrees.
    assert (one.figures.met.hits, one.figures.met.n) == (27, 30)
    assert words.met(one.figures) == "Others gave the same reason in 90 % (likely 74\u201397 %) of 30 items."
    assert (other.figures.met.hits, other.figures.labels) == (24, 30)
    assert one.proposal == "told"


def test_check_questions_count_as_they_were_answered_before_review(drafts: Feature) -> None:
    checked(drafts, right=0, wrong=1)
    item = crowd.labeled(drafts, [("unread", "verified")], now=NOW)[0]
    crowd.gold([item], "verified")
    world.sent_back(item, 1)
    (one,) = judged(1)
    assert [check.is_right for check in one.figures.checks.asked] == [False, False]


def test_one_answer_to_everything_and_haste_are_hints_and_propose_nothing(drafts: Feature) -> None:
    varied = ["verified", "unread", "adequate", "scaffold"]
    crowd.labeled(drafts, [(varied[place % 4],) for place in range(80)], by=[stock.rater(2)], duration_ms=30_000)
    crowd.labeled(drafts, [("verified",)] * 40, by=[stock.rater(1)], duration_ms=9_000)
    one, other = judged(1, 2)
    assert one.has_hint
    assert one.proposal == ""
    assert words.short(one) == "nearly always one answer, much faster than others"
    told = " ".join(words.judged(one))
    assert "A hint, no verdict: 100 % of the answers to accepted are verified" in told
    assert "40 answers took 30 % of the time that others take" in told
    assert not other.has_hint


@pytest.mark.parametrize(
    ("standing", "proposal"), [("", "told"), ("told", "double_labeled"), ("double_labeled", "quarantined")]
)
def test_a_sign_of_change_proposes_the_next_step_and_no_more(standing: str, proposal: str) -> None:
    people = [made(1, wrong=8, standing=standing), *(made(number) for number in range(2, 21))]
    first, *rest = judging.judge(people=people, now=LATER)
    assert first.proposal == proposal
    assert {one.proposal for one in rest} == {""}


def test_the_rule_never_proposes_to_put_aside_more_than_one_in_twenty() -> None:
    def proposed(people: Sequence[Figures]) -> list[int]:
        found = judging.judge(people=people, now=LATER)
        return [one.figures.rater.pk for one in found if one.proposal == "quarantined"]

    fallen = [made(number, wrong=8 + number, standing="double_labeled") for number in range(1, 6)]
    others = [made(number) for number in range(6, 41)]
    assert proposed([*fallen, *others]) == [4, 5]
    assert proposed([*fallen, *others[:14]]) == []
    aside = [replace(one, rater=replace_standing(one.rater, "quarantined")) for one in fallen[:1]]
    assert proposed([*aside, *fallen[1:], *others]) == [5]
    held = judging.judge(people=[*fallen, *others[:14]], now=LATER)[0]
    assert held.is_held_back
    assert "never does for more than one in twenty people" in words.judged(held)[-1]


def replace_standing(rater: Rater, standing: str) -> Rater:
    return Rater(pk=rater.pk, kind=rater.kind, name=rater.name, standing=standing)
