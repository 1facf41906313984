"""A second look that came out otherwise than the first goes to review, and is settled for both."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotation import access, audit
from annotation.labels import disputes, notes, review, second_looks, submit
from annotation.labels.disputes import Pair
from annotation.models import ConsensusRevision, Feature, Item, Label, Rater
from tests import stock
from tests.cast import NOW
from tests.labels import world

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def adjudicator(of: Feature, number: int = 9) -> Rater:
    rater = stock.rater(number)
    assert rater.user is not None
    access.give(user=rater.user, roles=["adjudicator"], features=[of], actor=audit.FLYWHEEL, now=NOW)
    return rater


def in_review(rater: Rater) -> list[Item]:
    assert rater.user is not None
    return list(review.items(person=access.Person(rater.user), rater=rater, now=LATER))


def test_only_looks_that_differ_are_in_review(drafts: Feature) -> None:
    differs = world.second_look(drafts, "verified", "unread")
    world.second_look(drafts, "verified", "verified")
    world.looked_at(drafts)
    assert in_review(adjudicator(drafts)) == [differs]
    assert list(second_looks.differing([drafts])) == [differs]


def test_settling_one_look_settles_both_and_the_form_sent_twice_does_it_once(drafts: Feature) -> None:
    second = world.second_look(drafts, "verified", "unread")
    cleo = adjudicator(drafts)
    form = world.answer("scaffold", comment="Only begun with.")
    saved = [review.settle(rater=cleo, item=second, answer=form, now=LATER) for _ in range(2)]
    assert saved[0] == saved[1]
    revisions = ConsensusRevision.objects.filter(superseded_at=None, item__signal=second.signal_id)
    assert [(one.method, one.reason.code) for one in revisions] == [("adjudicated", "scaffold")] * 2
    assert Label.objects.filter(role="adjudicator").count() == 2
    assert in_review(adjudicator(drafts, 8)) == []


def test_whoever_labeled_one_look_settles_neither(drafts: Feature) -> None:
    second = world.second_look(drafts, "verified", "unread")
    first_one = adjudicator(drafts, 1)
    assert in_review(first_one) == []
    with pytest.raises(submit.OwnItem):
        review.settle(rater=first_one, item=second, answer=world.answer(), now=LATER)


def test_a_note_about_either_look_keeps_both_waiting(drafts: Feature) -> None:
    second = world.second_look(drafts, "verified", "unread")
    first = Item.objects.get(signal=second.signal_id, purpose="sample")
    note = world.sent_back(first)
    cleo = adjudicator(drafts)
    assert in_review(cleo) == []
    notes.answer(note=note, answer=world.answer("unread"), text="", now=LATER)
    assert not second_looks.differing([drafts]).exists()


def test_an_agreed_item_is_not_settled_over_people_s_heads(drafts: Feature) -> None:
    second = world.second_look(drafts, "verified", "verified")
    with pytest.raises(submit.NotDisputed):
        review.settle(rater=adjudicator(drafts), item=second, answer=world.answer(), now=LATER)


@pytest.mark.django_db(transaction=True)
def test_of_four_who_settle_a_pair_at_once_one_does_and_three_are_told() -> None:
    drafts = stock.feature()
    second = world.second_look(drafts, "verified", "unread")

    def settle(number: int) -> str:
        try:
            review.settle(rater=stock.rater(number), item=second, answer=world.answer("scaffold"), now=LATER)
        except submit.NotDisputed:
            return "told"
        return "settled"

    assert sorted(stock.together(4, settle, list(range(10, 14)))) == ["settled"] + ["told"] * 3
    assert Label.objects.filter(role="adjudicator").count() == 2


def test_the_pairs_of_reasons_are_counted_by_item(drafts: Feature) -> None:
    two = world.overlapping(drafts, "verified", "unread")
    four = world.overlapping(drafts, "verified", "unread", "scaffold", "slip")
    found = disputes.pairs(Item.objects.filter(status="disputed"))
    assert found[two.pk] == {Pair(one="unread", other="verified")}
    assert len(found[four.pk]) == 6
    named = disputes.counted(found)
    assert (named[0].title, named[0].items, named[0].pair.code) == ("Unread / Verified", 2, "unread~verified")
    assert [one.items for one in named[1:]] == [1] * 5


def test_opinions_of_both_looks_stand_together_with_what_was_asked(drafts: Feature) -> None:
    second = world.second_look(drafts, "verified", "unread")
    first = Item.objects.get(signal=second.signal_id, purpose="sample")
    note = world.sent_back(first)
    one, other = disputes.opinions([second], now=LATER)[second.pk]
    assert (one.label.reason.code, one.is_second_look, one.can_be_sent_back, list(one.notes)) == (
        "verified",
        False,
        False,
        [note],
    )
    assert (other.label.reason.code, other.is_second_look, other.can_be_sent_back) == ("unread", True, True)
