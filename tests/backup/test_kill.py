"""`kill -9` in the middle of a backup and of a restore: it says so, and can be done again."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from annotation import installation
from annotation.exports import erased
from annotation.models import Feature
from tests import locks
from tests.backup import world
from tests.erasure import world as erasures
from tests.workers import ROOT, environment, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


@contextlib.contextmanager
def killed_at(lock: str, *command: str) -> Iterator[None]:
    """Run the command until it wants what this statement locks for somebody else, and kill it there."""
    with psycopg.connect(**connection.get_connection_params()) as own:
        own.execute(lock)
        process = subprocess.Popen(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL
        )
        try:
            until(lambda: locks.somebody_waits() or process.poll() is not None)
            assert process.poll() is None
        finally:
            process.kill()
            process.wait()
        # A session that waits for a lock sees only afterwards that nobody is there any more.
        own.rollback()
    until(locks.is_alone)
    yield


def test_a_backup_that_was_killed_says_so_and_the_next_one_is_whole(settings: LazySettings, tmp_path: Path) -> None:
    world.filled()
    rows, to = world.rows(), tmp_path / "backups"
    with killed_at("LOCK TABLE annotation_queue IN ACCESS EXCLUSIVE MODE", "backup", "--to", str(to)):
        (half,) = to.iterdir()
        assert half.name.endswith(".unfinished")
    err, out = StringIO(), StringIO()
    call_command("backup", to=to, stdout=out, stderr=err)
    assert f"{half} was cut short or is being made by another run" in err.getvalue()
    with world.second(settings, tmp_path / "other"):
        assert f"{half} was cut short while it was made, so it is no backup" in world.refused(half)
        world.restored(Path(out.getvalue().strip()))
        assert world.rows() == rows


def test_a_restore_that_was_killed_says_so_and_goes_on(settings: LazySettings, tmp_path: Path, folder: Path) -> None:
    feature = world.filled()
    erasures.sent(erasures.record(2))
    rows, files = world.rows(), world.files()
    backup = world.backed_up(tmp_path / "backups")
    erasures.erase(feature, user_key=erasures.WORD)
    late = {name: data for name, data in world.files().items() if name not in files}
    with world.second(settings, tmp_path / "other"):
        for name, data in late.items():
            (tmp_path / "other" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "other" / name).write_bytes(data)
        call_command("migrate", verbosity=0)
        with killed_at("LOCK TABLE annotation_label IN SHARE MODE", "restore", str(backup)):
            assert world.files() == files | late  # they are stored by then, and no row is
            assert not Feature.objects.exists()
        erasing = f"SELECT pg_advisory_lock({erased._NAMESPACE}, {feature.pk})"
        with killed_at(erasing, "restore", str(backup)):
            pass
        _again(backup, rows)


def _again(backup: Path, rows: world.Rows) -> None:
    """The rows are there by then, and what was erased since is not erased again: nobody may start on that."""
    assert erasures.traces()
    with pytest.raises(installation.RestoreUnfinished, match="Bring it to its end with the same command"):
        installation.ensure(now=timezone.now())
    assert len(world.rows()["annotation_label"]) == len(rows["annotation_label"])
    assert "Interactions erased again: 1." in world.restored(backup)
    installation.ensure(now=timezone.now())
    assert erasures.traces() == {}
