"""Who is right how often, from a million labels: the computation against crowd-kit's, and the whole job.

crowd-kit pulls large packages that it doesn't need here, so it has an environment of its own, which CROWD_KIT names:

    python3 -m venv /tmp/ck
    /tmp/ck/bin/pip install numpy pandas scikit-learn attrs tqdm nltk
    /tmp/ck/bin/pip install --no-deps crowd-kit
    CROWD_KIT=/tmp/ck/bin/python python -m pytest -m benchmark -s tests/benchmarks/test_consensus.py

Without it, only what is ours is measured.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from django.db import connection
from numpy.typing import NDArray

from annotation import copying, taxonomy
from annotation.consensus.runs import job, request
from annotation.labels import raters
from annotation.lib import dawid_skene
from annotation.models import ConsensusRevision, ConsensusRun, Queue, Reason
from tests import stock
from tests.cast import NOW

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

ITEMS, EACH, PEOPLE, REASONS = int(os.environ.get("ITEMS", "200000")), 5, 200, 8
Whole = NDArray[np.int64]

CROWD_KIT = """
import sys, time, numpy, pandas
from crowdkit.aggregation import DawidSkene
found = numpy.load(sys.argv[1])
labels = pandas.DataFrame({"task": found["items"], "worker": found["raters"], "label": found["said"]})
began = time.perf_counter()
answers = DawidSkene(n_iter=100, tol=1e-5).fit_predict(labels).sort_index()
print(time.perf_counter() - began, (answers.to_numpy() == found["truth"]).mean())
"""


def labels() -> tuple[Whole, Whole, Whole, Whole]:
    """Items, raters, what was said, and by item the truth: five different people an item, each right 50 to 90 times
    in 100."""
    random = np.random.default_rng(7)
    truth = random.integers(0, REASONS, ITEMS)
    items = np.repeat(np.arange(ITEMS), EACH)
    first = np.repeat(random.integers(0, PEOPLE, ITEMS), EACH)
    people = (first + np.tile(np.arange(EACH) * 37, ITEMS)) % PEOPLE
    is_right = random.random(len(items)) < random.uniform(0.5, 0.9, PEOPLE)[people]
    return items, people, np.where(is_right, truth[items], random.integers(0, REASONS, len(items))), truth


def test_a_million_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    items, people, said, truth = labels()
    ours, right = _ours(items, people, said, truth)
    theirs = _theirs(tmp_path, items, people, said, truth)
    queue = _stored(items, people, said)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE annotation_item, annotation_label")
    first, changed = _job(queue)
    again, changed_again = _job(queue)
    bare = _written()
    with capsys.disabled():
        print(
            f"\nconsensus: {len(items):,} labels, {ITEMS:,} items, {PEOPLE} people, {REASONS} reasons"
            f"\n  computation {ours:.2f} s, right {right:.4f}; crowd-kit {theirs}"
            f"\n  job, all new ({changed:,} revisions) {first:.2f} s; {first / ours:.1f} times our computation"
            f"\n  job of the next night ({changed_again:,} revisions) {again:.2f} s; {again / ours:.1f} times"
            f"\n  {bare}"
        )


def _ours(items: Whole, people: Whole, said: Whole, truth: Whole) -> tuple[float, float]:
    gold = np.full(ITEMS, dawid_skene.UNKNOWN)
    began = time.perf_counter()
    votes = dawid_skene.Votes(items=items, raters=people, said=said, gold=gold, n_raters=PEOPLE, n_reasons=REASONS)
    found = dawid_skene.fit(votes)
    return time.perf_counter() - began, float((found.posterior.argmax(axis=1) == truth).mean())


def _theirs(folder: Path, items: Whole, people: Whole, said: Whole, truth: Whole) -> str:
    python = os.environ.get("CROWD_KIT")
    if not python:
        return "not measured: CROWD_KIT names no Python that has it"
    np.savez(folder / "labels.npz", items=items, raters=people, said=said, truth=truth)
    told = subprocess.run(
        [python, "-c", CROWD_KIT, folder / "labels.npz"], capture_output=True, text=True, check=True
    ).stdout.split()
    return f"{float(told[0]):.2f} s, right {float(told[1]):.4f}"


def _stored(items: Whole, people: Whole, said: Whole) -> Queue:
    """The labels in the tables, of items that nobody has decided."""
    feature = stock.feature()
    queue = stock.queue(feature, overlap=EACH, overlap_max=EACH, stop_at=0.5, consensus="dawid_skene")
    design = queue.designs.get()
    ids = [raters.named(kind="human", name=f"person {number}").pk for number in range(PEOPLE)]
    version = taxonomy.current()
    codes = list(Reason.objects.filter(taxonomy_version=version, signal_kind="accepted").order_by("pk")[:REASONS])
    taken = np.array(ids)[people].reshape(ITEMS, EACH).tolist()
    copying.rows(
        "annotation_item",
        {"id": "int8", "public_id": "text", "feature_id": "int8", "queue_id": "int8", "interaction_id": "int8",
         "signal_id": "int8", "signal_kind": "text", "purpose": "text", "status": "text", "design_id": "int8",
         "evidence_version": "int4", "needed": "int2", "taken": "int8[]", "queued_at": "timestamptz"},
        [(number + 1, f"itm_{number}", feature.pk, queue.pk, number + 1, number + 1, "accepted", "backfill", "open",
          design.pk, 1, EACH, taken[number], NOW) for number in range(ITEMS)],
    )  # fmt: skip
    copying.rows(
        "annotation_label",
        {"item_id": "int8", "rater_id": "int8", "role": "text", "taxonomy_version_id": "int8", "reason_id": "int8",
         "labeled_at": "timestamptz", "received_at": "timestamptz", "suggestion_seen": "bool", "submission_id": "uuid"},
        [(item + 1, ids[who], "annotator", version.pk, codes[reason].pk, NOW, NOW, False, UUID(int=number))
         for number, (item, who, reason) in enumerate(
             zip(items.tolist(), people.tolist(), said.tolist(), strict=True))],
    )  # fmt: skip
    return queue


def _job(queue: Queue) -> tuple[float, int]:
    run = request.ask(queue=queue, now=NOW)
    began = time.perf_counter()
    job.run(run_id=run.pk, by="bench", clock=lambda: NOW)
    spent = time.perf_counter() - began
    run.refresh_from_db()
    assert run.status == ConsensusRun.Status.DONE, run.error
    return spent, run.changed


def _written() -> str:
    """How long the revisions alone take to write, by one statement of the database."""
    count = ConsensusRevision.objects.count()
    columns = "item_id, reason_id, method, label_source, confidence, posterior, label_ids, resolved_at"
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE annotation_consensusrevision SET superseded_at = now() WHERE superseded_at IS NULL")
        cursor.execute(
            f"INSERT INTO annotation_consensusrevision (number, {columns}) "
            f"SELECT number + 100, {columns} FROM annotation_consensusrevision"
        )
    return f"ending and inserting {count:,} revisions in the database alone: {time.perf_counter() - began:.2f} s"
