"""Drafts: the newest of what somebody typed is kept, goes with their answer, and comes back from nowhere."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from annotation.labels import drafts, submit
from annotation.labels.drafts import Typed
from annotation.models import Draft, Feature, Interaction, Item, Rater
from annotation.queues import lease
from tests import stock
from tests.cast import NOW
from tests.labels.test_submit import answer

MINUTE = timedelta(minutes=1)


@pytest.fixture
def feature(db: None) -> Feature:
    return stock.feature()


@pytest.fixture
def ann(db: None) -> Rater:
    return stock.rater(1)


@pytest.fixture
def item(feature: Feature, ann: Rater) -> Item:
    stock.items(feature, 1)
    found = lease.take(rater=ann, queue=stock.queue(feature), now=NOW)
    assert found is not None
    return found


def _comment(ann: Rater, item: Item) -> str | None:
    found = drafts.begun(rater=ann, item=item).draft
    return found.comment if found else None


def test_what_was_typed_last_stands_whatever_comes_last(ann: Rater, item: Item) -> None:
    typed = Typed(comment="two", correction=" better ", quote="a quote", certainty=3)
    assert drafts.save(rater=ann, item=item, typed=Typed(comment="one"), typed_at=NOW)
    assert drafts.save(rater=ann, item=item, typed=typed, typed_at=NOW + MINUTE)
    assert not drafts.save(rater=ann, item=item, typed=Typed(comment="late"), typed_at=NOW + MINUTE / 2)
    found = Draft.objects.get()
    assert (
        Typed(comment=found.comment, correction=found.correction, quote=found.quote, certainty=found.certainty) == typed
    )


def test_what_was_taken_out_stays_out(ann: Rater, item: Item) -> None:
    drafts.save(rater=ann, item=item, typed=Typed(comment="one"), typed_at=NOW)
    drafts.save(rater=ann, item=item, typed=Typed(), typed_at=NOW + MINUTE)
    assert _comment(ann, item) == ""


def test_each_person_has_a_draft_of_their_own(ann: Rater, item: Item) -> None:
    ben = stock.rater(2)
    drafts.save(rater=ann, item=item, typed=Typed(comment="hers"), typed_at=NOW)
    drafts.save(rater=ben, item=item, typed=Typed(comment="his"), typed_at=NOW)
    assert (_comment(ann, item), _comment(ben, item)) == ("hers", "his")


@pytest.mark.parametrize("verb", ["label", "skip", "flag"])
def test_an_answer_takes_the_draft_along_and_a_late_one_changes_nothing(ann: Rater, item: Item, verb: str) -> None:
    drafts.save(rater=ann, item=item, typed=Typed(comment="one"), typed_at=NOW)
    later = NOW + 2 * MINUTE
    if verb == "label":
        submit.label(rater=ann, item=item, answer=answer(), now=later)
    elif verb == "skip":
        submit.skip(rater=ann, item=item, reason="language", submission_id=uuid4(), now=later)
    else:
        submit.flag(rater=ann, item=item, reason="other", comment="", submission_id=uuid4(), now=later)
    assert _comment(ann, item) is None
    assert not drafts.save(rater=ann, item=item, typed=Typed(comment="late"), typed_at=NOW + MINUTE)
    assert _comment(ann, item) is None


def test_what_is_typed_after_an_undo_is_a_new_draft(ann: Rater, item: Item) -> None:
    submit.label(rater=ann, item=item, answer=answer(comment="first"), now=NOW)
    submit.undo(rater=ann, item=item, now=NOW + MINUTE)
    assert drafts.save(rater=ann, item=item, typed=Typed(comment="second"), typed_at=NOW + 2 * MINUTE)
    assert _comment(ann, item) == "second"


def test_nothing_is_written_about_what_was_erased(ann: Rater, item: Item) -> None:
    Interaction.objects.update(erased_at=NOW)
    with pytest.raises(drafts.NothingToWriteAbout):
        drafts.save(rater=ann, item=item, typed=Typed(comment="one"), typed_at=NOW)
    assert not Draft.objects.exists()
