"""An export from request to files: what is in them, that they are the same each time, and how it ends when it can't."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import LazySettings
from django.db import Error, transaction

from annotation import jobs, storage
from annotation.audit import FLYWHEEL
from annotation.exports import job, request
from annotation.exports.files import manifest, write
from annotation.exports.rows import read
from annotation.exports.selection import select
from annotation.jobs import Superseded
from annotation.lib import canonical
from annotation.models import AuditEvent, Export, ExportRow, ExportShard, Feature, InteractionContent, SplitAssignment
from tests import cast, stock
from tests.cast import NOW
from tests.disks import small_disk
from tests.exports import world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


@pytest.fixture
def drafts() -> Feature:
    """Twenty good answers of ten conversations, and one of everything that is left out."""
    feature = cast.feature()
    for number in range(20):
        world.decided(
            feature,
            "accepted",
            "verified",
            conversation_id=f"c{number % 10}",
            occurred_at=NOW + timedelta(seconds=number),
        )
    world.decided(feature, "accepted", "unread")
    return feature


def rows_of(export: Export, folder: Path) -> list[dict[str, object]]:
    files = [folder / write.folder(export) / shard.name for shard in export.shards.all()]
    return [orjson.loads(line) for file in files for line in file.read_bytes().splitlines()]


def test_a_finished_export_has_files_with_the_sums_of_its_manifest(drafts: Feature, folder: Path) -> None:
    export = world.made(drafts, shard_rows=5)

    assert export.status == Export.Status.DONE
    assert export.manifest is not None
    for entry in export.manifest["files"]:
        data = (folder / write.folder(export) / entry["name"]).read_bytes()
        assert (entry["bytes"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert entry["rows"] in (None, len(data.splitlines()))
    names = {entry["name"] for entry in export.manifest["files"]}
    train = export.manifest["rows"]["split"]["train"]
    assert f"data/train-00000-of-{math.ceil(train / 5):05}.jsonl" in names
    stored = (folder / write.folder(export) / "manifest.json").read_bytes()
    assert stored == manifest.as_file(export.manifest)


def test_the_manifest_counts_what_the_files_hold(drafts: Feature, folder: Path) -> None:
    export = world.made(drafts)
    rows = rows_of(export, folder)

    assert export.manifest is not None
    assert export.manifest["rows"]["total"] == len(rows) == export.rows_total == export.rows_done == 20
    assert export.manifest["rows"]["reason"] == {"accepted: verified": 20}
    assert export.manifest["rows"]["label_source"] == {"human": 20}
    assert export.manifest["left_out"] == {"use_not_permitted": 1}
    assert export.manifest["closure"]["exported"]["count"] == 20
    assert export.manifest["closure"]["exported"]["p50"] == 2 * 3600 - 9.5
    assert export.manifest["taxonomy_version"] == 1
    (signal,) = export.manifest["signal_validity"]
    assert (signal["signal_kind"], signal["model_version"], signal["verdict"]) == ("accepted", "drafts-1", "not_enough")


def test_content_sha256_is_over_the_canonical_rows_without_exported_at(drafts: Feature, folder: Path) -> None:
    export = world.made(drafts, shard_rows=7)

    rows = rows_of(export, folder)
    assert {row.pop("exported_at") for row in rows} == {"2026-03-02T11:00:00.000000Z"}
    lines = b"".join(canonical.dumps(row) + b"\n" for row in rows)
    assert export.content_sha256 == hashlib.sha256(lines).hexdigest()


def test_the_same_request_over_the_same_data_has_the_same_content(drafts: Feature) -> None:
    first = world.made(drafts, shard_rows=50)
    second = world.made(drafts, shard_rows=3, now=world.LATER + timedelta(days=1))

    assert first.content_sha256 == second.content_sha256
    assert second.manifest is not None
    assert second.manifest["previous"]["id"] == first.public_id
    assert second.manifest["previous"]["by_reason"] == {}


def test_another_seed_deals_other_splits(drafts: Feature) -> None:
    assert world.made(drafts, seed=1).content_sha256 != world.made(drafts, seed=2).content_sha256


def test_a_later_export_says_what_came_what_went_and_what_changed(drafts: Feature) -> None:
    world.made(drafts)
    world.decided(drafts, "accepted", "verified", conversation_id="new")
    items = [row.item for row in ExportRow.objects.select_related("item").order_by("ordinal")[:2]]
    world.label(items[0], "unread", replaces=items[0].labels.get().pk)
    stock.queue(drafts, overlap=2)
    world.label(items[1], "verified", replaces=items[1].labels.get().pk, comment="again")

    second = world.made(drafts, now=world.LATER + timedelta(days=1))

    assert second.manifest is not None
    change = second.manifest["previous"]
    assert (change["added"], change["removed"], change["changed"]) == (1, 1, 1)


def test_an_export_that_matches_nothing_fails_in_words(drafts: Feature) -> None:
    export = world.made(drafts, "kto", filters={"outcomes": ["bad"]})

    assert export.status == Export.Status.FAILED
    assert export.error.startswith("Nothing matches this request")
    assert "21 items don't match the filters" in export.error
    assert not SplitAssignment.objects.exists()


def test_a_finished_export_is_not_made_again(drafts: Feature) -> None:
    export = world.made(drafts)
    job.run(export_id=export.pk, by="another", clock=lambda: world.LATER)

    again = Export.objects.get(pk=export.pk)
    assert (again.attempt, again.claimed_by) == (1, "test")


def test_a_finished_export_can_not_be_changed(drafts: Feature) -> None:
    export = world.made(drafts)

    for change in (
        lambda: Export.objects.filter(pk=export.pk).update(manifest={}),
        lambda: ExportRow.objects.filter(export=export).update(weight=1),
        lambda: ExportRow.objects.filter(export=export).delete(),
    ):
        with pytest.raises(Error), transaction.atomic():
            change()


def test_an_attempt_that_was_given_up_for_dead_changes_nothing(drafts: Feature, folder: Path) -> None:
    export = world.asked(drafts)
    Export.objects.filter(pk=export.pk).update(status=Export.Status.RUNNING, attempt=2)
    stale = 1

    with pytest.raises(Superseded):
        select.rows(export=export, request=world.wanted(), attempt=stale, now=world.LATER)
    assert not ExportRow.objects.exists()

    select.rows(export=export, request=world.wanted(), attempt=2, now=world.LATER)
    export.refresh_from_db()
    with pytest.raises(Superseded):
        world.written(export, attempt=stale)
    assert not ExportShard.objects.exclude(sha256="").exists()
    assert not list(folder.rglob("*.jsonl*"))


def test_an_interrupted_export_goes_on_after_the_last_whole_shard(
    drafts: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = world.made(drafts, shard_rows=5)
    export = world.asked(drafts)
    monkeypatch.setattr(manifest, "build", _power_cut)
    with pytest.raises(KeyboardInterrupt):
        job.run(export_id=export.pk, by="first", clock=lambda: world.LATER, shard_rows=5)
    monkeypatch.undo()
    last = folder / write.folder(export) / export.shards.order_by("-first_ordinal")[0].name
    last.unlink()
    whole = {path: path.stat().st_mtime_ns for path in folder.rglob("*.jsonl")}

    job.run(export_id=export.pk, by="second", clock=lambda: world.LATER, shard_rows=5)

    export.refresh_from_db()
    assert (export.status, export.attempt) == (Export.Status.DONE, 2)
    assert export.content_sha256 == undisturbed.content_sha256
    assert all(path.stat().st_mtime_ns == written for path, written in whole.items())
    assert last.exists()


def _power_cut(**_: object) -> None:
    raise KeyboardInterrupt


def test_a_disk_that_takes_no_more_ends_the_export_in_words(drafts: Feature, folder: Path) -> None:
    with small_disk():
        export = world.made(drafts)

    assert export.status == Export.Status.FAILED
    assert export.error.startswith("The files could not be written: File too large. Free space")
    assert not list(folder.rglob("*.*"))
    assert AuditEvent.objects.filter(verb="export.failed", target_id=export.public_id).exists()


def test_what_is_erased_between_selection_and_writing_ends_the_export(drafts: Feature, folder: Path) -> None:
    export = world.asked(drafts)
    Export.objects.filter(pk=export.pk).update(status=Export.Status.RUNNING, attempt=1)
    select.rows(export=export, request=world.wanted(), attempt=1, now=world.LATER)
    InteractionContent.objects.all().delete()

    job.run(export_id=export.pk, by="test", clock=lambda: world.LATER)

    export.refresh_from_db()
    assert (export.status, export.error[:30]) == (Export.Status.FAILED, "Something that this export had")
    assert not list(folder.rglob("*.jsonl*"))


def test_a_waiting_export_is_cancelled_at_once(drafts: Feature) -> None:
    export = world.asked(drafts)

    assert request.cancel(export=export, actor=FLYWHEEL, now=NOW).status == Export.Status.CANCELLED
    with pytest.raises(request.Ended):
        request.cancel(export=export, actor=FLYWHEEL, now=NOW)


def test_a_running_export_is_cancelled_within_a_chunk_and_leaves_no_file(
    drafts: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = world.asked(drafts)

    honest = read.chunk

    def cancelling(**range_: Any) -> Iterator[read.Chunk]:
        if not Export.objects.exclude(cancel_asked_at=None).exists():
            request.cancel(export=export, actor=FLYWHEEL, now=NOW)
        return honest(**range_)

    monkeypatch.setattr(read, "chunk", cancelling)
    job.run(export_id=export.pk, by="test", clock=lambda: world.LATER)

    export.refresh_from_db()
    assert (export.status, export.error) == (Export.Status.CANCELLED, "")
    assert not list(folder.rglob("*.jsonl*"))


def test_an_export_that_kills_its_workers_is_given_up(drafts: Feature) -> None:
    export = world.asked(drafts)
    Export.objects.filter(pk=export.pk).update(attempt=jobs.MAX_ATTEMPTS)

    job.run(export_id=export.pk, by="test", clock=lambda: world.LATER)

    export.refresh_from_db()
    assert export.status == Export.Status.FAILED
    assert "took this export up 20 times" in export.error


def test_a_file_is_seen_whole_or_not_at_all(folder: Path) -> None:
    with storage.writing("a/b.txt", attempt=1) as file:
        file.write(b"half")
        assert not storage.exists("a/b.txt")
    assert b"".join(storage.pieces("a/b.txt")) == b"half"

    with pytest.raises(TypeError):
        _write_and_fail("a/c.txt")
    assert [path.name for path in folder.rglob("*.txt*")] == ["b.txt"]


def _write_and_fail(name: str) -> None:
    with storage.writing(name, attempt=1) as file:
        file.write(b"half")
        raise TypeError


def test_what_earlier_attempts_left_half_written_is_removed(folder: Path) -> None:
    (folder / "a").mkdir(parents=True)
    for attempt in (1, 2, 3):
        (folder / f"a/b.txt.part-{attempt}").write_bytes(b"half")

    storage.remove_unfinished("a", before=3)

    assert [path.name for path in (folder / "a").iterdir()] == ["b.txt.part-3"]
