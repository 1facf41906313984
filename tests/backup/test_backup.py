"""manage.py backup, a wiped machine, manage.py restore: equal row by row, file by file, and it goes on from there."""

from __future__ import annotations

import stat
import threading
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections
from django.utils import timezone

from annotation import installation
from annotation.models import Export, Feature, Installation, Interaction, Item
from annotation.operations import doctor
from tests import away, cast
from tests.backup import world
from tests.erasure import world as erasures
from tests.exports import world as exports
from tests.ingest.sent import interaction, signal
from tests.s3 import S3

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


@pytest.mark.parametrize("kind", ["bucket", pytest.param("folder", marks=pytest.mark.long)])
def test_everything_is_back_and_goes_on(
    kind: str, settings: LazySettings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "bucket":
        request.getfixturevalue("bucket")
    world.filled()
    rows, numbers, files, shape = world.rows(), world.numbers(), world.files(), world.shape()
    assert all(rows[f"annotation_{name}"] for name in ("label", "labelcontent", "exportrow", "auditevent", "erasure"))
    assert {name.partition("/")[0] for name in files} == {"exports", "erasures"}
    backup = world.backed_up(tmp_path / "backups")
    with world.second(settings, tmp_path / "other"):
        said = world.restored(backup)
        assert said == (
            f"{sum(map(len, rows.values())):,} rows and {len(files)} files are back. "
            "Interactions erased again: 0. Start web, workers and beat."
        )
        assert world.rows() == rows
        assert world.files() == files
        assert world.shape() ^ shape == set()
        assert world.numbers() == numbers
        _goes_on()
        assert "This database is in use: it holds 1 features and" in world.refused(backup)


def _goes_on() -> None:
    """What is append-only refuses, an item is labeled, and a dataset is made of it."""
    feature = Feature.objects.get()
    for change in ("UPDATE annotation_auditevent SET verb = ''", "DELETE FROM annotation_label"):
        with pytest.raises(DatabaseError, match="pgtrigger"), connections["default"].cursor() as cursor:
            cursor.execute(change)
    before = Export.objects.get().rows_done
    erasures.labeled("gen_5")
    export = exports.made(feature)
    assert (export.status, export.rows_done) == (Export.Status.DONE, before + 1)
    assert [one.code for one in erasures.sent(erasures.record(1)).refused] == ["erased"]


def test_what_was_erased_since_is_erased_again(settings: LazySettings, tmp_path: Path, folder: Path) -> None:
    feature = world.filled()
    erasures.sent(erasures.record(2), erasures.record(3, user="else"))
    erasures.labeled(f"{erasures.WORD}-2")
    exports.made(feature)
    backup = world.backed_up(tmp_path / "backups")
    erasures.erase(feature, user_key=erasures.WORD)
    erasures.erase(feature, interaction_id=f"{erasures.WORD}-3")
    with world.second(settings, tmp_path / "other"):
        # The log of erasures is kept beside, and is there before anything else.
        for name in (folder / "erasures").iterdir():
            (tmp_path / "other" / "erasures").mkdir(parents=True, exist_ok=True)
            (tmp_path / "other" / "erasures" / name.name).write_bytes(name.read_bytes())
        assert "Interactions erased again: 2." in world.restored(backup)
        assert erasures.traces() == {}
        assert not any(erasures.WORD.encode() in data for data in world.files().values())
        assert Export.objects.order_by("pk")[1].files_erased_at is not None


@pytest.mark.long
def test_people_and_senders_go_on_meanwhile_and_what_is_restored_belongs_together(
    settings: LazySettings, tmp_path: Path
) -> None:
    world.filled()
    ended, busy = threading.Event(), threading.Event()

    def work() -> None:
        number = 1000
        while not ended.is_set():
            erasures.sent(*(interaction(f"gen_{number + n}", signals=[signal()]) for n in range(5)))
            erasures.labeled(f"gen_{number}")
            number += 5
            busy.set()
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert busy.wait(60)
        first = Interaction.objects.count()
        backup = world.backed_up(tmp_path / "backups")
        last = Interaction.objects.count()
    finally:
        ended.set()
        worker.join()
    with world.second(settings, tmp_path / "other"):
        world.restored(backup)  # the foreign keys are made anew, and would refuse what doesn't belong together
        assert first <= Interaction.objects.count() <= last
        assert Item.objects.count() == Interaction.objects.filter(erased_at=None).count() + 1
        erasures.sent(interaction("new", signals=[signal()]))


def test_it_is_nobody_elses_to_read_and_what_was_cut_short_or_broken_is_refused(
    settings: LazySettings, tmp_path: Path
) -> None:
    world.filled()
    backup = world.backed_up(tmp_path / "backups")
    modes = {stat.S_IMODE(one.stat().st_mode) for one in backup.rglob("*") if one.is_file()}
    folders = {stat.S_IMODE(one.stat().st_mode) for one in [backup, *backup.rglob("*")] if one.is_dir()}
    assert (modes, folders, (backup / "hash-key").read_bytes()) == ({0o600}, {0o700}, settings.HASH_KEY)
    with world.second(settings, tmp_path / "other"):
        half = backup.rename(backup.with_name(backup.name + ".unfinished"))
        assert "was cut short while it was made, so it is no backup" in world.refused(half)
        backup = half.rename(backup)
        for name, said in {
            "tables/annotation_label.copy.zst": "annotation_label.copy.zst has another sha256",
            "manifest.json": "manifest.json is not the one that was written",
        }.items():
            _broken(backup / name, said, backup)
        kept = (backup / "hash-key").rename(backup / "away")
        assert "hash-key can't be read (No such file" in world.refused(backup)
        kept.rename(backup / "hash-key")
        assert "has no manifest.json" in world.refused(tmp_path)
        settings.HASH_KEY, key = b"another key than the one that this was made with", settings.HASH_KEY
        assert f"Set HASH_KEY to what stands in {backup}/hash-key" in world.refused(backup)
        settings.HASH_KEY = key
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "mine.txt").write_text("mine")
        assert "holds files that this backup doesn't have, such as mine.txt" in world.refused(backup)
        assert world.rows() == {}
        assert [one.name for one in (tmp_path / "other").rglob("*")] == ["mine.txt"]


def _broken(path: Path, said: str, backup: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert said in world.refused(backup)
    path.write_bytes(data)


def test_another_version_is_said_before_a_row_is_changed(settings: LazySettings, tmp_path: Path) -> None:
    installation.ensure(now=cast.NOW)
    backup = world.backed_up(tmp_path / "backups")
    told = world.told(backup)
    with world.second(settings, tmp_path / "other"):
        for name, value, said in (
            ("postgres_major", 99, "was made on PostgreSQL 99"),
            ("migrations", [], "is in one of them alone"),
            ("tables", {}, "is in one of them alone"),
            ("format", 2, "was written by a later Flywheel"),
        ):
            world.changed(backup, told, **{name: value})
            assert said in world.refused(backup)
        assert world.rows() == {}
        columns = told["tables"]["annotation_label"]["columns"]
        other = {"columns": columns | {"labeled_at": "date"}, "rows": 0}
        world.changed(backup, told, tables=told["tables"] | {"annotation_label": other})
        assert "the columns of annotation_label are others" in world.refused(backup)
        assert world.rows()["annotation_taxonomyversion"] == []


def test_a_backup_that_fails_leaves_nothing_and_one_in_the_storage_is_refused(tmp_path: Path, folder: Path) -> None:
    world.filled()
    with pytest.raises(CommandError, match="lies in the storage"):
        world.backed_up(folder / "backups")
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CommandError, match=r"could not be written to .*: Not a directory"):
        world.backed_up(tmp_path / "file")


def test_a_storage_that_cannot_be_read_ends_the_backup_in_words(
    bucket: S3, settings: LazySettings, tmp_path: Path
) -> None:
    world.filled()
    settings.STORAGE_BUCKET = bucket.settings | {"bucket": "no-such-bucket"}
    with pytest.raises(CommandError, match="The stored files could not be read"):
        world.backed_up(tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_doctor_says_when_the_last_backup_was(tmp_path: Path) -> None:
    installation.ensure(now=timezone.now())

    def said() -> str:
        return next(one.says for one in doctor.findings() if one.what == "backups")

    assert said() == "none was ever made by manage.py backup"
    world.backed_up(tmp_path)
    assert said() == "the last was made today"
    Installation.objects.update(backed_up_at=timezone.now() - 8 * doctor.DAY)
    assert said() == "the last was made 8 days ago"


def test_a_database_that_is_away_is_said_in_words(tmp_path: Path) -> None:
    installation.ensure(now=timezone.now())
    backup = world.backed_up(tmp_path)
    with away.database():
        assert "The database can't be reached" in world.refused(backup)


def test_progress_is_told_by_stage_with_a_rate(tmp_path: Path) -> None:
    world.filled()
    err = StringIO()
    call_command("backup", to=tmp_path / "backups", stdout=StringIO(), stderr=err)
    lines = err.getvalue().splitlines()
    assert lines[0].startswith("Tables: ")
    assert "rows, 100 %, " in lines[0]
    assert lines[1].startswith("Files: ")
