"""docs/howto/datasets.md is true: its lines are run as they stand, against a server as in production."""

from __future__ import annotations

import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from annotation.exports import job, wanted
from annotation.exports.finished import lineage
from annotation.exports.rows.columns import PROVENANCE
from annotation.models import Export, Feature
from flywheel_app import config
from tests import cast
from tests.exports import world
from tests.web_server import WebServer

pytestmark = pytest.mark.django_db(transaction=True)

HOWTO = (config.ROOT / "docs/howto/datasets.md").read_text()
ASK, WAIT, FETCH, TRACE = re.findall(r"```bash\n(.+?)```", HOWTO, re.DOTALL)


def test_a_dataset_is_asked_for_fetched_checked_and_traced(
    feature: Feature, settings: LazySettings, tmp_path: Path
) -> None:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    for _ in range(4):
        world.decided(feature, "accepted", "verified")
    folder = tmp_path / "work"
    folder.mkdir()
    with WebServer(tmp_path, workers=1) as server:
        told = os.environ | {"FLYWHEEL_URL": server.url, "FLYWHEEL_TOKEN": cast.token("export")[1]}
        run(ASK, folder, told)
        job.run(export_id=Export.objects.get().pk, by="test", clock=timezone.now)
        export = Export.objects.get()
        said = run(f"id={export.public_id}\n{WAIT}{FETCH}{TRACE}", folder, told)
    assert f"{export.public_id} is done" in said
    names = zipfile.ZipFile(folder / "dataset.zip").namelist()
    assert all((folder / "dataset" / name).is_file() for name in names)
    traced = json.loads((folder / "lineage.json").read_text())
    assert traced["own"]["interaction_id"] == lineage.of_row(export=export, ordinal=1).own.interaction_id


def run(lines: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(["bash", "-eu", "-c", lines], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_column_and_every_format_is_explained() -> None:
    first_cells = [line.split("|")[1] for line in HOWTO.splitlines() if line.startswith("| `")]
    explained = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert explained == set(PROVENANCE) | set(wanted.FORMATS) | {"tools", "target_by", "chosen_interaction_id"}
