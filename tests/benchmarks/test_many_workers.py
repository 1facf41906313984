"""How much faster several workers write a large dataset than one, and how soon its first byte is there.

python -m pytest -m benchmark -s tests/benchmarks/test_many_workers.py        (ROWS=100000 for a smaller one)
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.conf import LazySettings

from annotation import tasks
from annotation.exports.finished import serve
from annotation.models import Export, Feature
from tests import cast
from tests.benchmarks import labeled
from tests.exports import world
from tests.workers import Workers, until

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

ROWS = int(os.environ.get("ROWS", "400000"))
PROCESSES = (1, 2, 4)


def test_several_workers_write_many_rows(
    tmp_path: Path, settings: LazySettings, workers: Workers, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    many = cast.feature("many")
    labeled.items(many, ROWS)
    told = [f"{ROWS:,} rows, {os.cpu_count()} cores"]
    alone = 0.0
    contents = set()
    for processes in PROCESSES:
        worker = workers.start_worker(concurrency=processes)
        export, whole, seconds, first = made(many)
        worker.stop()
        alone = alone or seconds
        contents.add(export.content_sha256)
        told.append(
            f"{processes} at once: written at {ROWS / seconds:,.0f} rows/s, {alone / seconds:.2f} of one; "
            f"the whole job {ROWS / whole:,.0f}; first {first}"
        )
    with capsys.disabled():
        print("\n" + "\n".join(told))
    assert len(contents) == 1


def made(feature: Feature) -> tuple[Export, float, float, str]:
    """The export, its seconds, those between its selection and its end, and how soon a download of it began."""
    export = world.asked(feature, "sft")
    asked = time.monotonic()
    tasks.ring(export)
    until(lambda: Export.objects.get(pk=export.pk).exported_at, within=900)
    began = time.monotonic()
    until(lambda: Export.objects.get(pk=export.pk).status == Export.Status.DONE, within=900)
    ended = time.monotonic()
    export.refresh_from_db()
    fetched = time.monotonic()
    entry = serve.files(export)[0]
    next(iter(serve.pieces(export, entry["name"], serve.whole(entry))))
    return export, ended - asked, ended - began, f"byte after {1000 * (time.monotonic() - fetched):.0f} ms"
