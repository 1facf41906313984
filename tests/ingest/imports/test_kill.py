"""`kill -9` of a real worker while it takes a file: another one goes on, and what is stored is what the file holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from annotation import tasks
from annotation.ingest.imports import request
from annotation.models import Feature, Import, Interaction, Signal
from tests.ingest import held
from tests.ingest.imports import world
from tests.ingest.sent import interaction, signal
from tests.locks import somebody_waits
from tests.workers import Workers, until

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = 8_000


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


def row(one: Import) -> Import:
    return Import.objects.get(pk=one.pk)


SELDOM = [pytest.param(name, marks=pytest.mark.long) for name in ("a.jsonl", "a.parquet")]


@pytest.mark.parametrize("name", ["a.json.gz", *SELDOM])
def test_killed_while_it_takes_a_file(
    feature: Feature, workers: Workers, tmp_path: Path, folder: Path, name: str
) -> None:
    made = [interaction(f"g{number}", signals=[signal(id=f"s{number}")]) for number in range(COUNT)]
    one = world.uploaded(feature, tmp_path, name, made)
    worker = workers.start_worker()
    tasks.ring(one)
    until(lambda: row(one).status == Import.Status.CHECKED)
    assert (row(one).accepted, Interaction.objects.count()) == (COUNT, 0)

    world.started(row(one))
    with held.up_at(f"g{COUNT // 2}"):
        tasks.run_import.delay(one.pk)
        until(somebody_waits)
        worker.kill()
    half = row(one)
    assert (half.status, 0 < half.values_done < COUNT) == ("running", True)

    workers.start_worker()
    tasks.ring_silent_jobs.delay()
    until(lambda: row(one).status == Import.Status.DONE)

    ended = row(one)
    assert ended.accepted + ended.duplicates == COUNT
    assert ended.accepted >= COUNT - 1000
    assert set(Interaction.objects.values_list("external_id", flat=True)) == {f"g{number}" for number in range(COUNT)}
    assert Signal.objects.count() == COUNT
    assert not (folder / request.folder(one)).exists()
