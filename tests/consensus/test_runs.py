"""A queue decided anew: what is found of people, what that changes, when it is due, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from annotation import audit, taxonomy
from annotation.consensus import resolve
from annotation.consensus.runs import fitting, job, reading, request
from annotation.labels.imported import Sent, store
from annotation.lib import dawid_skene
from annotation.lib.dawid_skene import UNKNOWN, GoldCheck, Votes
from annotation.models import (
    ConsensusFit,
    ConsensusReliability,
    ConsensusRevision,
    ConsensusRun,
    Feature,
    Item,
    Label,
    Queue,
    Rater,
)
from tests import stock
from tests.cast import NOW
from tests.consensus import world
from tests.consensus.world import A, B
from tests.exports import world as exports

pytestmark = pytest.mark.django_db(transaction=True)

NEXT_NIGHT = NOW + timedelta(days=1)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def fit(queue: Queue) -> ConsensusFit:
    return ConsensusFit.objects.get(queue=queue)


def due(after: timedelta = timedelta(0)) -> list[Queue]:
    return [run.queue for run in request.ask_due(now=NOW + after)]


def gold(items: list[Item], reason: str) -> None:
    sent = [
        Sent(
            feature=one.feature,
            interaction_id=one.interaction.external_id,
            signal_kind=one.signal_kind,
            source="gold",
            source_name="checks",
            reason=reason,
        )
        for one in items
    ]
    assert {type(one) for one in store(labels=sent, now=NOW)} == {Label}


def test_a_run_finds_who_is_right_and_decides_each_item_by_it(drafts: Feature) -> None:
    queue = world.queue(drafts)
    items = world.known(drafts)
    run = world.ran(queue)
    assert (run.status, run.labels_total, run.items_total, run.items_done, run.changed) == ("done", 200, 40, 40, 40)
    assert world.answers(items) == [A, B] * 20
    found = fit(queue)
    assert (found.is_used, found.why, found.reasons, found.people, found.known) == (True, "fitted", [B, A], 5, 5)
    # Person 3 calls everything B: log P(B | A) is near 0.
    told = ConsensusReliability.objects.get(fit=found, rater=world.person(3))
    assert (told.labels, told.is_known) == (40, True)
    assert told.told[1] > -0.01
    assert {one.method for one in ConsensusRevision.objects.all()} == {"dawid_skene"}


def test_the_next_night_changes_nothing_where_nothing_was_said_since(drafts: Feature) -> None:
    queue = world.queue(drafts)
    world.known(drafts)
    world.ran(queue)
    again = world.ran(queue, now=NEXT_NIGHT)
    assert (again.status, again.items_total, again.changed) == ("done", 0, 0)


def test_what_asked_for_one_more_label_is_decided_once_the_figures_are_enough(drafts: Feature) -> None:
    queue = world.queue(drafts)
    (waiting,) = world.labeled(drafts, [[A, None, None, B]])
    resolve.item(item=waiting, version=taxonomy.current(), now=NOW)
    assert (waiting.status, waiting.needed) == ("open", 3)
    world.known(drafts)
    world.ran(queue)
    assert world.answers([waiting]) == [A]


def test_kinds_of_signals_are_apart(drafts: Feature) -> None:
    queue = world.queue(drafts)
    world.known(drafts)
    world.labeled(drafts, [["variety", "variety"]] * 3, kind="regenerated")
    world.ran(queue)
    assert {one.signal_kind: one.why for one in ConsensusFit.objects.all()} == {
        "accepted": "fitted",
        "regenerated": "too_few",
    }


def test_too_few_labels_leave_it_to_a_vote_and_tell_how_many_are_missing(drafts: Feature) -> None:
    queue = world.queue(drafts, overlap_max=3)
    items = world.labeled(drafts, [[A, A, B], [B, B, A]] * 10)
    world.ran(queue)
    found = fit(queue)
    assert (found.is_used, found.why, found.known, found.missing) == (False, "too_few", 0, 10)
    assert {one.method for one in ConsensusRevision.objects.all()} == {"majority"}
    assert world.answers(items) == [A, B] * 10


def test_gold_checks_both_rules_once_thirty_labeled_items_have_it(drafts: Feature) -> None:
    queue = world.queue(drafts)
    items = world.known(drafts, 80)[::2]
    gold(items[:29], A)
    world.ran(queue)
    assert (fit(queue).why, fit(queue).gold_items) == ("fitted", 29)
    gold(items[29:31], A)
    world.ran(queue, now=NEXT_NIGHT)
    found = fit(queue)
    assert (found.why, found.is_used, found.gold_items) == ("gold_for", True, 31)
    assert (found.gold_fitted, found.gold_majority) == (31, 31)


def test_gold_that_speaks_for_the_vote_leaves_it_to_that() -> None:
    items = np.repeat(np.arange(40), 2)
    votes = Votes(
        items=items, raters=np.tile([0, 1], 40), said=items % 2, gold=np.full(40, UNKNOWN), n_raters=2, n_reasons=2
    )
    fitted = dawid_skene.fit(votes)
    for ours, vote, why in ((31.0, 30.0, "gold_for"), (30.0, 30.0, "gold_for"), (29.5, 30.0, "gold_against")):
        assert fitting._why(votes, fitted, GoldCheck(items=40, dawid_skene=ours, majority=vote)) == why


def test_a_changed_consensus_is_a_new_revision_and_the_next_dataset_has_it(drafts: Feature) -> None:
    queue = world.queue(drafts, consensus="majority")
    items = world.known(drafts, 40)
    (lost,) = world.labeled(drafts, [[A, A, B, B, B]])
    world.ran(queue)
    assert world.answers([lost]) == [B]
    first = exports.made(drafts, "reasons")
    queue = world.queue(drafts)
    run = world.ran(queue, now=NEXT_NIGHT)
    assert run.changed == 41
    assert world.answers([lost]) == [A]
    numbers = (
        ConsensusRevision.objects.filter(item=lost).order_by("number").values_list("number", "method", "resolved_at")
    )
    assert list(numbers) == [(1, "majority", NOW), (2, "dawid_skene", NEXT_NIGHT)]
    kept = world.current(items[1])
    assert kept is not None
    assert kept.resolved_at == NOW
    assert exports.made(drafts, "reasons", now=NEXT_NIGHT).content_sha256 != first.content_sha256


def test_each_night_a_run_is_due_where_people_are_weighed(drafts: Feature) -> None:
    assert due() == []
    queue = world.queue(drafts)
    assert due() == [queue]
    assert due() == []
    world.worked(ConsensusRun.objects.get())
    assert due(timedelta(hours=16)) == []
    assert due(timedelta(hours=17)) == [queue]


def test_a_run_is_due_at_once_when_the_rule_or_somebody_s_standing_changes(drafts: Feature) -> None:
    queue = world.queue(drafts)
    (item,) = world.labeled(drafts, [[B, B]])
    world.ran(queue)
    world.queue(drafts, consensus="majority")
    assert due() == [queue]
    world.worked(ConsensusRun.objects.latest("pk"))
    assert due() == []
    assert not ConsensusFit.objects.exists()
    Rater.objects.filter(pk=world.person(1).pk).update(standing="quarantined", standing_from=NOW)
    assert due() == [queue]
    world.worked(ConsensusRun.objects.latest("pk"))
    item.refresh_from_db()
    assert (item.status, item.needed) == ("open", 3)
    assert due() == []


def test_one_run_at_a_time_and_it_can_be_cancelled_in_words(drafts: Feature) -> None:
    queue = world.queue(drafts)
    run = request.ask(queue=queue, now=NOW)
    with pytest.raises(request.RunGoesOn, match="decided anew just now"):
        request.ask(queue=queue, now=NOW)
    request.cancel(run=run, actor=audit.FLYWHEEL, now=NOW)
    with pytest.raises(request.RunEnded, match="it is cancelled"):
        request.cancel(run=run, actor=audit.FLYWHEEL, now=NOW)
    assert world.worked(run).status == "cancelled"


def test_a_run_that_is_cancelled_or_whose_worker_dies_keeps_what_it_did_and_the_next_does_the_rest(
    drafts: Feature, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = world.queue(drafts)
    items = world.known(drafts)
    monkeypatch.setattr(job, "BATCH", 15)
    monkeypatch.setattr(job, "AT_ONCE", 1)
    run = request.ask(queue=queue, now=NOW)
    decide = job._decide

    def die_after_one(*told: object) -> None:
        decide(*told)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "_decide", die_after_one)
    with pytest.raises(KeyboardInterrupt):
        job.run(run_id=run.pk, by="first", clock=lambda: NOW)
    run.refresh_from_db()
    assert (run.status, run.items_done, sum(one is not None for one in world.answers(items))) == ("running", 15, 15)

    def cancel_after_one(*told: object) -> None:
        decide(*told)  # type: ignore[arg-type]
        request.cancel(run=run, actor=audit.FLYWHEEL, now=NOW)

    monkeypatch.setattr(job, "_decide", cancel_after_one)
    assert world.worked(run).status == "cancelled"
    monkeypatch.setattr(job, "_decide", decide)
    last = world.ran(queue)
    assert (last.status, world.answers(items)) == ("done", [A, B] * 20)


def test_what_is_read_comes_whole_whatever_stretch_its_ids_lie_in(drafts: Feature) -> None:
    queue = world.queue(drafts)
    world.known(drafts)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('annotation_item', 'id'), %s)", [3 * 2**18])
    far = world.labeled(drafts, [[A, B]])
    found = reading.labels(queue.pk)
    assert len(found.items) == 202
    assert (found.items == far[0].pk).sum() == 2
    assert len(reading.resolved(queue.pk).items) == 0
