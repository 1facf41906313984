"""Kept figures of closure are those that counting everything gives, whatever happened and in whatever order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction

from annotation import closure, loading
from annotation.closure.kept import reading
from annotation.closure.kept.records import CELL
from annotation.labels import submit
from annotation.models import (
    ClosureMark,
    ClosureTally,
    Export,
    ExportSet,
    Feature,
    Interaction,
    Item,
    Label,
    Ledger,
    TrainingRun,
)
from annotation.queues import cohorts
from tests import stock, worlds
from tests.worlds import day

KINDS = ("accepted", "edited", "thumbs_down")


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def _cells(feature: Feature) -> list[tuple[Any, ...]]:
    """What is kept, in an order of its own."""
    columns = [field.attname for field in ClosureTally._meta.concrete_fields if field.attname != "id"]
    rows = ClosureTally.objects.filter(feature=feature).values_list(*columns)
    return sorted(rows, key=lambda row: [str(value) for value in row])


class History:
    """Things that happen to one feature by chance, most of them as they should and some out of order."""

    def __init__(self, feature: Feature, seed: int) -> None:
        self.feature = feature
        self.random = random.Random(seed)
        self.now = 0.0
        self.runs = 0

    def step(self) -> None:
        self.now += self.random.uniform(0, 0.6)
        happens: list[Callable[[], object]] = [
            *[self.arrive] * 4,
            *[self.label] * 6,
            *[self.export] * 2,
            self.train,
            self.deploy,
            self.close,
            self.undo,
            self.withdraw,
            self.hold_back,
            self.erase,
            self.retract,
        ]
        self.random.choice(happens)()

    def arrive(self) -> None:
        made = stock.items(self.feature, self.random.randint(1, 6), kind=self.random.choice(KINDS), now=day(self.now))
        late = timedelta(days=self.random.choice([0, 0, 0, 1, 9]))
        chosen = Interaction.objects.filter(pk__in=[one.interaction_id for one in made])
        chosen.update(occurred_at=day(self.now) - late, model_version=f"drafts-{self.random.randint(1, 3)}")

    def label(self) -> None:
        for item in self._some(Item.objects.filter(status=Item.Status.OPEN, interaction__erased_at=None), 4):
            reasons = {"accepted": ["verified", "unread", "slip"], "edited": ["taste", "format_fix"]}
            reason = self.random.choice(reasons.get(item.signal_kind, ["style", "topic_disliked"]))
            worlds.label(item, on=self.now, reason=reason)

    def export(self) -> None:
        items = self._some(Item.objects.filter(status=Item.Status.RESOLVED), 12)
        if items:
            split = self.random.choice(["train", "train", "train", "test"])
            form = self.random.choice(["sft", "sft", "reasons"])
            worlds.export(items, of=self.feature, on=self.now, split=split, format=form)

    def train(self) -> None:
        """Now and then by a clock that goes wrong."""
        for export in self._some(Export.objects.all(), 1):
            self.runs += 1
            at = self.now - self.random.choice([0, 0, 3])
            worlds.run(export, on=at, name=f"run-{self.runs}", makes=f"drafts-{self.random.randint(2, 9)}")

    def deploy(self) -> None:
        version = f"drafts-{self.random.randint(2, 9)}"
        worlds.deploy(self.feature, on=self.now, version=version)
        worlds.answer(self.feature, on=self.now + 0.1, version=version)

    def close(self) -> None:
        cohorts.close_due(now=day(self.now))

    def undo(self) -> None:
        for label in self._some(Label.objects.filter(superseded_at=None, item__interaction__erased_at=None), 1):
            submit.undo(rater=label.rater, item=label.item, now=day(self.now))

    def withdraw(self) -> None:
        for item in self._some(Item.objects.all(), 1):
            Item.objects.filter(pk=item.pk).update(status=Item.Status.WITHDRAWN)

    def hold_back(self) -> None:
        for one in self._some(Interaction.objects.all(), 1):
            Interaction.objects.filter(pk=one.pk).update(is_evaluation=True)

    def erase(self) -> None:
        for one in self._some(Interaction.objects.filter(erased_at=None), 1):
            Interaction.objects.filter(pk=one.pk).update(erased_at=day(self.now))

    def retract(self) -> None:
        for run in self._some(TrainingRun.objects.filter(status="succeeded"), 1):
            exports = list(run.exports.all())
            finished = (run.finished_at - day(0)) / timedelta(days=1)
            worlds.run(*exports, on=finished, name=run.name, makes=run.model_version, status="failed")

    def _some(self, rows: Any, most: int) -> list[Any]:
        found = list(rows.order_by("pk"))
        return self.random.sample(found, min(len(found), self.random.randint(1, most)))


# In 32 an item is exported twice, and decided otherwise in between.
SEEDS = (0, 1, 2, 32)
MORE = [pytest.param(seed, marks=pytest.mark.long) for seed in range(40) if seed not in SEEDS]


@pytest.mark.parametrize("seed", [*SEEDS, *MORE])
def test_what_is_kept_is_what_counting_all_anew_gives(drafts: Feature, seed: int) -> None:
    history = History(drafts, seed)
    for _ in range(8):
        for _ in range(12):
            history.step()
        closure.refresh(now=day(history.now))
        kept, waiting = _cells(drafts), ClosureMark.objects.count()
        closure.full(now=day(history.now))
        assert (kept, waiting) == (_cells(drafts), 0)
    _agrees_with_each_interaction(drafts, history.now)


def _agrees_with_each_interaction(drafts: Feature, now: float) -> None:
    single = [closure.of_interaction(interaction=one) for one in Interaction.objects.filter(feature=drafts)]
    place = {stage: number for number, stage in enumerate(closure.STAGES)}
    for stage in closure.funnel(feature=drafts, now=day(now)).stages:
        beyond = sum(place[one.reached] >= place[stage.stage] for one in single)
        waiting, ended = (
            sum(one.waits_at == stage.stage for one in single),
            sum(bool(one.end) and one.reached == stage.stage for one in single),
        )
        assert (stage.stage, stage.reached, stage.waiting, stage.ended) == (stage.stage, beyond, waiting, ended)


def test_a_run_a_deployment_and_a_run_taken_back_change_no_kept_figure_and_count_at_once(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    export = worlds.export([item], of=drafts, on=2)
    closure.refresh(now=day(2))
    kept = _cells(drafts)
    worlds.run(export, on=3)
    worlds.deploy(drafts, on=4)
    assert closure.funnel(feature=drafts, now=day(5)).stages[-2].reached == 1
    worlds.run(export, on=3, status="failed")
    assert closure.funnel(feature=drafts, now=day(5)).stages[-3].reached == 0
    assert _cells(drafts) == kept
    assert not ClosureMark.objects.exists()


def test_a_feature_that_was_never_counted_is_counted_whole(drafts: Feature) -> None:
    """As after an upgrade: what was there before leaves no mark."""
    worlds.turn(drafts)
    ClosureMark.objects.all().delete()
    assert not Ledger.objects.exists()
    assert worlds.funnel(drafts, now=day(6)).closed == 1
    assert Ledger.objects.get(feature=drafts).counted_at == day(6)


def test_what_went_wrong_is_right_after_the_night_and_said(drafts: Feature, caplog: pytest.LogCaptureFixture) -> None:
    worlds.turn(drafts)
    closure.refresh(now=day(6))
    assert closure.check(now=day(7)) == 0
    right = _cells(drafts)
    for tally in ClosureTally.objects.filter(feature=drafts):
        cells = np.frombuffer(tally.cells, CELL).copy()
        cells["number"] = 9
        ClosureTally.objects.filter(pk=tally.pk).update(cells=cells.tobytes())
    ExportSet.objects.create(pk="00000000-0000-0000-0000-000000000001", train=[1], held_out=[])
    assert closure.check(now=day(8)) == 2
    assert _cells(drafts) == right
    assert "2 days" in caplog.text
    assert ExportSet.objects.count() == 1
    assert Ledger.objects.get(feature=drafts).checked_at == day(8)


def test_sets_of_exports_that_no_day_needs_any_more_are_not_read(drafts: Feature) -> None:
    """A busy day leaves thousands until the night, of hundreds of exports each."""
    worlds.turn(drafts)
    closure.refresh(now=day(6))
    [export] = Export.objects.all()
    needed = loading.fetched(reading.SETS, [drafts.pk])
    assert [sorted([*train, *held_out]) for _, train, held_out in needed] == [[export.pk]]
    ExportSet.objects.create(pk="00000000-0000-0000-0000-000000000001", train=[export.pk], held_out=[export.pk])
    assert loading.fetched(reading.SETS, [drafts.pk]) == needed


def test_a_mark_is_seen_with_what_it_marks_and_neither_waits_for_the_other(
    transactional_db: None,
) -> None:
    """A sender that has not committed keeps nobody from counting; what it sends is counted once it is there."""
    drafts = stock.feature()
    worlds.item(drafts)
    closure.refresh(now=day(1))

    def slow_sender(_: int) -> None:
        with transaction.atomic():
            worlds.item(drafts)
            connection.cursor().execute("SET LOCAL statement_timeout = '10s'")
            stock.together(1, lambda _: closure.refresh(now=day(1)), [0])
            assert closure.funnel(feature=drafts, now=day(1)).total == 1

    stock.together(1, slow_sender, [0])
    assert closure.funnel(feature=drafts, now=day(1)).total == 1
    assert closure.refresh(now=day(1)) == 1
    assert closure.funnel(feature=drafts, now=day(1)).total == 2


def test_two_that_count_at_once_count_nothing_twice(transactional_db: None) -> None:
    drafts = stock.feature()
    for number in range(3):
        stock.items(drafts, 5, now=day(number))
    stock.together(4, lambda number: closure.refresh(now=day(number)), [4, 5, 6, 7])
    assert closure.funnel(feature=drafts, now=day(9)).total == 15
