"""Terms are written once, when a day has closed and settled: what each sample item contributes to the estimates."""

from __future__ import annotations

import math
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from annotation import erasure, validity
from annotation.audit import FLYWHEEL
from annotation.ingest import settle
from annotation.models import Cohort, Feature, Item, Term, TermSheet
from annotation.validity import arms, locks
from annotation.validity.arms import Counted, Placed
from tests import stock, worlds
from tests.cast import NOW
from tests.validity import world
from tests.validity.world import day

pytestmark = pytest.mark.django_db


def test_what_was_labeled_in_the_queue_s_order_is_the_sample_and_what_was_picked_is_not(drafts: Feature) -> None:
    found = world.arrive([["accepted"]] * 6 + [["edited"]] * 2, on=0)
    good, bad, shown, picked = found[0], found[1], found[2], found[6]
    reasons = world.CODES
    worlds.label(good, on=1, reason=reasons[good.signal_kind]["good"])
    worlds.label(bad, on=1, reason=reasons[bad.signal_kind]["bad"])
    Item.objects.filter(pk=shown.pk).update(first_shown_at=day(1))
    worlds.label(found[3], on=1, reason="slip")
    worlds.label(picked, on=1, reason=reasons[picked.signal_kind]["good"])
    world.close(on=9)
    threshold = Cohort.objects.get().threshold
    assert threshold == found[3].key
    assert validity.write_terms(now=day(9)) == 1
    assert validity.write_terms(now=day(9)) == 0
    terms = {term.item_id: term for term in Term.objects.all()}
    assert len(terms) == 8
    pi = pytest.approx(found[3].key)
    assert [(terms[one.pk].outcome, terms[one.pk].probability) for one in found[:4]] == [
        ("good", pi),
        ("bad", pi),
        ("unknowable", pi),
        (None, None),
    ]
    assert terms[shown.pk].reason_id is None
    assert (terms[picked.pk].outcome, terms[picked.pk].probability) == (None, None)
    assert all((term.is_first, term.f_good, term.lam_good) == (True, None, 0) for term in terms.values())


@pytest.mark.parametrize("reached", [0, 1])
def test_a_day_without_a_sample_counts_for_nothing(drafts: Feature, reached: int) -> None:
    """The one item that was reached is the threshold: below it there is none."""
    world.decide(world.arrive([["accepted"]] * 4, on=0), lambda _item: "good")
    world.decide(world.arrive([["accepted"]] * 5, on=1)[:reached], lambda _item: "good")
    world.close(on=10)
    assert world.write(on=10) == 2
    assert TermSheet.objects.count() == 2
    assert Term.objects.count() == 4
    _cell, figures = world.cell("accepted", of=drafts)
    assert (figures.with_.claimed.n, figures.with_.claimed.mean) == (4, 1)


def test_terms_can_neither_be_changed_nor_deleted(drafts: Feature) -> None:
    world.decide(world.arrive([["accepted"]] * 2, on=0), lambda _item: "good")
    world.close(on=9)
    world.write(on=9)
    for change in ("UPDATE annotation_term SET lam_good = 1", "DELETE FROM annotation_termsheet"):
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_a_day_waits_until_its_interactions_have_settled_and_for_the_days_before_it(drafts: Feature) -> None:
    Feature.objects.update(settle_hours=240)
    world.arrive([["accepted"], ["edited"]], on=0)
    Feature.objects.update(settle_hours=24)
    world.arrive([["accepted"]], on=1)
    world.close(on=9)
    assert Cohort.objects.filter(closed_at__isnull=False).count() == 2
    assert world.write(on=9) == 0
    while settle.settle(now=day(11)):
        pass
    assert world.write(on=11) == 2
    assert list(TermSheet.objects.order_by("pk").values_list("day", flat=True)) == [day(0).date(), day(1).date()]


def test_an_interaction_with_several_signals_is_with_each_of_them_and_once_without_the_others(drafts: Feature) -> None:
    world.reach(world.arrive([["accepted", "copied"], ["edited"], ["copied", "copied"]], on=0))
    world.close(on=9)
    world.write(on=9)
    both, edited, twice = (
        list(Term.objects.filter(interaction__external_id__endswith=f"_0000{number}").order_by("pk"))
        for number in range(3)
    )
    assert [(term.signal_kind, term.is_first, term.counts_with) for term in both] == [
        ("accepted", True, True),
        ("copied", False, True),
    ]
    assert both[0].kinds == ["accepted", "copied"]
    assert both[0].counts_without == ["abandoned", "dismissed", "escalated", "regenerated", "thumbs_down", "thumbs_up"]
    assert both[1].counts_without == []
    # What claims nothing has no arm without it.
    assert edited[0].counts_without == sorted({*both[0].counts_without, "accepted", "copied"})
    assert [term.counts_with for term in twice] == [True, False]


def test_a_conversation_counts_once_in_each_arm_of_a_model_version_also_over_days(drafts: Feature) -> None:
    world.reach(world.arrive([["accepted"], ["accepted"], ["edited"]], on=0, conversation_id="c1"))
    world.reach(world.arrive([["accepted"], ["copied"]], on=1, conversation_id="c1"))
    world.reach(world.arrive([["accepted"]], on=2, conversation_id="c1", version="drafts-2"))
    world.close(on=12)
    world.write(on=12)
    terms = list(Term.objects.order_by("interaction__occurred_at", "pk"))
    assert [term.counts_with for term in terms] == [True, False, True, False, True, True]
    without = [("accepted" in term.counts_without, "copied" in term.counts_without) for term in terms]
    assert without == [(False, True), (False, False), (True, False), (False, False), (False, False), (False, True)]


def test_the_first_turn_counts_whatever_the_order_in_which_items_are_read() -> None:
    def placed(number: int, minutes: int) -> Placed:
        at = NOW + timedelta(minutes=minutes)
        return Placed(number, number, "accepted", "v", "c", at, frozenset({"accepted"}), True, True)

    found = arms.of([placed(1, 5), placed(2, 3), placed(3, 9)], compared={"edited"}, counted=Counted())
    assert {number: arm.counts_with for number, arm in found.items()} == {1: False, 2: True, 3: False}
    assert {number: arm.counts_without for number, arm in found.items()} == {1: [], 2: ["edited"], 3: []}


def test_what_is_erased_before_counts_nowhere_and_what_is_erased_after_keeps_its_numbers(drafts: Feature) -> None:
    found = world.arrive([["accepted"]] * 4, on=0)
    world.decide(found, lambda item: "good")
    names = [item.interaction.external_id for item in found]
    subject = erasure.interaction(feature=drafts, interaction_id=names[0])
    erasure.erase(subject=subject, actor=FLYWHEEL, clock=lambda: day(1))
    world.close(on=9)
    world.write(on=9)
    assert set(Term.objects.values_list("item", flat=True)) == {item.pk for item in found[1:]}
    before = list(Term.objects.order_by("pk").values())
    subject = erasure.interaction(feature=drafts, interaction_id=names[1])
    erasure.erase(subject=subject, actor=FLYWHEEL, clock=lambda: day(10))
    assert list(Term.objects.order_by("pk").values()) == before


def test_a_day_of_which_everything_was_reached_counts_with_certainty(drafts: Feature) -> None:
    found = world.arrive([["accepted"]] * 3, on=0)
    world.decide(found, lambda item: "good")
    world.close(on=9)
    assert Cohort.objects.get().threshold == math.inf
    world.write(on=9)
    assert set(Term.objects.values_list("probability", "outcome")) == {(1.0, "good")}


@pytest.mark.django_db(transaction=True)
def test_no_day_is_written_while_somebody_else_is_at_an_earlier_one(
    drafts: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    for on in range(3):
        world.decide(world.arrive([["accepted"], ["edited"]] * 20, on=on)[:15], lambda item: "good")
    world.close(on=12)
    have = locks.have
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute(locks.TRY.replace("$1", "%s"), [drafts.pk])

        def have_and_let_go(feature_id: int) -> bool:
            got = have(feature_id)
            other.rollback()
            return got

        with monkeypatch.context() as patch:
            patch.setattr(locks, "have", have_and_let_go)
            assert validity.write_terms(now=day(12)) == 0
    assert world.write(on=12) == 3
    days = list(TermSheet.objects.order_by("pk").values_list("day", flat=True))
    assert days == sorted(days)


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_write_each_term_once(drafts: Feature) -> None:
    for on in range(3):
        world.decide(world.arrive([["accepted"], ["edited"]] * 20, on=on)[:15], lambda item: "good")
    world.close(on=12)
    written = stock.together(4, lambda _number: world.write(on=12), list(range(4)))
    assert sum(written) == 3
    assert (TermSheet.objects.count(), Term.objects.count()) == (3, 120)
    _cell, figures = world.cell("accepted", of=drafts)
    assert figures.with_.claimed.n == 60
    assert figures.days == 3
