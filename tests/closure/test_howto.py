"""docs/howto/training.md is true: its lines are run as they stand, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string

from annotation.models import Deployment, Export, Feature, Item, TrainingRun
from annotation.web.datasets import loading
from flywheel_app import config
from tests import cast, worlds

pytestmark = pytest.mark.django_db(transaction=True)

HOWTO = (config.ROOT / "docs/howto/training.md").read_text()
REPORT, LATER, DEPLOY, FOLLOW = re.findall(r"```bash\n(.+?)```", HOWTO, re.DOTALL)
CALLBACK, USE = re.findall(r"```python\n(.+?)```", HOWTO, re.DOTALL)

# What of transformers the callback asks for; tests/compat runs it within the library itself.
TRANSFORMERS = "class TrainerCallback:\n    pass\n"
TRAINS = """
from types import SimpleNamespace as Made


class Trainer:
    def add_callback(self, callback):
        self.callback = callback

    def train(self):
        losses = [{"loss": 2.0, "step": 1}, {"eval_loss": 1.5, "step": 2}, {"eval_loss": 1.25, "step": 4}]
        state = Made(is_world_process_zero=True, log_history=losses)
        model = Made(config=Made(_name_or_path="base-8b"))
        self.callback.on_train_begin(Made(output_dir="out"), state, None, model=model)
        self.callback.on_train_end(Made(output_dir="out"), Made(is_world_process_zero=False), None)
        self.callback.on_train_end(Made(output_dir="out"), state, None)


trainer = Trainer()
"""


@pytest.fixture
def export(feature: Feature) -> Export:
    return worlds.export([worlds.labeled(feature)], of=feature, on=2)


@pytest.fixture
def folder(tmp_path: Path, export: Export) -> Path:
    """Where somebody trains: the dataset that was fetched, the callback, and a library."""
    (tmp_path / "dataset").mkdir()
    manifest = {"id": export.public_id, "request": {"feature": export.feature.slug}}
    (tmp_path / "dataset/manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "transformers.py").write_text(TRANSFORMERS)
    (tmp_path / "flywheel_callback.py").write_text(CALLBACK)
    (tmp_path / "train.py").write_text(TRAINS + USE)
    return tmp_path


def test_a_run_and_its_deployment_are_reported_by_a_call_or_a_callback_and_closure_shows_them(
    feature: Feature, export: Export, folder: Path, live_server: Any
) -> None:
    item = Item.objects.get()
    told = os.environ | {"FLYWHEEL_TOKEN": cast.token("loop", "read")[1], "FLYWHEEL_URL": live_server.url}
    refused = run([sys.executable, "train.py"], folder, told | {"FLYWHEEL_TOKEN": cast.token("read")[1]})
    assert "Flywheel has not heard of this run" in refused
    assert "“loop”" in refused
    unheard = run([sys.executable, "train.py"], folder, told | {"FLYWHEEL_URL": "http://127.0.0.1:9"})
    assert "Send out/flywheel-run.json later." in unheard
    assert not TrainingRun.objects.exists()

    shell(LATER, folder, told)
    assert sole_run(export) == ("base-8b", validated())
    assert run([sys.executable, "train.py"], folder, told) == ""
    assert TrainingRun.objects.count() == 2
    shell(f"id={export.public_id}\n{REPORT}", folder, told)
    assert TrainingRun.objects.filter(name="monday", exports=export, model_version="drafts-9").exists()

    shell(DEPLOY, folder, told)
    assert Deployment.objects.get().model_version == "drafts-9"
    found = json.loads(shell(f"interaction={item.interaction.external_id}\n{FOLLOW}", folder, told))
    reached = [stage["stage"] for stage in found["stages"] if stage["at"]]
    assert reached[-2:] == ["trained", "deployed"]


def sole_run(export: Export) -> tuple[str, Any]:
    made = TrainingRun.objects.get()
    assert list(made.exports.all()) == [export]
    assert made.name.startswith("drafts-9 ")
    assert made.started_at is not None
    assert made.started_at <= made.finished_at
    return made.base_model, made.validation


def validated() -> dict[str, Any]:
    return {
        "name": "eval_dataset",
        "metric": "eval_loss",
        "value": 1.25,
        "baseline": None,
        "higher_is_better": False,
    }


def test_the_page_of_a_dataset_shows_the_same_code_and_its_own_call(export: Export) -> None:
    assert render_to_string(loading.CALLBACK).strip() == CALLBACK.strip()
    manifest = {
        "id": export.public_id,
        "request": {"feature": "email-drafts", "format": "sft", "container": "jsonl"},
        "rows": {"split": {"train": 1}},
    }
    shown = loading.snippets(manifest, archive="http://host/archive", runs="http://host/api/v1/training-runs")
    call = next(one.text for one in shown if "training-runs" in one.text)
    assert f'"exports": ["{export.public_id}"]' in call


def shell(lines: str, folder: Path, environment: dict[str, str]) -> str:
    return run(["bash", "-eu", "-c", lines], folder, environment)


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
