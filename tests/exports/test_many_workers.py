"""One export by several workers, whatever happens to them: one content, whole files, and nothing left over."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from annotation import storage, tasks
from annotation.audit import FLYWHEEL
from annotation.exports import request
from annotation.exports.files import write
from annotation.exports.finished import serve
from annotation.models import AuditEvent, Export, ExportShard, Feature
from annotation.storage import bucket as buckets
from tests import away
from tests.exports import filled, world
from tests.s3 import S3
from tests.workers import Process, Workers, until

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 6_000
SHARD = 500
PROCESSES = 4


@pytest.fixture
def large() -> Feature:
    return filled.feature(ROWS)


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


def state(export: Export) -> Export:
    return Export.objects.select_related("rewriting").get(pk=export.pk)


class Ended:
    """Looks whether it is, and rings again for what a dead worker left: as beat does, but every second."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._rung = time.monotonic()

    def __call__(self) -> bool:
        if state(self._export).status in (Export.Status.DONE, Export.Status.FAILED, Export.Status.CANCELLED):
            return True
        if time.monotonic() - self._rung > 1:
            tasks.ring_silent_jobs.delay()
            self._rung = time.monotonic()
        return False


def disturbed(export: Export, disturb: Callable[[], None], *, times: int, chance: random.Random) -> None:
    """Bring it to its end, disturbed at points that chance names: so many rows written."""
    ended = Ended(export)
    tasks.ring(export)
    for point in sorted(chance.randrange(1, ROWS) for _ in range(times)):
        until(_reached(export, point, ended), every=0.02)
        disturb()
    until(ended, every=0.05, within=180)


def _reached(export: Export, point: int, ended: Ended) -> Callable[[], bool]:
    return lambda: state(export).rows_done >= point or ended()


def killing(worker: Process, chance: random.Random) -> Callable[[], None]:
    return lambda: worker.kill_child(chance)


def is_right(export: Export, names: Callable[[], set[str]], read: Callable[[str], bytes], content: str) -> None:
    """It is done with the same content, its files are what the manifest says, and there are no others."""
    found = state(export)
    assert (found.status, found.error, found.content_sha256) == (Export.Status.DONE, "", content)
    assert found.rows_done == found.rows_total == ROWS
    files = serve.files(found)
    until(lambda: names() == {file["name"] for file in files})
    for file in files:
        assert len(read(file["name"])) == file["bytes"]
        assert hashlib.sha256(read(file["name"])).hexdigest() == file["sha256"]
    assert AuditEvent.objects.filter(verb="export.finished", target_id=found.public_id).count() == 1


def is_right_on_disk(export: Export, folder: Path, content: str) -> None:
    own = folder / write.folder(export)

    def names() -> set[str]:
        return {str(path.relative_to(own)) for path in own.rglob("*") if path.is_file()}

    is_right(export, names, lambda name: (own / name).read_bytes(), content)


def content_of(feature: Feature) -> str:
    """What one worker, undisturbed, makes of it, whatever the shards and the container."""
    return world.made(feature, now=world.LATER).content_sha256


def test_several_write_at_once_and_one_that_is_killed_or_a_database_that_is_restarted_changes_nothing(
    large: Feature, workers: Workers, folder: Path
) -> None:
    content = content_of(large)
    worker = workers.start_worker(concurrency=PROCESSES)
    export = filled.asked(large, shard_rows=SHARD)
    chance = random.Random(7)
    at_once: list[int] = []

    def several() -> bool:
        running = ExportShard.objects.filter(export=export, status=ExportShard.Status.RUNNING)
        at_once.append(running.count())
        return at_once[-1] > 1

    tasks.ring(export)
    until(several, every=0.005)
    turns = iter([killing(worker, chance), away.restarted])
    disturbed(export, lambda: next(turns)(), times=2, chance=chance)

    is_right_on_disk(export, folder, content)
    assert sum(shard.rows_done for shard in export.shards.all()) == ROWS


@pytest.mark.long
@pytest.mark.parametrize("container", ["jsonl", "jsonl.gz", "parquet"])
def test_ten_times_with_one_and_with_four_workers_and_kills_between(
    large: Feature, workers: Workers, folder: Path, container: str
) -> None:
    content = content_of(large)
    for number in range(10):
        worker = workers.start_worker(concurrency=PROCESSES if number % 2 else 1)
        export = filled.asked(large, shard_rows=SHARD, container=container)
        chance = random.Random(number)
        disturbed(export, killing(worker, chance), times=10 if number > 1 else 0, chance=chance)
        is_right_on_disk(export, folder, content)
        worker.kill()


def test_a_cancelled_export_ends_with_all_its_workers_and_leaves_no_file(
    large: Feature, workers: Workers, folder: Path
) -> None:
    workers.start_worker(concurrency=PROCESSES)
    export = filled.asked(large, shard_rows=SHARD)
    with psycopg.connect(**connection.get_connection_params()) as own:
        # Nobody gets at the last shard meanwhile, however late anybody looks.
        own.execute("SELECT FROM annotation_exportshard WHERE id = %s FOR UPDATE", [export.shards.latest("pk").pk])
        tasks.ring(export)
        until(lambda: state(export).rows_done > SHARD, every=0.01)
        request.cancel(export=state(export), actor=FLYWHEEL, now=timezone.now())

    until(lambda: state(export).status == Export.Status.CANCELLED)
    until(lambda: not [path for path in folder.rglob("*") if path.is_file()])


def is_right_in_bucket(export: Export, bucket: S3, content: str) -> None:
    own = write.folder(export)

    def names() -> set[str]:
        return {name.removeprefix(f"{own}/") for name in bucket.names() if name.startswith(own)}

    is_right(export, names, lambda name: b"".join(storage.pieces(f"{own}/{name}")), content)
    assert bucket.unfinished() == []


@pytest.mark.parametrize("seconds", [3.0, pytest.param(60.0, marks=pytest.mark.long)])
def test_a_server_that_is_away_for_a_while_and_a_worker_that_is_killed_change_nothing(
    large: Feature, workers: Workers, bucket: S3, seconds: float
) -> None:
    content = content_of(large)
    worker = workers.start_worker(concurrency=2)
    export = filled.asked(large, shard_rows=SHARD, container="parquet")
    chance = random.Random(5)

    def disturb() -> None:
        with bucket.cut():
            time.sleep(seconds / 2)
            worker.kill_child(chance)
            time.sleep(seconds / 2)

    disturbed(export, disturb, times=1, chance=chance)

    is_right_in_bucket(export, bucket, content)


def test_a_server_that_stays_away_ends_the_export_in_words(
    large: Feature, bucket: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(buckets._PATIENT, "retry_timeout", timedelta(seconds=0.5))
    with bucket.cut():
        export = world.made(large)
    assert export.status == Export.Status.FAILED
    assert (
        "doesn't answer. See that the storage is up and can be reached, then ask for the export again" in export.error
    )
    assert bucket.names() == []
