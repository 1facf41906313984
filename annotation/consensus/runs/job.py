"""Decide a queue's items anew, from wherever the last worker left it.

What is to do is found anew by each worker: the items whose written answer is not what the figures say now. So a batch
that is done is not found again, and a worker that dies leaves nothing half done.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import numpy as np
from django.db import connection, transaction
from django.db.models import F

from annotation import jobs, taxonomy
from annotation.consensus import resolve, rule
from annotation.consensus.runs import fitting, keeping, posteriors, reading
from annotation.consensus.runs.reading import BY_FIT, BY_VOTE, Labels, Named, Whole
from annotation.errors import Refusal
from annotation.jobs import Clock
from annotation.models import ConsensusRun, Queue

BATCH: Final = 2_000
AT_ONCE: Final = 2

LOCK: Final = "SELECT id FROM annotation_item WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE"


class DiedTooOften(Refusal):
    """Flywheel began {attempts} times to decide these items anew and its worker died each time, maybe for lack of
    memory. What was decided until then stays. Ask who runs the server to look at the worker's log, then ask again."""


class Defect(Refusal):
    """Flywheel failed at deciding these items anew ({kind}). What was decided until then stays. Ask who runs the
    server to look at the worker's log, then ask again."""


def run(*, run_id: int, by: str, clock: Clock) -> None:
    rows = ConsensusRun.objects.select_related("queue__taxonomy_version")
    jobs.bring_to_end(rows, run_id, by=by, clock=clock, work=_work, end=jobs.end, defect=Defect, died=DiedTooOften)


def _work(found: ConsensusRun, attempt: int, clock: Clock) -> None:
    jobs.check_wanted(found, attempt)
    items, kinds = _to_decide(found, attempt, clock)
    jobs.write(found, attempt, items_total=F("items_done") + len(items))
    figures = resolve.figures_of([found.queue_id])
    sure = [
        posteriors.Sure(posterior=one.posterior, reasons=one.reasons)
        for one in kinds
        if one.is_used and one.posterior is not None
    ]
    with _uncollected():
        _at_once(partial(_decide, found, attempt, figures, sure, clock), _batches(items))
    ended = {"status": ConsensusRun.Status.DONE, "finished_at": clock()}
    # Asked to end at the last moment, it ends: the caller was told so.
    jobs.write(found, attempt, **ended)


def _to_decide(found: ConsensusRun, attempt: int, clock: Clock) -> tuple[Whole, list[fitting.Found]]:
    """Fit, keep what was found, and say which items may come out otherwise by it, in the order of their ids."""
    queue = found.queue
    if queue.consensus != Queue.Consensus.DAWID_SKENE:
        keeping.keep(queue=queue, found=[], now=clock())
        return np.sort(reading.touched(queue.pk)), []
    labels, reasons = reading.labels(queue.pk), reading.reasons()
    jobs.write(found, attempt, labels_total=len(labels.items))
    kinds = fitting.fits(labels, reading.gold(queue.pk), reasons)
    jobs.check_wanted(found, attempt)
    keeping.keep(queue=queue, found=kinds, now=clock())
    items = np.sort(reading.touched(queue.pk)) if _is_thorough(found) else _moved(queue, labels, kinds, reasons)
    return items, kinds


def _is_thorough(found: ConsensusRun) -> bool:
    """Whether something else than the figures has changed since the last run that came to its end."""
    last = ConsensusRun.objects.filter(queue=found.queue, status=ConsensusRun.Status.DONE).order_by("-pk").first()
    return last is None or (last.rule, last.standings) != (found.rule, found.standings)


def _moved(queue: Queue, labels: Labels, kinds: list[fitting.Found], reasons: dict[int, Named]) -> Whole:
    """The items with more than one label that don't stand resolved as the figures have it.

    Each new label has decided its item already, so what stands is what its labels say by the figures of then.
    """
    items, counts = np.unique(labels.items, return_counts=True)
    weighed = items[counts > 1]
    now = reading.resolved(queue.pk)
    settled = now.items[now.methods == 0]
    standing = [settled, *(_standing(one, now, reasons) for one in kinds)]
    moved: Whole = np.setdiff1d(weighed, np.concatenate(standing))
    return moved


def _standing(one: fitting.Found, now: reading.Resolved, reasons: dict[int, Named]) -> Whole:
    """The items of a kind that are resolved as the fit has it, or by a vote where that decides."""
    if one.posterior is None or not one.is_used:
        own = [pk for pk, named in reasons.items() if named.signal_kind == one.signal_kind]
        by_vote: Whole = now.items[(now.methods == BY_VOTE) & np.isin(now.reasons, own)]
        return by_vote
    places = {code: place for place, code in enumerate(one.reasons)}
    code_of = np.full(max(reasons, default=0) + 1, -1)
    for pk, named in reasons.items():
        if named.signal_kind == one.signal_kind:
            code_of[pk] = places.get(named.code, -1)
    _, mine, theirs = np.intersect1d(one.posterior.items, now.items, assume_unique=True, return_indices=True)
    is_same = (one.posterior.likeliest[mine] == code_of[now.reasons[theirs]]) & (now.methods[theirs] == BY_FIT)
    is_close = np.abs(one.posterior.confidences[mine] - now.confidences[theirs]) < rule.SAME_CONFIDENCE
    found: Whole = one.posterior.items[mine][is_same & is_close]
    return found


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles of objects: a batch makes tens of thousands of them and no cycle, and searching
    took as long as deciding."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _batches(items: Whole) -> Iterator[list[int]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH].tolist()


def _at_once(decide: Callable[[list[int]], None], batches: Iterable[list[int]]) -> None:
    """A few batches at a time: while PostgreSQL writes one, the next is decided. The first trouble ends them all."""
    trouble = threading.Event()

    def apart(batch: list[int]) -> None:
        """On the thread's own connection, which is given back."""
        if trouble.is_set():
            return
        try:
            decide(batch)
        except BaseException:
            trouble.set()
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="consensus") as lanes:
        for lane in [lanes.submit(apart, batch) for batch in batches]:
            lane.result()


@transaction.atomic
def _decide(
    found: ConsensusRun,
    attempt: int,
    figures: resolve.Figures,
    sure: Sequence[posteriors.Sure],
    clock: Clock,
    item_ids: list[int],
) -> None:
    """A batch and how far it got are one commit. Whoever labels one of its items comes before it or after it."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [item_ids])
    now = clock()
    settled = resolve.settle([told for one in sure for told in one.told(item_ids)], now=now)
    left = [pk for pk in item_ids if pk not in settled]
    changed = resolve.many(item_ids=left, version=taxonomy.of_queue(found.queue), now=now, figures=figures)
    done = F("items_done") + len(item_ids)
    jobs.write(found, attempt, items_done=done, changed=F("changed") + changed + sum(settled.values()))
