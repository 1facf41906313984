"""How fast one worker writes a large dataset, beside the database's own COPY of the same join as JSON; and its memory.

Worker and database work at the same time. Where others use the machine too, compare by CPU: the busier of the two with
what COPY took of it.

python -m pytest -m benchmark -s tests/benchmarks/test_export.py        (ROWS=200000 for a smaller one)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, LiteralString

import psutil
import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from annotation.models import Export
from tests import cast, workers
from tests.benchmarks import labeled
from tests.exports import world

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

FEW, MANY = 10_000, int(os.environ.get("ROWS", "1000000"))
REPEATS = int(os.environ.get("REPEATS", "2"))

# What a row of the dataset is made of, from the rows that it refers to.
COPIED: LiteralString = """
    COPY (
        SELECT row_to_json(q) FROM (
            SELECT n.external_id AS interaction_id, i.public_id, s.external_id AS signal_id, i.signal_kind, m.code,
                   m.outcome, v.label_source, v.confidence, t.number, n.model_version, r.weight, n.occurred_at,
                   n.ingested_at, i.queued_at, l.labeled_at, v.resolved_at, x.input, x.output
            FROM annotation_exportrow r
            JOIN annotation_item i ON i.id = r.item_id
            JOIN annotation_interaction n ON n.id = i.interaction_id
            JOIN annotation_signal s ON s.id = i.signal_id
            JOIN annotation_consensusrevision v ON v.id = r.revision_id
            JOIN annotation_label l ON l.id = v.label_ids[1]
            JOIN annotation_reason m ON m.id = v.reason_id
            JOIN annotation_taxonomyversion t ON t.id = m.taxonomy_version_id
            JOIN annotation_interactioncontent x ON x.interaction_id = n.id
            WHERE r.export_id = {export}
        ) q
    ) TO STDOUT
"""


def test_one_worker_writes_many_rows(
    tmp_path: Path, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.STORAGE_FOLDER = tmp_path
    few, many = cast.feature("few"), cast.feature("many")
    labeled.items(few, FEW)
    labeled.items(many, MANY, first=FEW + 1)
    told = []
    for container in ("jsonl", "parquet"):
        least = made(world.asked(few, "sft", container=container).pk)["mib"]
        found = [one(world.asked(many, "sft", container=container)) for _ in range(REPEATS)]
        told += [line(container, took, copied, least) for took, copied in found]
    with capsys.disabled():
        print("", *told, sep="\n")


def one(export: Export) -> tuple[dict[str, Any], tuple[float, float]]:
    """What the worker said, and the seconds of the COPY right after it."""
    took = made(export.pk)
    assert (took["status"], took["error"], took["rows"]) == ("done", "", MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotation_exportrow")
    return took, copied(export.pk)


def line(container: str, took: dict[str, Any], copied: tuple[float, float], least: float) -> str:
    wall, cpu = copied
    spans = took["spans"]
    busiest = max(spans["write_all: CPU of its own"], spans["write_all: CPU of the database"])
    parts = ", ".join(f"{name} {span:.1f} s" for name, span in spans.items())
    return (
        f"{container}: written at {MANY / spans['write_all']:,.0f} rows/s, {wall / spans['write_all']:.2f} of COPY's "
        f"{MANY / wall:,.0f}; by CPU alone {cpu / busiest:.2f} of its {MANY / cpu:,.0f} ({parts}); "
        f"the whole job {MANY / spans['all']:,.0f} rows/s; peak memory {took['mib']:.0f} MiB, "
        f"{took['mib'] - least:+.0f} over that at {FEW:,} rows"
    )


def made(pk: int) -> dict[str, Any]:
    """An export made by a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.one_export", str(pk)]
    done = subprocess.run(command, env=workers.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def copied(export: int) -> tuple[float, float]:
    """The seconds of a COPY to which nobody listens, with a serial plan, and those of the database's CPU."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        database = psutil.Process(connection.connection.info.backend_pid)
        began, spent = time.perf_counter(), sum(database.cpu_times()[:2])
        with cursor.copy(COPIED.format(export=export)) as copy:
            while copy.read():
                pass
        return time.perf_counter() - began, sum(database.cpu_times()[:2]) - spent
