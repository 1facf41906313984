"""`kill -9` of a real worker at three points of an export: it is taken up and ends as if nothing had been."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import orjson
import psycopg
import pytest
from django.conf import LazySettings
from django.db import connection
from psycopg import sql

from annotation import tasks
from annotation.exports.files import write
from annotation.exports.rows import read
from annotation.models import AuditEvent, Export, ExportRow, Feature
from tests.exports import filled, world
from tests.exports.test_many_workers import Ended
from tests.locks import HERE
from tests.workers import Workers, until

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 8_000


@pytest.fixture
def large() -> Feature:
    return filled.feature(ROWS)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


@contextlib.contextmanager
def blocked(table: str, mode: str) -> Iterator[None]:
    """Whoever wants to do with this table what `mode` forbids waits, until the block ends."""
    with psycopg.connect(**connection.get_connection_params()) as own:
        own.execute(sql.SQL("LOCK TABLE {} IN {} MODE").format(sql.Identifier(table), sql.SQL(mode)))
        yield
        own.rollback()


def waits(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass AND {HERE}", [table]
        )
        (count,) = cursor.fetchone()
    return bool(count)


def ended_as_if_nothing_had_been(export: Export, undisturbed: Export, folder: Path) -> None:
    """The undisturbed one is made on a clock of its own, which a worker that still runs would take for silence."""
    export.refresh_from_db()
    assert (export.status, export.error) == (Export.Status.DONE, "")
    assert export.rows_done == export.rows_total == ExportRow.objects.filter(export=export).count() == ROWS
    assert export.content_sha256 == undisturbed.content_sha256
    for shard in export.shards.all():
        rows = read.rows(export=export, first=shard.first_ordinal, last=shard.last_ordinal)
        again = b"".join(orjson.dumps(row) + b"\n" for row in rows)
        assert (folder / write.folder(export) / shard.name).read_bytes() == again
    assert not list(folder.rglob("*.part-*"))
    assert AuditEvent.objects.filter(verb="export.finished", target_id=export.public_id).count() == 1


def test_killed_while_it_selects(large: Feature, workers: Workers, folder: Path) -> None:
    worker = workers.start_worker()
    workers.start_beat()
    export = world.asked(large)
    with blocked("annotation_exportrow", "EXCLUSIVE"):
        tasks.ring(export)
        until(lambda: waits("annotation_exportrow"))
        worker.kill_children()
    assert not ExportRow.objects.exists()

    until(lambda: Export.objects.get(pk=export.pk).status == Export.Status.DONE)

    assert Export.objects.get(pk=export.pk).attempt == 2
    workers.end()
    ended_as_if_nothing_had_been(export, world.made(large), folder)


def test_killed_in_the_middle_of_a_shard(large: Feature, workers: Workers, folder: Path) -> None:
    worker = workers.start_worker()
    export = world.asked(large)
    tasks.ring(export)
    until(lambda: Export.objects.get(pk=export.pk).rows_done, every=0.005)
    with blocked("annotation_interactioncontent", "ACCESS EXCLUSIVE"):
        until(lambda: waits("annotation_interactioncontent"))
        assert list(folder.rglob("train-*.part-1"))
        assert not list(folder.rglob("train-*.jsonl"))
        worker.kill()

    workers.start_worker()
    until(Ended(export))

    workers.end()
    ended_as_if_nothing_had_been(export, world.made(large), folder)


def test_killed_between_the_last_shard_and_the_end(large: Feature, workers: Workers, folder: Path) -> None:
    worker = workers.start_worker()
    export = world.asked(large)
    with blocked("annotation_auditevent", "EXCLUSIVE"):
        tasks.ring(export)
        until(lambda: waits("annotation_auditevent"))
        assert not export.shards.filter(sha256="").exists()
        worker.kill()
    assert Export.objects.get(pk=export.pk).status == Export.Status.RUNNING

    workers.start_worker()
    until(Ended(export))

    workers.end()
    ended_as_if_nothing_had_been(export, world.made(large), folder)
