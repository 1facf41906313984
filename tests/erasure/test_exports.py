"""What an erasure does to datasets: those made, those being made, and those made later."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from annotation import audit, erasure, jobs, storage
from annotation.erasure import run
from annotation.exports import erased, job
from annotation.exports.files import write
from annotation.exports.finished import keep, serve
from annotation.exports.rows import read
from annotation.exports.selection import select
from annotation.models import Erasure, Export, ExportRow, Feature, Interaction
from tests import stock, worlds
from tests.erasure import world
from tests.erasure.world import LATER, WORD
from tests.exports import world as exports

pytestmark = pytest.mark.django_db(transaction=True)

MADE = exports.LATER


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    return tmp_path


@pytest.fixture
def labeled(feature: Feature) -> Feature:
    world.sent(world.record(1), world.plain("gen_1"), world.plain("gen_2", output="Another."))
    for name in (f"{WORD}-1", "gen_1", "gen_2"):
        world.labeled(name)
    return feature


def files(folder: Path) -> str:
    return "".join(path.read_text() for path in (folder / "exports").rglob("*") if path.is_file())


def test_files_that_hold_it_are_deleted_at_once_and_the_manifest_stays(labeled: Feature, folder: Path) -> None:
    held = exports.made(labeled)
    assert WORD in files(folder)
    done = world.erase(labeled, user_key=WORD)
    assert WORD not in files(folder)
    assert not (folder / write.folder(held)).exists()
    after = Export.objects.get(pk=held.pk)
    assert (after.manifest, after.content_sha256, after.status) == (held.manifest, held.content_sha256, "done")
    assert after.files_erased_at == LATER
    with pytest.raises(keep.Erased):
        serve.archive(export=after)
    assert list(done.exports.all()) == [held]


def test_datasets_without_it_stay_as_they_are(labeled: Feature, folder: Path) -> None:
    other = exports.made(labeled, filters={"model_versions": ["drafts-7"], "to": "2026-03-01T00:00:00Z"})
    kept = exports.made(labeled, "reasons", filters={"signal_kinds": ["edited"]})
    assert {other.status, kept.status} == {"failed"}  # nothing matches
    world.sent(world.record(5, signals=[]))
    held = exports.made(labeled)
    world.erase(labeled, interaction_id=f"{WORD}-5")
    assert Export.objects.get(pk=held.pk).files_erased_at is None
    assert storage.exists(f"{write.folder(held)}/README.md")


def test_later_datasets_are_without_it_and_count_it(labeled: Feature, folder: Path) -> None:
    world.erase(labeled, user_key=WORD)
    export = exports.made(labeled)
    assert (export.rows_total, export.left_out["erased"]) == (2, 1)
    assert WORD not in files(folder)
    reasons = exports.made(labeled, "reasons")
    assert reasons.left_out["erased"] >= 1
    assert WORD not in files(folder)


def test_a_row_of_analysis_holds_its_id(labeled: Feature, folder: Path) -> None:
    held = exports.made(labeled, "reasons")
    world.erase(labeled, user_key=WORD)
    assert WORD not in files(folder)
    assert Export.objects.get(pk=held.pk).files_erased_at == LATER


def test_a_later_turn_s_prompt_holds_what_was_said_before_it(feature: Feature, folder: Path) -> None:
    world.sent(
        world.record(1, conversation_id="c", occurred_at="2026-03-02T07:00:00Z"),
        world.plain("gen_2", conversation_id="c", input="And then?"),
    )
    world.labeled("gen_2")
    held = exports.made(feature)
    assert WORD in files(folder)
    done = world.erase(feature, user_key=WORD)
    assert WORD not in files(folder)
    assert list(done.exports.all()) == [held]
    again = exports.made(feature, now=LATER)
    assert again.status == "done"
    assert WORD not in files(folder)


def test_who_made_what_of_it_is_told_also_where_it_is_reported_later(labeled: Feature) -> None:
    held = exports.made(labeled)
    worlds.run(held, on=1, makes="drafts-8", name="night")
    done = world.erase(labeled, user_key=WORD)
    learned = erasure.answer(done).learned
    assert (learned.exports, learned.model_versions, learned.deployments) == ([held], ["drafts-8"], [])
    worlds.deploy(labeled, on=2, version="drafts-8")
    worlds.run(held, on=3, makes="drafts-9", name="day")
    worlds.run(held, on=3, makes="drafts-x", name="failed", status="failed")
    told = erasure.answer(world.erase(labeled, user_key=WORD)).learned
    assert told.model_versions == ["drafts-8", "drafts-9"]
    assert [run.name for run in told.training_runs] == ["night", "day", "failed"]
    assert [one.model_version for one in told.deployments] == ["drafts-8"]


def test_an_interaction_that_went_with_its_user_still_names_its_datasets(labeled: Feature) -> None:
    held = exports.made(labeled)
    world.erase(labeled, user_key=WORD)
    done = world.erase(labeled, interaction_id=f"{WORD}-1")
    assert (done.interactions, erasure.answer(done).learned.exports) == (0, [held])
    assert erasure.preview(
        subject=erasure.interaction(feature=labeled, interaction_id=f"{WORD}-1")
    ).learned.exports == [held]


def running(feature: Feature, **fields: Any) -> Export:
    """An export whose rows are fixed and whose files are being written."""
    export = exports.asked(feature, **fields)
    Export.objects.filter(pk=export.pk).update(status=Export.Status.RUNNING, attempt=1, idempotency_key="k")
    export.refresh_from_db()
    select.rows(export=export, request=exports.wanted(**fields), attempt=1, now=MADE)
    export.refresh_from_db()
    return export


def test_what_is_being_made_ends_and_begins_anew_without_it(labeled: Feature, folder: Path) -> None:
    export = running(labeled)
    exports.written(export, attempt=1)
    assert WORD in files(folder)
    world.erase(labeled, user_key=WORD)
    assert WORD not in files(folder)
    export.refresh_from_db()
    successor = Export.objects.get(status=Export.Status.PENDING)
    assert (export.status, export.idempotency_key) == (Export.Status.FAILED, None)
    assert successor.public_id in export.error
    assert (successor.request, successor.idempotency_key) == (export.request, "k")
    job.run(export_id=successor.pk, by="test", clock=lambda: LATER)
    successor.refresh_from_db()
    assert (successor.status, successor.rows_total) == ("done", 2)
    assert WORD not in files(folder)


def test_one_that_was_to_end_anyway_has_no_successor(labeled: Feature) -> None:
    export = running(labeled)
    Export.objects.filter(pk=export.pk).update(cancel_asked_at=MADE)
    world.erase(labeled, user_key=WORD)
    export.refresh_from_db()
    assert (export.status, Export.objects.count()) == (Export.Status.CANCELLED, 1)


def test_a_worker_that_is_at_it_leaves_no_file(labeled: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The erasure comes when the worker has read the rows and not yet written them."""
    export = exports.asked(labeled)
    honest = read.chunk

    def erased_meanwhile(**range_: Any) -> Any:
        rows = list(honest(**range_))
        if not Erasure.objects.exists():
            world.erase(labeled, user_key=WORD)
        return rows

    monkeypatch.setattr(read, "chunk", erased_meanwhile)
    job.run(export_id=export.pk, by="test", clock=lambda: LATER)
    export.refresh_from_db()
    assert export.status == Export.Status.FAILED
    assert not list((folder / "exports").rglob("*.jsonl*"))


def test_rows_that_were_selected_and_not_yet_read_leave_no_file(
    labeled: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exports.asked(labeled)
    honest = select.rows

    def then_erased(**values: Any) -> None:
        honest(**values)
        world.erase(labeled, user_key=WORD)

    monkeypatch.setattr(select, "rows", then_erased)
    job.run(export_id=export.pk, by="test", clock=lambda: LATER)
    export.refresh_from_db()
    assert (export.status, "asked for it again" in export.error) == (Export.Status.FAILED, True)
    assert not list((folder / "exports").rglob("*.jsonl*"))


def test_an_erasure_waits_for_rows_that_are_being_selected(
    labeled: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would not see them, and the worker would read what is still there."""
    monkeypatch.setattr(run, "LOCK_TIMEOUT", "200ms")
    honest, refused = select._cut, []

    def meanwhile(*values: Any) -> None:
        def erase(_: int) -> None:
            with pytest.raises(run.Busy):
                world.erase(labeled, user_key=WORD)
            refused.append(True)

        stock.together(1, erase, [1])
        honest(*values)

    monkeypatch.setattr(select, "_cut", meanwhile)
    assert exports.made(labeled).rows_total == 3
    assert refused == [True]


def test_files_that_can_not_be_deleted_keep_the_erasure_unfinished(
    labeled: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = exports.made(labeled)
    with monkeypatch.context() as patch:
        patch.setattr(storage, "remove", lambda folder: None)
        with pytest.raises(erased.FilesLeft, match=held.public_id):
            world.erase(labeled, user_key=WORD)
    found = Erasure.objects.get()
    assert found.finished_at is None
    with pytest.raises(keep.Erased):
        serve.archive(export=Export.objects.get(pk=held.pk))
    soon = LATER + run.SILENT_AFTER * 2
    assert erasure.unfinished(now=soon) == [found.pk]
    erasure.go_on(erasure_id=found.pk, clock=lambda: soon)
    assert WORD not in files(folder)


def test_rows_of_a_finished_dataset_stay_as_codes(labeled: Feature) -> None:
    held = exports.made(labeled)
    before = list(ExportRow.objects.filter(export=held).values())
    world.erase(labeled, user_key=WORD)
    assert list(ExportRow.objects.filter(export=held).values()) == before
    assert jobs.unattended(Export, now=LATER) == []
    assert Interaction.objects.filter(erased_at=None).count() == 2
    assert audit.FLYWHEEL.user is None


def test_a_run_that_names_only_an_increment_stands_on_what_it_goes_on_from(labeled: Feature, folder: Path) -> None:
    whole = exports.made(labeled)
    other = exports.decided(labeled, "accepted", "verified")
    first = exports.made(labeled, since=whole.public_id, now=MADE + timedelta(hours=1))
    exports.decided(labeled, "accepted", "verified")
    second = exports.made(labeled, since=first.public_id, now=MADE + timedelta(hours=2))
    assert (first.rows_total, second.rows_total) == (1, 1)
    worlds.run(second, on=1, makes="drafts-8", name="night")
    done = world.erase(labeled, user_key=WORD, now=MADE + timedelta(hours=3))
    learned = erasure.answer(done).learned
    assert (learned.exports, learned.model_versions) == ([whole], ["drafts-8"])
    gone = world.erase(labeled, interaction_id=other.interaction.external_id, now=MADE + timedelta(hours=3))
    assert erasure.answer(gone).learned.exports == [first]
    third = exports.made(labeled, since=second.public_id, now=MADE + timedelta(hours=4))
    assert third.manifest is not None
    assert third.manifest["withdrawn_by_why"] == {"erased": 2}
    assert WORD not in files(folder)
    assert world.traces() == {}


def test_a_pair_holds_both_its_answers(feature: Feature) -> None:
    """The one made instead is erased: the export that held it as the better one is told, and the next one names why."""
    bad = exports.decided(feature, "regenerated", "wrong", conversation_id="c1")
    instead = exports.shown(
        feature,
        conversation_id="c1",
        output="Ann, thanks for the notes of Monday.",
        replaces=bad.interaction.external_id,
    )
    exports.decided(feature, "accepted", "verified", on=instead)
    exports.decided(feature, "edited", "fact_fix", final_text="Dear Ann,\n\nthank you all. Yours, number 3.")
    held = exports.made(feature, "preference")
    assert held.rows_total == 2
    done = world.erase(feature, interaction_id=instead.external_id)
    assert erasure.answer(done).learned.exports == [held]
    second = exports.made(feature, "preference", since=held.public_id, now=LATER)
    assert second.manifest is not None
    assert second.manifest["withdrawn"] == [{"item_id": bad.public_id, "why": "counterpart_erased"}]
