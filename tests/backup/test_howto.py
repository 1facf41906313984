"""docs/howto/backup.md is true: its lines are run as they stand, but for where things lie."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings

from flywheel_app import config
from tests.backup import world
from tests.workers import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

HOWTO = (config.ROOT / "docs/howto/backup.md").read_text()
BACKUP, RESTORE = re.findall(r"```bash\n(.+?)\n```", HOWTO, re.DOTALL)
NAME = "flywheel-20260505T020000Z-3f9a1c"


def run(line: str, backups: Path) -> str:
    here = line.replace(".venv/bin/python", sys.executable).replace("/var/backups/flywheel", str(backups))
    ran = subprocess.run(
        ["bash", "-ec", here], cwd=config.ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_a_backup_is_made_and_restored_by_the_lines_of_the_page(settings: LazySettings, tmp_path: Path) -> None:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    world.filled()
    rows, files, backups = world.rows(), world.files(), tmp_path / "backups"
    backup = Path(run(BACKUP, backups))
    assert re.fullmatch(r"flywheel-\d{8}T\d{6}Z-[0-9a-f]{6}", backup.name)
    assert {one.name for one in backup.iterdir()} == {"manifest.json", "manifest.sha256", "tables", "files", "hash-key"}
    with world.second(settings, tmp_path / "other"):
        assert "Start web, workers and beat." in run(RESTORE.replace(NAME, backup.name), backups)
        assert (world.rows(), world.files()) == (rows, files)
