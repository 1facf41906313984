"""Rules and judges make intervals narrower; they never say what is true, and only the unbiased ones are listened to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotation import taxonomy, validity
from annotation.models import Calibration, Feature, Item, Judge, JudgeRun, JudgeVersion, Rater, Rule, RuleVersion, Term
from annotation.validity import checking
from annotation.validity.report import Line
from tests.validity import world
from tests.validity.world import day

pytestmark = pytest.mark.django_db

EACH, LABELED = 160, 90


def number(item: Item) -> int:
    """Of its kind, from the first day on: ids of the database go on from test to test."""
    _gen, on, _version, place = item.interaction.external_id.split("_")
    return int(on) * EACH // 2 + int(place) // 2


def truth(item: Item) -> str:
    return "good" if number(item) % 10 < 7 else "bad"


def right_mostly(item: Item) -> str:
    """Wrong on one in nine."""
    wrong = {"good": "bad", "bad": "good"}
    return wrong[truth(item)] if number(item) % 9 == 4 else truth(item)


def judge(feature: Feature, **choice: Any) -> Rater:
    """A judge that ran over items chosen so."""
    rater = world.machine("judge")
    version = JudgeVersion.objects.create(
        judge=Judge.objects.create(name="one", created_at=day(0)),
        number=1,
        rater=rater,
        taxonomy_version=taxonomy.current(),
        model="m",
        prompt="p",
        max_tokens=10,
        price_in=0,
        price_out=0,
        created_at=day(0),
    )
    JudgeRun.objects.create(
        public_id="jr_1",
        version=version,
        feature=feature,
        choice=choice,
        per_second=1,
        concurrency=1,
        tries=1,
        cost_cap=0,
        status="done",
        created_at=day(0),
        finished_at=day(0),
    )
    return rater


def rule(feature: Feature, *, is_on: bool) -> Rater:
    rater = world.machine("rule")
    RuleVersion.objects.create(
        rule=Rule.objects.create(feature=feature, name="short", created_at=day(0)),
        number=1,
        condition={},
        reason=taxonomy.reasons(version=taxonomy.current(), kind="accepted")[0],
        rater=rater,
        created_at=day(0),
        tried_at=day(0),
        switched_on_at=day(0) if is_on else None,
    )
    return rater


def live(days: int, *, by: Rater | None, says: Callable[[Item], str] = right_mostly, seen: bool = False) -> None:
    for on in range(days):
        found = world.arrive([["accepted"], ["abandoned"]] * (EACH // 2), on=on)
        if by is not None:
            world.answers(found, by, says)
        world.decide(found[:LABELED], truth, suggestion_seen=seen)
        world.close(on=on + 8)
        world.write(on=on + 8)


def line(feature: Feature) -> Line:
    return next(one for one in validity.report(feature=feature, now=day(40)).lines if one.kind == "accepted")


def test_a_judge_s_answers_predict_what_they_meant_on_earlier_days_and_narrow_the_interval(drafts: Feature) -> None:
    by = judge(drafts, share=0.5)
    live(5, by=by)
    first, second, *_later = (Term.objects.filter(cohort__day=day(on).date()) for on in range(5))
    assert not first.exclude(f_good=None).exists()
    # Of the first day's sample, weighted: what an answer of “good” meant.
    told = [(term, right_mostly(term.item)) for term in first.exclude(outcome=None) if term.signal_kind == "accepted"]
    weight = sum(1 / (term.probability or 1) for term, said in told if said == "good")
    good = sum(1 / (term.probability or 1) for term, said in told if said == "good" and term.outcome == "good")
    predicted = {right_mostly(term.item): term.f_good for term in second.filter(signal_kind="accepted")}
    assert predicted["good"] == pytest.approx(good / weight)
    assert {(term.lam_good, term.lam_bad) for term in second if term.f_good is not None} == {(1.0, 1.0)}
    last = Term.objects.filter(cohort__day=day(4).date())
    assert all(0.5 < term.lam_good <= 1 for term in last if term.f_good is not None)
    saving = line(drafts).saving
    assert saving is not None
    assert (saving.helper, saving.is_used, saving.why_not) == ("one", True, "")
    assert saving.worth > saving.labels
    assert checking.check(now=day(20)) == 0


def test_items_that_a_judge_was_not_asked_about_have_its_past_mean(drafts: Feature) -> None:
    by = judge(drafts)
    live(2, by=by, says=lambda item: right_mostly(item) if number(item) % 5 else "")
    second = Term.objects.filter(cohort__day=day(1).date(), signal_kind="accepted")
    values = {term.f_good for term in second if number(term.item) % 5 == 0}
    total = Calibration.objects.filter(signal_kind="accepted")
    assert set(total.values_list("answer", flat=True)) == {"", "good", "bad"}
    assert len(values) == 1
    first = Term.objects.filter(cohort__day=day(0).date(), signal_kind="accepted").exclude(outcome=None)
    assert values.pop() == pytest.approx(first.filter(outcome="good").count() / first.count())


@pytest.mark.parametrize(
    ("make", "is_heard"),
    [
        (lambda feature: judge(feature, statuses=["resolved"]), False),
        (lambda feature: judge(feature, share=0.5, limit=10), True),
        (lambda feature: rule(feature, is_on=True), True),
        (lambda feature: rule(feature, is_on=False), False),
        (lambda feature: world.machine("judge", "somebody's"), False),
    ],
)
def test_only_those_are_heard_whose_choice_of_items_is_free_of_labels(
    drafts: Feature, make: Callable[[Feature], Rater], is_heard: bool
) -> None:
    live(2, by=make(drafts))
    assert Term.objects.exclude(f_good=None).exists() is is_heard
    assert Calibration.objects.exists() is is_heard


def test_a_helper_that_has_answered_too_little_is_not_used(drafts: Feature) -> None:
    by = judge(drafts)
    live(3, by=by, says=lambda item: right_mostly(item) if number(item) % 20 == 0 else "")
    assert not Term.objects.exclude(f_good=None).exists()


def test_one_that_says_the_opposite_of_sense_is_calibrated_and_one_that_guesses_does_no_harm(drafts: Feature) -> None:
    by = judge(drafts)
    live(4, by=by, says=lambda item: "good" if number(item) // 10 % 2 else "bad")
    saving = line(drafts).saving
    assert saving is not None
    assert 0.8 * saving.labels < saving.worth < 1.6 * saving.labels


def test_where_people_saw_suggestions_no_prediction_is_used_and_that_is_said(drafts: Feature) -> None:
    by = judge(drafts)
    live(2, by=by)
    assert not line(drafts).suggestions_seen
    found = world.arrive([["accepted"], ["abandoned"]] * (EACH // 2), on=2)
    world.answers(found, by, right_mostly)
    world.decide(found[:LABELED], truth, suggestion_seen=True)
    world.close(on=10)
    world.write(on=10)
    terms = Term.objects.filter(cohort__day=day(2).date())
    assert set(terms.values_list("lam_good", "lam_bad")) == {(0.0, 0.0)}
    assert not terms.filter(f_good=None).exists()
    told = line(drafts)
    assert told.suggestions_seen
    assert checking.check(now=day(20)) == 0
