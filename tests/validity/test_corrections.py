"""What is decided otherwise after its terms were written is counted, and beyond 2 % a signal is judged anew."""

from __future__ import annotations

import pytest

from annotation import validity
from annotation.models import Cell, Correction, Feature, Item, Term
from annotation.validity import checking, corrections
from annotation.validity.report import Line
from tests import stock
from tests.validity import reference, world
from tests.validity.world import day

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafts(db: None) -> Feature:
    made = stock.feature("email-drafts")
    stock.queue(made)
    for on in range(2):
        found = world.arrive([["accepted"], ["abandoned"]] * 130, on=on)
        world.decide(found[:240], lambda item: "good" if item.signal_kind == "accepted" else "bad")
        world.close(on=on + 8)
        world.write(on=on + 8)
    return made


def line(feature: Feature) -> Line:
    return next(one for one in validity.report(feature=feature, now=day(40)).lines if one.kind == "accepted")


def sampled(kind: str) -> list[Item]:
    return list(Item.objects.filter(term__outcome__isnull=False, signal_kind=kind).order_by("pk"))


def test_few_are_counted_and_change_nothing(drafts: Feature) -> None:
    before, figures = Cell.objects.get(signal_kind="accepted"), line(drafts)
    world.correct(sampled("accepted")[:4], "undone_later", now=day(12))
    # Another reason of the same outcome corrects nothing.
    world.correct(sampled("accepted")[4:6], "adequate", now=day(12))
    assert corrections.note(now=day(12)) == 4
    assert corrections.note(now=day(12)) == 0
    after = line(drafts)
    assert (after.corrections, after.restarted_at, after.verdict) == (4, None, "valid")
    assert after.rate == figures.rate
    assert Cell.objects.get(pk=before.pk).figures == before.figures
    assert set(Term.objects.filter(signal_kind="accepted").values_list("outcome", flat=True)) == {"good", None}
    assert checking.check(now=day(13)) == 0


def test_more_than_two_in_a_hundred_begin_anew_with_what_is_known_now(drafts: Feature) -> None:
    some = sampled("accepted")
    world.correct(some[:4], "undone_later", now=day(12))
    corrections.note(now=day(12))
    world.correct(some[4:60], "undone_later", now=day(13))
    assert corrections.note(now=day(13)) == 56
    after = line(drafts)
    assert after.restarted_at == day(13)
    assert after.corrections == 0
    assert after.rate is not None
    cell, figures = world.cell("accepted", of=drafts)
    anew = reference.of(drafts, kind="accepted", claim="good")
    assert figures.with_.claimed.mean == pytest.approx(anew.with_.mean, abs=1e-9)
    assert cell.verdict_at in (None, day(13))
    assert Correction.objects.count() == 60
    assert checking.check(now=day(14)) == 0
    # Taken in, they are corrections no more; a further one is.
    world.correct(some[60:61], "undone_later", now=day(15))
    corrections.note(now=day(15))
    assert line(drafts).corrections == 1
    assert line(drafts).restarted_at == day(13)


def test_what_is_taken_back_is_found_in_the_night_and_counts_as_unknowable(drafts: Feature) -> None:
    first = sampled("abandoned")[0]
    assert corrections.note(now=day(12)) == 0
    first.revisions.update(superseded_at=day(12))
    assert corrections.note(now=day(12)) == 0
    assert checking.check(now=day(13)) == 0
    assert Correction.objects.get().outcome == "unknowable"
    assert line(drafts).corrections == 1
