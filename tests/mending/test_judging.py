"""Pairs are judged blind: each by as many as it needs, by nobody who would know which answer is which."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import uuid4

import pytest

from annotation import mending
from annotation.errors import Refusal
from annotation.labels import submit
from annotation.mending import Said, judging
from annotation.models import Feature, Item, MendedJudgement, MendedLease, MendedPair, Rater
from annotation.queues import lease
from tests import stock
from tests.erasure import world as erasures
from tests.mending import world
from tests.mending.world import LOOKED
from tests.workers import PATIENCE

ANN, BEN = 7, 8


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_each_pair_as_often_as_it_needs(feature: Feature) -> None:
    pairs = world.paired(feature, 12)
    raters = [stock.rater(number) for number in range(11, 19)]

    def work(rater: Rater) -> int:
        done, end = 0, time.monotonic() + PATIENCE
        # What others are about to take is passed over, so that nothing may come although something is left.
        while mending.left(rater=rater, features=[feature]):
            assert time.monotonic() < end
            if pair := mending.take(rater=rater, features=[feature], now=LOOKED):
                world.judged(pair, "same", by=rater)
                done += 1
        return done

    done = stock.together(8, work, raters)
    assert sum(done) == sum(pair.needed for pair in pairs)
    for pair in MendedPair.objects.all():
        assert len(set(pair.taken)) == pair.needed == pair.judgements.count()
    assert not MendedLease.objects.exists()


def test_pairs_come_in_the_order_of_the_draw_and_one_stays_until_it_is_judged(feature: Feature) -> None:
    pairs = sorted(world.paired(feature, needed=1), key=lambda pair: pair.draw)
    ann = stock.rater(ANN)
    seen = []
    for _ in pairs:
        taken = mending.take(rater=ann, features=[feature], now=LOOKED)
        assert taken == mending.take(rater=ann, features=[feature], now=LOOKED)
        assert taken
        seen.append(taken)
        world.judged(taken, "same", by=ann)
    assert seen == pairs
    assert mending.take(rater=ann, features=[feature], now=LOOKED) is None
    assert mending.left(rater=ann, features=[feature]) == mending.open_pairs(features=[feature]) == 0


def test_what_is_said_of_first_and_second_is_translated_by_the_drawn_order(feature: Feature) -> None:
    # So many that they don't all fall the same way once in a million runs: whose ids they have depends on other tests.
    pairs = world.paired(feature, 24, needed=1)
    assert {pair.later_first for pair in pairs} == {True, False}
    for pair in pairs:
        meant = "mended" if pair.later_first else "worse"
        made = mending.judge(pair=pair, rater=stock.rater(ANN), said=Said.FIRST, submission_id=uuid4(), now=LOOKED)
        assert made.verdict == meant
        assert mending.told(meant, later_first=pair.later_first) == Said.FIRST
    told = {(said, order): mending.meant(said, later_first=order) for said in Said for order in (True, False)}
    assert told[Said.SECOND, True] == "worse"
    assert told[Said.SECOND, False] == "mended"
    assert {told[Said.SAME, order] for order in (True, False)} == {"same"}
    assert {told[Said.APART, order] for order in (True, False)} == {"apart"}


def test_nobody_gets_what_they_would_recognize(feature: Feature) -> None:
    """Neither answers that one has labeled, nor a bad one that one has seen in another pair."""
    (pair,) = world.paired(feature, 1, needed=1)
    labeler = stock.rater(1)
    assert mending.take(rater=labeler, features=[feature], now=LOOKED) is None
    assert mending.open_pairs(features=[feature]) == 1
    with pytest.raises(judging.PairTaken):
        world.judged(pair, "mended", by=labeler)
    ann = stock.rater(ANN)
    world.judged(pair, "mended", by=ann)
    world.answered(feature, [world.prompt(0)], on=6)
    _, second = world.looked()
    assert (second.case_id, second.rank) == (pair.case_id, 2)
    assert mending.take(rater=ann, features=[feature], now=LOOKED) is None
    assert mending.take(rater=stock.rater(BEN), features=[feature], now=LOOKED) == second


def test_a_later_answer_that_one_has_labeled_is_not_offered(feature: Feature) -> None:
    world.trained(feature, world.bad(feature, [world.prompt(0)]))
    (later,) = stock.items(feature, 1, now=world.LOOKED - timedelta(days=1))
    later.interaction.model_version = "drafts-2"
    later.interaction.save()
    later.interaction.content.input = world.prompt(0)
    later.interaction.content.save()
    ann = stock.rater(ANN)
    lease.take_chosen(rater=ann, item=later, now=LOOKED)
    answer = submit.Answer(reason_code="verified", submission_id=uuid4())
    submit.label(rater=ann, item=Item.objects.get(pk=later.pk), answer=answer, now=LOOKED)
    assert len(world.looked()) == 1
    assert mending.left(rater=ann, features=[feature]) == 0
    assert mending.left(rater=stock.rater(BEN), features=[feature]) == 1


def test_sent_twice_it_is_one_judgement_and_a_second_one_is_refused(feature: Feature) -> None:
    (pair,) = world.paired(feature, 1, needed=2)
    ann, sent = stock.rater(ANN), uuid4()
    first = mending.judge(pair=pair, rater=ann, said=Said.SAME, submission_id=sent, now=LOOKED)
    assert mending.judge(pair=pair, rater=ann, said=Said.FIRST, submission_id=sent, now=LOOKED) == first
    with pytest.raises(judging.AlreadyJudged):
        world.judged(pair, "worse", by=ann)


def test_undone_it_stands_before_its_person_again_and_the_history_stays(feature: Feature) -> None:
    pair, *_ = world.paired(feature, 3, needed=1)
    ann = stock.rater(ANN)
    made = world.judged(pair, "worse", by=ann)
    assert mending.last(rater=ann) == made
    mending.undo(judgement=made, now=LOOKED)
    assert mending.last(rater=ann) is None
    assert mending.take(rater=ann, features=[feature], now=LOOKED) == pair
    assert mending.left(rater=stock.rater(BEN), features=[feature]) == 2
    with pytest.raises(judging.NothingToUndo):
        mending.undo(judgement=made, now=LOOKED)
    world.judged(pair, "mended", by=ann)
    assert list(MendedJudgement.objects.order_by("pk").values_list("verdict", flat=True)) == ["worse", "mended"]


def test_what_is_held_too_long_goes_to_somebody_else_and_a_late_word_counts_where_it_is_needed(
    feature: Feature,
) -> None:
    (pair,) = world.paired(feature, 1, needed=1)
    ann, ben = stock.rater(ANN), stock.rater(BEN)
    assert mending.take(rater=ann, features=[feature], now=LOOKED) == pair
    assert mending.take(rater=ben, features=[feature], now=LOOKED) is None
    later = LOOKED + timedelta(hours=1)
    assert mending.expire(now=later) == 1
    world.judged(pair, "mended", by=ann, now=later)
    with pytest.raises(judging.PairTaken) as refused:
        world.judged(pair, "mended", by=ben, now=later)
    assert isinstance(refused.value, Refusal)


@pytest.mark.django_db(transaction=True)
def test_what_was_erased_is_shown_to_nobody(feature: Feature) -> None:
    pairs = world.paired(feature, 2, needed=1)
    ann = stock.rater(ANN)
    held = mending.take(rater=ann, features=[feature], now=LOOKED)
    assert held
    erasures.erase(feature, interaction_id=held.case.interaction.external_id)
    (other,) = (pair for pair in pairs if pair != held)
    assert mending.take(rater=ann, features=[feature], now=LOOKED) == other
    erasures.erase(feature, interaction_id=other.later.external_id)
    assert mending.open_pairs(features=[feature]) == 0
