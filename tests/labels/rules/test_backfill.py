"""Past items are labeled by a job: with progress, ended by who asked, and gone on with after a kill."""

from __future__ import annotations

import pytest
from django.utils import timezone

from annotation import jobs, tasks
from annotation.labels.rules import backfill, labeling, switch
from annotation.models import AuditEvent, Item, Label, RuleRun, RuleVersion
from tests import stock
from tests.cast import NOW
from tests.labels.rules import world
from tests.labels.rules.world import BY
from tests.workers import Workers, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version(db: None) -> RuleVersion:
    made = world.written(stock.feature())
    world.items(made.rule.feature, *[100, 5000] * 5)
    world.on(made)
    return made


def work(run: RuleRun) -> RuleRun:
    backfill.run(run_id=run.pk, by="test", clock=lambda: NOW)
    run.refresh_from_db()
    return run


def test_all_that_is_there_is_looked_at_once(version: RuleVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "BATCH", 3)
    run = backfill.start(rule=version.rule, **BY)
    with pytest.raises(backfill.RunRunning, match="0 of 10"):
        backfill.start(rule=version.rule, **BY)
    world.items(version.rule.feature, 100)  # came after it was asked for: the sweep's
    assert (work(run).status, run.items_done, run.items_total, run.labeled) == ("done", 10, 10, 5)
    again = work(backfill.start(rule=version.rule, **BY))
    assert (again.status, again.items_done, again.labeled) == ("done", 11, 1)
    assert AuditEvent.objects.filter(verb="rule.run_finished").count() == 2


class Death(BaseException):
    """What a worker's death leaves: a row that says running, and nobody who holds it."""


def deaths(run: RuleRun, monkeypatch: pytest.MonkeyPatch, *, after: int) -> int:
    """How many workers died of it until it ended, each having labeled so many batches of one item."""
    label, died = labeling.label, 0
    monkeypatch.setattr(backfill, "BATCH", 1)
    monkeypatch.setattr(jobs, "MAX_ATTEMPTS", 3)
    while run.status in ("pending", "running"):
        left = [label] * after
        monkeypatch.setattr(labeling, "label", lambda left=left, **values: left.pop()(**values) if left else die())
        try:
            # Not to be had as long as PostgreSQL has not noticed that the one before is gone.
            work(run)
        except Death:
            died += 1
    return died


def die() -> int:
    raise Death


def test_however_many_workers_die_of_it_one_that_gets_on_is_brought_to_its_end(
    version: RuleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = backfill.start(rule=version.rule, **BY)
    assert deaths(run, monkeypatch, after=1) == 9
    assert (run.status, run.items_done, run.labeled, run.error) == ("done", 10, 5, "")


def test_one_that_gets_no_further_is_given_up_and_what_was_done_stays(
    version: RuleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = backfill.start(rule=version.rule, **BY)
    RuleRun.objects.filter(pk=run.pk).update(items_done=2, last_item=Item.objects.order_by("pk")[1].pk)
    assert deaths(run, monkeypatch, after=0) == 3
    assert (run.status, run.items_done, run.attempt) == ("failed", 2, 4)
    assert "3 times and its worker died each time" in run.error


def test_it_ends_where_it_is_told_and_when_the_rule_is_switched_off(
    version: RuleVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "BATCH", 4)
    run = backfill.start(rule=version.rule, **BY)
    label = labeling.label

    def cancelled_meanwhile(**values: object) -> int:
        switch.off(rule=version.rule, **BY)
        return label(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(labeling, "label", cancelled_meanwhile)
    assert (work(run).status, run.items_done, run.labeled) == ("cancelled", 4, 2)
    with pytest.raises(backfill.RunEnded):
        backfill.cancel(run=run, **BY)
    with pytest.raises(backfill.SwitchedOff):
        backfill.start(rule=version.rule, **BY)


def test_a_condition_that_crashes_fails_the_run_in_words(version: RuleVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_values: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(labeling, "label", broken)
    run = work(backfill.start(rule=version.rule, **BY))
    assert run.status == "failed"
    assert "ZeroDivisionError" in run.error


def test_a_killed_worker_s_run_is_gone_on_with_and_labels_nothing_twice(workers: Workers) -> None:
    version = world.written(stock.feature())
    world.items(version.rule.feature, *[100] * 800)
    world.on(version)
    worker = workers.start_worker()
    run = backfill.start(rule=version.rule, actor=BY["actor"], now=timezone.now())
    tasks.ring(run)
    until(lambda: RuleRun.objects.get(pk=run.pk).items_done >= 200, every=0.002)
    worker.kill()
    workers.start_worker()
    tasks.ring_silent_jobs.delay()
    until(lambda: RuleRun.objects.get(pk=run.pk).status == "done")
    run.refresh_from_db()
    assert (run.items_done, run.labeled) == (800, 800)
    assert Label.objects.filter(rater=version.rater).values("item").distinct().count() == 800
    assert Label.objects.count() == 800
