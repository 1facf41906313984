"""An uploaded file from its check to its end: what is counted, what is stored when, and what is left of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from annotation.audit import FLYWHEEL
from annotation.ingest.files import passes, reading
from annotation.ingest.files.values import UnreadableFile
from annotation.ingest.imports import job, keep, request
from annotation.jobs import Superseded
from annotation.models import AuditEvent, Feature, Import, Interaction, Signal
from tests import cast
from tests.ingest.imports import world
from tests.ingest.sent import interaction, signal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH_RECORDS", 10)


def records(count: int = 25) -> list[dict[str, Any]]:
    return [interaction(f"g{number}", signals=[signal(id=f"s{number}")]) for number in range(count)]


def counts(one: Import) -> tuple[int, int, int]:
    return one.accepted, one.duplicates, one.refused


def test_a_check_counts_what_would_be_and_stores_nothing(feature: Feature, tmp_path: Path, folder: Path) -> None:
    made = world.uploaded(feature, tmp_path, "a.jsonl", [*records(), {"id": "bad"}, interaction("g1"), "no record"])
    one = world.worked(made)

    assert (one.status, one.stage, one.format, one.error) == ("checked", "check", "jsonl", "")
    assert counts(one) == (26, 0, 2)
    assert [(said.place, said.external_id, said.code) for said in one.refusals.all()] == [
        (26, "bad", "missing_field"),
        (28, "", "wrong_type"),
    ]
    assert not Interaction.objects.exists()
    assert (folder / request.file(one)).exists()


def test_once_started_it_takes_what_was_checked_and_deletes_the_file(
    feature: Feature, tmp_path: Path, folder: Path
) -> None:
    checked = world.worked(world.uploaded(feature, tmp_path, "a.csv", records()))
    one = world.worked(world.started(checked))

    assert (one.status, one.stage, counts(one)) == ("done", "take", (25, 0, 0))
    assert (one.values_done, one.bytes_done) == (25, one.bytes_total)
    assert (Interaction.objects.count(), Signal.objects.count()) == (25, 25)
    assert not (folder / request.folder(one)).exists()
    verbs = AuditEvent.objects.filter(target_id=one.public_id).values_list("verb", flat=True)
    assert list(verbs.order_by("at")) == ["import.uploaded", "import.started", "import.finished"]

    again = world.worked(world.uploaded(feature, tmp_path, "b.csv", records(30)))
    assert counts(again) == (5, 25, 0)


def test_nothing_of_the_records_stands_in_the_row(feature: Feature, tmp_path: Path) -> None:
    secret = "my-secret-words are these"
    made = [interaction("a", output=secret), interaction("b", output=[secret]), interaction("c", input={"x": secret})]
    one = world.worked(world.uploaded(feature, tmp_path, "a.jsonl", made))

    rows = [*Import.objects.values_list(), *one.refusals.values_list()]
    assert one.refused == 2
    assert secret not in str(rows)


def test_read_in_another_way_it_is_checked_anew(feature: Feature, tmp_path: Path) -> None:
    task = {"id": 1, "created_at": "2026-03-02T08:00:00Z", "data": {"reply": "Ho"}, "annotations": []}
    one = world.worked(world.uploaded(feature, tmp_path, "a.json", [task]))
    assert (one.format, counts(one)) == ("label-studio", (0, 0, 1))

    asked = {"rules": [], "fields": ["output=reply"], "occurred_at": None}
    request.change(one=one, format="label-studio", asked=asked, actor=FLYWHEEL, now=timezone.now())
    changed = world.worked(one)

    assert (changed.status, counts(changed), changed.refusals.count()) == ("checked", (1, 0, 0), 0)
    assert world.worked(world.started(changed)).accepted == 1


def test_an_interrupted_one_goes_on_after_its_last_batch(
    feature: Feature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.started(world.worked(world.uploaded(feature, tmp_path, "a.json", records())))
    honest, taken = passes.take, []

    def dies(batch: reading.Batch, **options: Any) -> Any:
        taken.append(batch.values)
        if len(taken) == 2:
            honest(batch, **options)
            raise KeyboardInterrupt
        return honest(batch, **options)

    with monkeypatch.context() as patch:
        patch.setattr(passes, "take", dies)
        with pytest.raises(KeyboardInterrupt):
            world.worked(one)
    half = Import.objects.get(pk=one.pk)
    assert (half.status, half.values_done, Interaction.objects.count()) == ("running", 10, 20)

    ended = world.worked(one)
    assert (ended.status, ended.attempt) == ("done", 3)
    # What was stored and not yet written down is found there already.
    assert counts(ended) == (15, 10, 0)
    assert Interaction.objects.count() == 25


def test_an_attempt_that_was_given_up_for_dead_writes_nothing_down(feature: Feature, tmp_path: Path) -> None:
    one = world.uploaded(feature, tmp_path, "a.jsonl", records())
    Import.objects.filter(pk=one.pk).update(status=Import.Status.RUNNING, attempt=2)
    one.refresh_from_db()

    with pytest.raises(Superseded):
        job._read(one, 1, timezone.now)
    one.refresh_from_db()
    assert (one.values_done, one.refusals.count()) == (0, 0)


def test_one_that_runs_is_cancelled_at_its_next_batch_and_keeps_what_was_taken(
    feature: Feature, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.started(world.worked(world.uploaded(feature, tmp_path, "a.jsonl", records())))
    honest = passes.take

    def cancels(batch: reading.Batch, **options: Any) -> Any:
        request.cancel(one=one, actor=FLYWHEEL, now=timezone.now())
        return honest(batch, **options)

    monkeypatch.setattr(passes, "take", cancels)
    ended = world.worked(one)

    assert (ended.status, ended.accepted, Interaction.objects.count()) == ("cancelled", 10, 10)
    assert not (folder / request.folder(one)).exists()
    with pytest.raises(request.Ended, match="is cancelled"):
        request.cancel(one=one, actor=FLYWHEEL, now=timezone.now())


def test_one_that_waits_for_somebody_is_cancelled_at_once_and_can_not_be_started(
    feature: Feature, tmp_path: Path, folder: Path
) -> None:
    one = world.worked(world.uploaded(feature, tmp_path, "a.jsonl", records()))
    assert request.cancel(one=one, actor=FLYWHEEL, now=timezone.now()).status == "cancelled"

    assert not (folder / request.folder(one)).exists()
    with pytest.raises(request.NotChecked, match="This import is cancelled"):
        world.started(one)


def test_a_file_that_breaks_off_fails_in_words(feature: Feature, tmp_path: Path, folder: Path) -> None:
    one = world.uploaded(feature, tmp_path, "a.json", records())
    path = folder / request.file(one)
    path.write_bytes(path.read_bytes()[:-20])
    ended = world.worked(one)

    assert ended.status == "failed"
    assert "a.json can't be read further" in ended.error
    assert path.exists()


def test_a_file_that_is_gone_fails_in_words(feature: Feature, tmp_path: Path, folder: Path) -> None:
    one = world.uploaded(feature, tmp_path, "a.jsonl", records())
    (folder / request.file(one)).unlink()
    assert "try again, or upload it anew" in world.worked(one).error


def test_one_that_failed_goes_on_where_it_stopped_while_its_file_is_kept(
    feature: Feature, tmp_path: Path, folder: Path
) -> None:
    one = world.started(world.worked(world.uploaded(feature, tmp_path, "a.jsonl", records())))
    path = folder / request.file(one)
    path.rename(path.with_suffix(".away"))
    assert world.worked(one).status == "failed"

    path.with_suffix(".away").rename(path)
    keep.drop_abandoned(now=timezone.now() + timedelta(hours=23))
    request.again(one=one, actor=FLYWHEEL, now=timezone.now())
    ended = world.worked(one)
    assert (ended.status, ended.error, ended.accepted) == ("done", "", len(records()))
    with pytest.raises(request.NotAgain, match="it is done"):
        request.again(one=one, actor=FLYWHEEL, now=timezone.now())


def test_the_file_of_one_that_failed_is_deleted_after_a_day(feature: Feature, tmp_path: Path, folder: Path) -> None:
    one = world.uploaded(feature, tmp_path, "a.json", records())
    path = folder / request.file(one)
    path.write_bytes(path.read_bytes()[:-20])
    world.worked(one)

    keep.drop_abandoned(now=timezone.now() + timedelta(hours=25))
    assert not path.exists()
    with pytest.raises(request.NotAgain, match="its file is gone"):
        request.again(one=one, actor=FLYWHEEL, now=timezone.now())


@pytest.mark.parametrize(
    ("name", "data", "refusal"),
    [
        ("a.jsonl", b"", request.EmptyFile),
        ("a.parquet", b"PAR1 and nothing more", UnreadableFile),
        ("a.gz", b"no gzip", UnreadableFile),
        ("a.jsonl", b"x" * 2000, request.FileTooLarge),
    ],
)
def test_a_file_that_can_not_be_taken_leaves_nothing(
    feature: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, refusal: type[Exception]
) -> None:
    monkeypatch.setattr(request, "MAX_BYTES", 1000)
    with pytest.raises(refusal):
        request.create(
            feature=feature, file_name=name, chunks=[data], format=None, asked={}, actor=FLYWHEEL, now=cast.NOW
        )
    assert not Import.objects.exists()
    assert not list(folder.glob("imports/*"))


def test_refusals_are_kept_up_to_a_bound_and_counted_beyond(
    feature: Feature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "KEPT_REFUSALS", 12)
    one = world.worked(world.uploaded(feature, tmp_path, "a.jsonl", [{}] * 35))
    assert (one.refused, one.refusals.count()) == (35, 12)


def test_records_of_other_features_are_refused(feature: Feature, tmp_path: Path) -> None:
    cast.feature("support-chat")
    one = world.worked(world.uploaded(feature, tmp_path, "a.jsonl", [interaction("a", feature="support-chat")]))
    assert one.refusals.get().code == "forbidden_feature"


def test_what_nobody_started_within_a_day_is_deleted_and_so_is_a_file_without_a_row(
    feature: Feature, tmp_path: Path, folder: Path
) -> None:
    one = world.worked(world.uploaded(feature, tmp_path, "a.jsonl", records()))
    waits = world.uploaded(feature, tmp_path, "b.jsonl", records())
    (folder / "imports" / "imp_lost").mkdir()
    now = timezone.now()

    assert keep.drop_abandoned(now=now + timedelta(hours=23)) == 0
    assert keep.drop_abandoned(now=now + timedelta(hours=25)) == 1
    one.refresh_from_db()
    assert one.status == "cancelled"
    assert [path.name for path in (folder / "imports").iterdir()] == [waits.public_id]
