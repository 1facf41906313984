"""The callback of docs/howto/training.md within TRL itself: a run that ends is known, and closure shows it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from annotation import closure
from annotation.exports.files import write
from annotation.models import Feature, Interaction, TrainingRun
from tests import cast, worlds
from tests.closure.test_howto import CALLBACK, USE
from tests.compat import libraries
from tests.exports import world
from tests.web_server import WebServer

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

LIBRARIES = ("torch", "transformers", "trl", "datasets")
REPORTING = Path(__file__).with_name("reporting.py")


def test_a_run_of_trl_reports_itself_and_closes_the_loop(
    feature: Feature, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    for _ in range(4):
        world.decided(feature, "accepted", "verified")
    export = world.made(feature, "sft", container="parquet", splits={"train": 1})
    shutil.copytree(tmp_path / "storage" / write.folder(export), tmp_path / "dataset")
    (tmp_path / "flywheel_callback.py").write_text(CALLBACK)
    (tmp_path / "use.py").write_text(USE)
    python = libraries.python(tmp_path / "libraries", *LIBRARIES)
    monkeypatch.chdir(tmp_path)
    began = timezone.now()
    with WebServer(tmp_path, workers=1) as server:
        given = {"FLYWHEEL_URL": server.url, "FLYWHEEL_TOKEN": cast.token("loop")[1]}
        found = json.loads(libraries.told(python, REPORTING, "use.py", "./dataset", **given))
    assert found == {"steps": 2}
    run = TrainingRun.objects.get()
    assert (run.status, run.model_version, list(run.exports.all())) == ("succeeded", "drafts-9", [export])
    assert run.started_at is not None
    assert began <= run.started_at < run.finished_at <= timezone.now()
    assert_validated(run.validation)
    one = Interaction.objects.order_by("pk")[0]
    assert closure.of_interaction(interaction=one).reached == "trained"
    worlds.deploy(feature, on=1000, version="drafts-9")
    changed = world.shown(feature, model_version="drafts-9", now=worlds.day(1001))
    closed = closure.of_interaction(interaction=one)
    assert (closed.reached, closed.tail and closed.tail.first_changed) == ("first_changed", changed.external_id)


def assert_validated(validation: Any) -> None:
    assert (validation["metric"], validation["higher_is_better"]) == ("eval_loss", False)
    assert 0 < validation["value"] != validation["baseline"] > 0
