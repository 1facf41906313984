"""Queues in which people are weighed, and people who are right as often as a test says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from annotation.consensus.runs import job, request
from annotation.labels import raters
from annotation.models import ConsensusRevision, ConsensusRun, Feature, Item, Label, Queue, Rater, Reason
from tests import crowd, stock
from tests.cast import NOW

A, B = "verified", "unread"


def queue(of: Feature, **changes: Any) -> Queue:
    return stock.queue(of, **{"consensus": "dawid_skene", "overlap": 2, "stop_at": 0.95} | changes)


def person(number: int) -> Rater:
    return raters.named(kind="human", name=f"p{number}")


def labeled(of: Feature, said: Sequence[Sequence[str | None]], *, kind: str = "accepted") -> list[Item]:
    """New items of these labels, written as rows: of each item what each person in turn says (null: nothing).

    Nobody has decided them: a run has to.
    """
    items = stock.items(of, len(said), kind=kind)
    reasons = {one.code: one for one in Reason.objects.filter(signal_kind=kind)}
    labels = []
    for item, answers in zip(items, said, strict=True):
        by = {person(number): code for number, code in enumerate(answers) if code is not None}
        item.taken = [rater.pk for rater in by]
        item.needed = max(item.needed, len(by))
        labels += [crowd.label(item, rater, reasons[code]) for rater, code in by.items()]
    Item.objects.bulk_update(items, ["taken", "needed"])
    Label.objects.bulk_create(labels)
    return items


def known(of: Feature, count: int = 40) -> list[Item]:
    """Items on which five people are seen: 0, 1 and 2 are always right, 3 and 4 call everything B."""
    return labeled(of, [[one, one, one, B, B] for one in (A, B) * (count // 2)])


def ran(of: Queue, *, now: datetime = NOW) -> ConsensusRun:
    """A run over the queue, after a worker has been at it."""
    run = worked(request.ask(queue=of, now=now), now=now)
    assert run.status == ConsensusRun.Status.DONE, f"{run.status}: the worker sees only what is committed; {run.error}"
    return run


def worked(run: ConsensusRun, *, now: datetime = NOW) -> ConsensusRun:
    job.run(run_id=run.pk, by="test", clock=lambda: now)
    run.refresh_from_db()
    return run


def current(item: Item) -> ConsensusRevision | None:
    return ConsensusRevision.objects.select_related("reason").filter(item=item, superseded_at=None).first()


def answers(items: Sequence[Item]) -> list[str | None]:
    return [found.reason.code if (found := current(item)) else None for item in items]
