"""How often people say the same, over which items, and what counts when somebody was asked to look again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from annotation.consensus import agreement
from annotation.labels import notes, raters, review, submit
from annotation.labels.imported import Sent, store
from annotation.models import Feature, Item, Label
from tests import cast, crowd, stock
from tests.cast import NOW
from tests.labels import world

SINCE = NOW - timedelta(days=90)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def with_others(number: int, since: datetime = SINCE) -> tuple[float, int]:
    share = agreement.with_others(rater=stock.rater(number), since=since)
    return share.hits, share.n


def gold(item: Item, reason: str) -> None:
    sent = Sent(
        feature=item.feature,
        interaction_id=item.interaction.external_id,
        signal_kind=item.signal_kind,
        source="gold",
        source_name="checks",
        reason=reason,
    )
    assert [type(one) for one in store(labels=[sent], now=NOW)] == [Label]


def test_only_items_that_somebody_else_labeled_too_count(drafts: Feature) -> None:
    world.overlapping(drafts, "verified", "verified")
    world.overlapping(drafts, "verified", "unread")
    world.overlapping(drafts, "verified")
    assert with_others(1) == (1, 2)
    assert with_others(2) == (1, 2)
    assert with_others(3) == (0, 0)


def test_an_item_on_which_some_of_several_agree_counts_by_their_share(drafts: Feature) -> None:
    world.overlapping(drafts, "verified", "verified", "unread")
    assert with_others(1) == (0.5, 1)
    assert with_others(3) == (0, 1)


def test_a_second_look_is_another_s_label_of_the_same_signal(drafts: Feature) -> None:
    world.second_look(drafts, "verified", "verified", by=(1, 2))
    world.second_look(drafts, "verified", "unread", by=(2, 1))
    assert with_others(1) == (1, 2)
    assert with_others(2) == (1, 2)


def test_rules_judges_gold_and_adjudicators_are_not_others(drafts: Feature) -> None:
    item = world.disputed(drafts)
    review.settle(rater=stock.rater(9), item=item, answer=world.answer("verified"), now=LATER)
    alone = world.overlapping(drafts, "verified")
    gold(alone, "verified")
    judge = raters.named(kind="judge", name="j")
    own = world.said(alone, 1)
    Label.objects.create(
        item=alone, rater=judge, taxonomy_version=own.taxonomy_version, reason=own.reason,
        labeled_at=NOW, received_at=NOW, submission_id=uuid4(),
    )  # fmt: skip
    assert with_others(1) == (0, 1)
    assert with_others(9) == (0, 0)


def test_a_label_that_was_changed_because_a_note_asked_for_it_counts_as_it_was(drafts: Feature) -> None:
    item = world.disputed(drafts)
    note = world.sent_back(item, to=2)
    notes.answer(note=note, answer=world.answer("verified"), text="", now=LATER)
    assert with_others(1) == with_others(2) == (0, 1)
    changed_alone = world.disputed(drafts)
    own = world.said(changed_alone, 2)
    submit.label(rater=stock.rater(2), item=changed_alone, answer=world.answer(replaces=own.pk), now=LATER)
    assert with_others(1) == with_others(2) == (1, 2)


def test_what_is_long_ago_and_what_was_taken_back_does_not_count(drafts: Feature) -> None:
    world.overlapping(drafts, "verified", "verified")
    taken_back = world.overlapping(drafts, "verified", "verified")
    submit.undo(rater=stock.rater(2), item=taken_back, now=LATER)
    assert with_others(1) == (1, 1)
    assert with_others(1, since=NOW + timedelta(seconds=1)) == (0, 0)


def test_agreement_with_gold_is_over_the_items_that_have_an_answer(drafts: Feature) -> None:
    for reason in ("verified", "verified", "unread"):
        gold(world.overlapping(drafts, "verified"), reason)
    world.overlapping(drafts, "verified")
    share = agreement.with_gold(rater=stock.rater(1), since=SINCE)
    assert (share.hits, share.n) == (2, 3)


def test_what_was_settled_otherwise_is_told_with_the_words_of_who_settled_it(drafts: Feature) -> None:
    by_word, by_most, by_gold = (
        world.disputed(drafts),
        world.overlapping(drafts, "slip", "unread", "unread"),
        world.overlapping(drafts, "scaffold"),
    )
    review.settle(rater=stock.rater(9), item=by_word, answer=world.answer("unread", comment="Two seconds."), now=LATER)
    gold(by_gold, "adequate")
    world.overlapping(drafts, "verified", "verified")
    found = agreement.corrections(rater=stock.rater(1), since=SINCE, limit=10)
    told = [
        (one.label.item, one.label.reason.code, one.revision.reason.code, one.word and one.word.content.comment)
        for one in found
    ]
    assert told[0] == (by_word, "verified", "unread", "Two seconds.")
    assert sorted(told[1:], key=lambda one: one[0].pk) == [
        (by_most, "slip", "unread", None),
        (by_gold, "scaffold", "adequate", None),
    ]
    assert [one.label.item for one in agreement.corrections(rater=stock.rater(1), since=SINCE, limit=1)] == [by_word]


def test_who_came_round_when_asked_was_corrected_all_the_same(drafts: Feature) -> None:
    item = world.disputed(drafts)
    notes.answer(note=world.sent_back(item, to=2), answer=world.answer("verified"), text="", now=LATER)
    (one,) = agreement.corrections(rater=stock.rater(2), since=SINCE, limit=10)
    assert (one.label.reason.code, one.revision.reason.code) == ("unread", "verified")
    assert agreement.corrections(rater=stock.rater(1), since=SINCE, limit=10) == []


def test_reasons_that_are_mixed_up_most_come_first(drafts: Feature) -> None:
    for _ in range(2):
        world.overlapping(drafts, "verified", "unread", "unread")
    world.overlapping(drafts, "slip", "unread", "unread")
    found = agreement.mix_ups(rater=stock.rater(1), since=SINCE, limit=5)
    assert [(one.signal_kind, one.chosen, one.settled, one.count) for one in found.lines] == [
        ("accepted", "Verified", "Unread", 2),
        ("accepted", "Slip", "Unread", 1),
    ]
    cut = agreement.mix_ups(rater=stock.rater(1), since=SINCE, limit=1)
    assert (len(cut.lines), cut.total) == (1, 3)


def test_second_looks_are_compared_as_they_stood_before_review(drafts: Feature) -> None:
    world.second_look(drafts, "verified", "verified")
    settled = world.second_look(drafts, "verified", "unread")
    review.settle(rater=stock.rater(9), item=settled, answer=world.answer("verified"), now=LATER)
    asked = world.second_look(drafts, "verified", "unread")
    note = world.sent_back(Item.objects.get(signal=asked.signal_id, purpose="sample"))
    notes.answer(note=note, answer=world.answer("unread"), text="", now=LATER)
    world.looked_at(drafts)
    share = agreement.of_second_looks(features=[drafts])
    assert (share.hits, share.n) == (1, 3)
    assert agreement.of_second_looks(features=[cast.feature("other")]).n == 0


def test_a_first_look_that_was_taken_back_and_given_anew_counts_as_it_is(drafts: Feature) -> None:
    second = world.second_look(drafts, "verified", "unread")
    first = Item.objects.get(signal=second.signal_id, purpose="sample")
    submit.undo(rater=stock.rater(1), item=first, now=LATER)
    assert agreement.of_second_looks(features=[drafts]).n == 0
    submit.label(rater=stock.rater(1), item=first, answer=world.answer("unread"), now=LATER)
    share = agreement.of_second_looks(features=[drafts])
    assert (share.hits, share.n) == (1, 1)


def test_what_was_settled_before_the_second_look_is_the_first_one_s_answer(drafts: Feature) -> None:
    second = world.looked_at(drafts)
    first = Item.objects.get(signal=second.signal_id, purpose="sample")
    Item.objects.filter(pk=first.pk).update(needed=2)
    world.label(first, "verified", by=1)
    world.label(first, "unread", by=2)
    review.settle(rater=stock.rater(9), item=first, answer=world.answer("unread"), now=LATER)
    world.label(second, "unread", by=3, now=LATER + timedelta(hours=1))
    share = agreement.of_second_looks(features=[drafts])
    assert (share.hits, share.n) == (1, 1)


def test_a_label_that_was_mapped_after_review_counts_once(drafts: Feature) -> None:
    """And so does the other one's: of two who were both mapped neither agrees with more people than there are."""
    item = world.overlapping(drafts, "verified", "unread", "verified", by=(1, 2, 3))
    world.sent_back(item, 2)
    for label in Label.objects.filter(item=item, superseded_at=None).select_related("reason__taxonomy_version"):
        Label.objects.filter(pk=label.pk).update(superseded_at=LATER)
        heir = crowd.label(item, label.rater, label.reason, now=label.received_at)
        heir.mapped_from = label
        heir.save()
    assert with_others(1) == (0.5, 1)
    gold(item, "verified")
    assert agreement.with_gold(rater=stock.rater(1), since=SINCE).n == 1
