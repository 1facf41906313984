"""`datasets` loads each folder as it is, with the manifest's splits, and `mlcroissant` finds no fault with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from annotation.exports.files import write
from annotation.exports.rows import read
from annotation.exports.wanted import FORMATS, containers
from annotation.models import Export
from tests.compat import libraries
from tests.exports import world
from tests.exports.test_containers import drafts, folder

__all__ = ["drafts", "folder"]

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

LIBRARIES = ("datasets", "mlcroissant")
READING = Path(__file__).with_name("reading.py")


def test_every_format_in_every_container(drafts: Any, folder: Path, tmp_path: Path, settings: LazySettings) -> None:
    python = libraries.python(tmp_path / "libraries", *LIBRARIES)
    made: dict[str, Export] = {}
    for format in FORMATS:
        for container in containers(format):
            export = world.made(drafts, format, container=container, shard_rows=2)
            name = f"{format}-{container}"
            shutil.copytree(folder / write.folder(export), tmp_path / "read" / name)
            made[name] = export
    folders = [str(tmp_path / "read" / name) for name in made]
    found = json.loads(libraries.told(python, READING, *folders))
    for name, export in made.items():
        assert found[name]["rows"] == (export.manifest or {})["rows"]["split"], name
        assert found[name]["errors"] == [], name
        (first,) = read.rows(export=export, first=1, last=1)
        assert list(found[name]["first"]) == list(first) == found[name]["fields"], name
    kept = json.dumps(found["sft-jsonl"]["first"]["prompt"])
    (first,) = read.rows(export=made["sft-jsonl"], first=1, last=1)
    assert kept == json.dumps(first["prompt"])
