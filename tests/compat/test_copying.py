"""The code that a dataset's page shows to copy does what it says, with the real libraries."""

from __future__ import annotations

import json
import shutil
import subprocess
from os import environ
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from annotation.exports.files import write
from annotation.models import Feature
from annotation.web.datasets import loading
from tests import cast
from tests.compat import libraries
from tests.exports import world

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

LIBRARIES = ("torch", "transformers", "trl", "datasets", "pandas", "polars")
COPYING = Path(__file__).with_name("copying.py")
WRITTEN = [
    ("sft", "parquet"),
    ("preference", "jsonl"),
    ("kto", "jsonl.gz"),
    ("openai_sft", "jsonl"),
    ("reasons", "csv"),
]


@pytest.fixture
def drafts(settings: LazySettings, tmp_path: Path) -> Feature:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    feature = cast.feature()
    for number in range(12):
        place: dict[str, Any] = {"conversation_id": f"c{number}"}
        world.decided(feature, "accepted", "verified", **place)
        world.decided(feature, "thumbs_down", "wrong_fact", **place)
        draft = f"Dear Ann, {' '.join(['word'] * 20)} number {number}."
        world.decided(feature, "edited", "fact_fix", output=draft, final_text=draft.replace("Ann", "Bo"), **place)
    return feature


def test_each_snippet_runs_as_it_stands(drafts: Feature, tmp_path: Path) -> None:
    python = libraries.python(tmp_path / "libraries", *LIBRARIES)
    for format, container in WRITTEN:
        export = world.made(drafts, format, container=container)
        manifest = export.manifest or {}
        place = tmp_path / f"{format}-{container}"
        shutil.copytree(tmp_path / "storage" / write.folder(export), place / export.public_id)
        shown = loading.snippets(manifest, archive="http://localhost/", runs="http://localhost/")
        # The callback, which loads nothing, has a test of its own.
        code = [one.text for one in shown if "import" in one.text and "class FlywheelCallback" not in one.text]
        # The page's code needs nothing but the folder beside it.
        done = subprocess.run(
            [python, COPYING, *code], cwd=place, capture_output=True, text=True, env=environ | libraries.OFFLINE
        )
        assert done.returncode == 0, f"{format} as {container}: {done.stderr[-3000:]}"
        found = json.loads(done.stdout.splitlines()[-1])
        splits = manifest["rows"]["split"]
        rows = [splits["train"], splits, 2]
        assert all(one in rows for one in found), (format, container, found)
