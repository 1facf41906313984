"""The funnel counts each interaction once, where its closure stands, and says in words where most of them wait."""

from __future__ import annotations

from collections import Counter

import pytest

from annotation import closure
from annotation.models import Feature, Interaction, Item
from tests import stock, worlds
from tests.worlds import day


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def _world(drafts: Feature) -> None:
    """At least one interaction at every stage, some of them at an end."""
    worlds.turn(drafts)
    trained, deployed, held_out, exported = (worlds.labeled(drafts) for _ in range(4))
    worlds.run(worlds.export([trained], of=drafts, on=2), on=3, name="not-deployed", makes="drafts-3")
    worlds.run(worlds.export([deployed], of=drafts, on=2), on=3, name="not-used", makes="drafts-4")
    worlds.deploy(drafts, on=4, version="drafts-4")
    worlds.export([held_out], of=drafts, on=2, split="test")
    worlds.export([exported], of=drafts, on=2)
    worlds.export([worlds.labeled(drafts)], of=drafts, on=2, status="running")
    worlds.export([worlds.labeled(drafts, reason="unread")], of=drafts, on=2, format="reasons")
    disputed, reserve, withdrawn, _ = (worlds.item(drafts) for _ in range(4))
    Item.objects.filter(pk=disputed.pk).update(needed=2)
    worlds.label(disputed, on=1)
    Item.objects.filter(pk=reserve.pk).update(status=Item.Status.RESERVE)
    Item.objects.filter(pk=withdrawn.pk).update(status=Item.Status.WITHDRAWN)
    held_for_evaluation = worlds.item(drafts)
    Interaction.objects.filter(pk=held_for_evaluation.interaction_id).update(is_evaluation=True)


def test_it_agrees_with_the_closure_of_every_single_interaction(drafts: Feature) -> None:
    _world(drafts)
    worlds.turn(stock.feature("chat"))
    single = [closure.of_interaction(interaction=one) for one in Interaction.objects.filter(feature=drafts)]
    waiting = Counter(found.waits_at for found in single)
    ended = Counter(found.reached for found in single if found.end)
    found = worlds.funnel(drafts, now=day(10))
    place = {stage: number for number, stage in enumerate(closure.STAGES)}
    assert [stage.stage for stage in found.stages] == list(closure.STAGES)
    for stage in found.stages:
        beyond = sum(place[one.reached] >= place[stage.stage] for one in single)
        assert (stage.reached, stage.waiting, stage.ended) == (beyond, waiting[stage.stage], ended[stage.stage])
    assert all(stage.reached for stage in found.stages)
    assert {stage.stage for stage in found.stages if stage.ended} == {"queued", "resolved", "exported"}


def test_the_stage_at_which_most_wait_is_named_in_one_sentence(drafts: Feature) -> None:
    stock.items(drafts, 5)
    worlds.labeled(drafts)
    found = worlds.funnel(drafts, now=day(2))
    assert found.most_wait_at is not None
    assert found.most_wait_at.stage == "queued"
    assert found.sentence == "Most wait to be labeled: 5 of 6 interactions."


def test_what_has_ended_is_not_said_to_wait(drafts: Feature) -> None:
    worlds.labeled(drafts, reason="unread")
    found = worlds.funnel(drafts, now=day(2))
    assert found.sentence == "Nothing waits: every interaction has closed or can lead no further."


def test_closures_in_time_are_counted_among_those_old_enough_alone(drafts: Feature) -> None:
    worlds.turn(drafts)
    worlds.item(drafts)
    worlds.item(drafts, on=20)
    early = worlds.funnel(drafts, now=day(29))
    assert (early.mature, early.closed_in_time, early.closed) == (0, 0, 1)
    late = worlds.funnel(drafts, now=day(31))
    assert (late.mature, late.closed_in_time, late.closed) == (2, 1, 1)


def test_a_closure_that_took_too_long_is_closed_and_not_in_time(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    worlds.run(worlds.export([item], of=drafts, on=2), on=3)
    worlds.deploy(drafts, on=31)
    worlds.answer(drafts, on=32)
    found = worlds.funnel(drafts, now=day(40))
    assert (found.closed, found.mature, found.closed_in_time) == (1, 1, 0)


def _missing(drafts: Feature) -> str:
    return worlds.funnel(drafts, now=day(9)).missing_link or ""


def test_the_link_that_is_missing_altogether_is_named_at_each_step(drafts: Feature) -> None:
    assert _missing(drafts) == ""
    worlds.answer(drafts, on=0, version="drafts-1")
    assert "none has ever been queued" in _missing(drafts)
    item = worlds.item(drafts)
    assert "nobody has ever labeled" in _missing(drafts)
    worlds.label(item, on=1)
    assert "no finished export" in _missing(drafts)
    export = worlds.export([item], of=drafts, on=2)
    assert _missing(drafts) == "Exports are made, and no training run has ever named one."
    worlds.run(export, on=3, name="broken", status="failed")
    assert "every one of them failed" in _missing(drafts)
    worlds.run(export, on=3)
    assert "no deployment of their model versions" in _missing(drafts)
    worlds.deploy(drafts, on=4)
    assert "no interaction with the model version drafts-2" in _missing(drafts)
    worlds.answer(drafts, on=5)
    assert _missing(drafts) == ""


def test_a_run_that_had_nothing_to_train_on_is_said_so(drafts: Feature) -> None:
    worlds.run(worlds.export([worlds.labeled(drafts)], of=drafts, on=2, split="test"), on=3)
    assert "none used an export that holds rows to train on" in _missing(drafts)


def test_labels_that_disagree_are_the_missing_link(drafts: Feature) -> None:
    item = worlds.item(drafts)
    Item.objects.filter(pk=item.pk).update(needed=2)
    worlds.label(item, on=1)
    assert "none has ever been resolved" in _missing(drafts)
