"""Files of finished exports: pinned, expired, deleted, and written again from the rows that were fixed then."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from annotation import audit, jobs, storage
from annotation.exports import erased
from annotation.exports.files import beside, write
from annotation.exports.finished import keep, rewriting, serve
from annotation.exports.rows import read
from annotation.models import AuditEvent, Deployment, Export, Feature, InteractionContent, Rewriting, TrainingRun
from tests.erasure import world as erasing
from tests.erasure.world import WORD
from tests.exports import world
from tests.exports.world import LATER
from tests.taxonomy import world as taxonomy

pytestmark = pytest.mark.django_db(transaction=True)

OLD = LATER + timedelta(days=91)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


@pytest.fixture
def labeled(feature: Feature) -> Feature:
    """Two conversations of a user who may be forgotten, and two answers of somebody else."""
    erasing.sent(erasing.record(1), erasing.record(2), erasing.plain("gen_1"), erasing.plain("gen_2", output="Other."))
    for name in (f"{WORD}-1", f"{WORD}-2", "gen_1", "gen_2"):
        erasing.labeled(name)
    return feature


def state(export: Export) -> Export:
    return Export.objects.select_related("rewriting", "feature").get(pk=export.pk)


def files(folder: Path, export: Export) -> dict[str, bytes]:
    """Every file of the export that the storage holds, whichever folder it is in, by its name inside."""
    found: dict[str, bytes] = {}
    for own in (folder / "exports").glob(f"{export.public_id}*"):
        found |= {str(path.relative_to(own)): path.read_bytes() for path in own.rglob("*") if path.is_file()}
    return found


def again(export: Export) -> Rewriting:
    made = keep.again(export=state(export), actor=audit.FLYWHEEL, now=OLD)
    rewriting.run(rewriting_id=made.pk, by="test", clock=lambda: OLD)
    made.refresh_from_db()
    return made


def remove(export: Export) -> keep.Meaning:
    return keep.remove(export=state(export), actor=audit.FLYWHEEL, now=OLD)


def test_files_expire_unless_they_are_pinned_and_everything_else_stays(labeled: Feature, folder: Path) -> None:
    kept, old = world.made(labeled), world.made(labeled)
    keep.pin(export=kept, actor=audit.FLYWHEEL, now=LATER)
    assert keep.expires_at(state(kept)) is None
    assert keep.expires_at(state(old)) == LATER + timedelta(days=90)

    assert keep.expire(now=OLD - timedelta(days=2)) == 0
    assert (keep.expire(now=OLD), keep.expire(now=OLD)) == (1, 0)

    after = state(old)
    assert files(folder, old) == {}
    assert (after.manifest, after.content_sha256, serve.files(after)) == (old.manifest, old.content_sha256, [])
    with pytest.raises(keep.FilesRemoved, match="removed on 2026-06-01, because nobody had pinned it"):
        serve.archive(export=after)
    with pytest.raises(keep.FilesRemoved):
        keep.pin(export=after, actor=audit.FLYWHEEL, now=OLD)
    assert files(folder, kept)
    keep.unpin(export=kept, actor=audit.FLYWHEEL, now=OLD)
    assert keep.expire(now=OLD) == 1
    verbs = AuditEvent.objects.filter(verb__startswith="export.", target_id=kept.public_id)
    assert list(verbs.order_by("pk").values_list("verb", flat=True))[-3:] == [
        "export.pinned",
        "export.unpinned",
        "export.files_removed",
    ]


def test_nothing_expires_where_files_are_kept_for_ever(labeled: Feature, settings: LazySettings) -> None:
    settings.EXPORTS_KEPT_DAYS = 0
    export = world.made(labeled)
    assert (keep.expire(now=OLD + timedelta(days=9999)), keep.expires_at(state(export))) == (0, None)


def test_deleting_says_which_runs_and_models_had_it(labeled: Feature, folder: Path) -> None:
    export = world.made(labeled)
    run = TrainingRun.objects.create(
        feature=labeled,
        name="run-1",
        status="succeeded",
        model_version="drafts-8",
        finished_at=LATER,
        reported_at=LATER,
    )
    run.exports.add(export)
    Deployment.objects.create(feature=labeled, model_version="drafts-8", deployed_at=LATER, share=1, reported_at=LATER)
    keep.pin(export=export, actor=audit.FLYWHEEL, now=LATER)
    with pytest.raises(keep.Pinned):
        remove(export)
    keep.unpin(export=export, actor=audit.FLYWHEEL, now=LATER)

    meaning = remove(export)

    assert (meaning.training_runs, meaning.model_versions) == (("run-1",), ("drafts-8",))
    assert meaning.deployed == (("drafts-8", LATER),)
    assert "changes nothing about the models made by them (drafts-8)" in meaning.sentence
    assert (files(folder, export), remove(export)) == ({}, meaning)
    with pytest.raises(keep.FilesRemoved, match="because somebody asked for it"):
        serve.archive(export=state(export))


@pytest.mark.parametrize(
    ("format", "container"), [("sft", "jsonl"), ("kto", "parquet"), ("openai_sft", "jsonl"), ("reasons", "csv")]
)
def test_files_written_again_are_the_same_to_the_byte(
    labeled: Feature, folder: Path, format: str, container: str
) -> None:
    export = world.made(labeled, format, container=container, shard_rows=2)
    before = files(folder, export)
    with pytest.raises(keep.StillThere):
        again(export)
    remove(export)

    made = again(export)

    assert (made.status, made.error, made.rows_done) == (Rewriting.Status.DONE, "", export.rows_total)
    assert files(folder, export) == before
    assert [file["name"] for file in serve.files(state(export))] == [file["name"] for file in serve.files(export)]
    assert keep.record(state(export)) == export.manifest
    assert keep.expires_at(state(export)) == OLD + timedelta(days=90)
    assert keep.tidy(now=timezone.now() + timedelta(days=1)) == 0
    assert files(folder, export) == before


def test_an_export_of_an_older_taxonomy_version_and_of_decisions_that_changed_is_written_again_as_it_was(
    labeled: Feature, folder: Path
) -> None:
    export = world.made(labeled)
    before = files(folder, export)
    item = erasing.item("gen_2")
    world.label(item, "unread", replaces=item.labels.get().pk, now=LATER)
    draft = taxonomy.draft()
    taxonomy.changed(taxonomy.reason(draft, "verified"), title="Seen to be right", is_new_meaning=True)
    taxonomy.worked(taxonomy.published(draft))
    remove(export)

    assert again(export).status == Rewriting.Status.DONE
    assert files(folder, export) == before


def test_what_was_erased_since_is_left_out_and_it_is_said(labeled: Feature, folder: Path) -> None:
    export = world.made(labeled, shard_rows=2)
    erasing.erase(labeled, user_key=WORD)
    assert files(folder, export) == {}

    made = again(export)

    assert (made.status, made.error) == (Rewriting.Status.DONE, "")
    found = files(folder, export)
    assert WORD not in b"".join(found.values()).decode()
    record = keep.record(state(export))
    assert record is not None
    assert record["written_again"]["rows_erased"] == 2
    assert record["written_again"]["content_sha256_before"] == export.content_sha256 != record["content_sha256"]
    assert record["rows"]["total"] == sum(record["rows"]["split"].values()) == 2
    assert sum(len(data.splitlines()) for name, data in found.items() if name.startswith("data/")) == 2
    assert {file["name"]: file["bytes"] for file in serve.files(state(export))} == {
        name: len(data) for name, data in found.items()
    }
    assert state(export).manifest == export.manifest

    erased.delete_files([state(export)])
    assert files(folder, export) == found
    remove(export)
    assert again(export).status == Rewriting.Status.DONE
    assert files(folder, export) == found

    erasing.erase(labeled, user_key="u-1")
    assert files(folder, export) == {}
    assert again(export).error.startswith("Everything that this export held was erased")


def test_an_erasure_while_they_are_written_begins_them_anew_without(
    labeled: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = world.made(labeled, shard_rows=1)
    remove(export)
    real = read.chunk
    ordinals: list[int] = []

    def erasing_at_the_third(**which: object) -> object:
        ordinals.append(1)
        if len(ordinals) == 3:
            erasing.erase(labeled, user_key=WORD)
        return real(**which)  # type: ignore[arg-type]

    monkeypatch.setattr(read, "chunk", erasing_at_the_third)
    first = again(export)
    monkeypatch.undo()

    assert (first.status, first.error[:20]) == (Rewriting.Status.FAILED, "Something of this ex")
    assert files(folder, export) == {}
    second = state(export).rewritings.get(status=Rewriting.Status.PENDING)
    assert jobs.unattended(Rewriting, now=OLD + timedelta(days=999)) == [second.pk]
    rewriting.run(rewriting_id=second.pk, by="test", clock=lambda: OLD)
    assert (state(export).rewriting, keep.has_files(state(export))) == (second, True)
    assert WORD not in b"".join(files(folder, export).values()).decode()


def test_a_worker_that_dies_while_it_writes_them_again_is_followed_by_one_that_goes_on(
    labeled: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = world.made(labeled, shard_rows=1)
    before = files(folder, export)
    remove(export)
    monkeypatch.setattr(beside, "files", _power_cut)
    with pytest.raises(KeyboardInterrupt):
        again(export)
    monkeypatch.undo()
    whole = {path: path.stat().st_mtime_ns for path in folder.rglob("*.jsonl")}
    assert len(whole) == len(export.shards.all())

    assert again(export).attempt == 2
    assert files(folder, export) == before
    assert all(path.stat().st_mtime_ns == at for path, at in whole.items())


def _power_cut(**_: object) -> None:
    raise KeyboardInterrupt


def test_rows_that_are_no_longer_what_they_were_are_refused(labeled: Feature, folder: Path) -> None:
    export = world.made(labeled)
    remove(export)
    InteractionContent.objects.update(output="Tampered with.")

    made = again(export)

    assert made.status == Rewriting.Status.FAILED
    assert "no erasure fell between" in made.error
    assert (files(folder, export), keep.has_files(state(export))) == ({}, False)


def test_what_dead_processes_left_is_removed_and_nothing_else(labeled: Feature, folder: Path) -> None:
    done, failed = world.made(labeled), world.asked(labeled)
    Export.objects.filter(pk=failed.pk).update(status=Export.Status.FAILED, finished_at=LATER)
    waiting = world.asked(labeled)
    for name in (failed.public_id, f"{done.public_id}.7", waiting.public_id, "exp_of_another_house"):
        with storage.writing(f"exports/{name}/README.md", attempt=1) as file:
            file.write(b"left over")

    assert keep.tidy(now=timezone.now()) == 0
    assert keep.tidy(now=timezone.now() + timedelta(days=1)) == 2

    left = sorted(path.name for path in (folder / "exports").iterdir())
    assert left == sorted([done.public_id, waiting.public_id, "exp_of_another_house"])
    assert storage.exists(f"{write.folder(done)}/README.md")
