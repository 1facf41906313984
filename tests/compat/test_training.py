"""TRL's trainers take two steps on our files as they are: questions, answers, calls of tools, and pairs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from annotation.exports.files import write
from annotation.exports.wanted import containers
from annotation.models import Feature, Interaction
from tests import cast
from tests.compat import libraries
from tests.compat.training import TRAINERS
from tests.exports import world

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

LIBRARIES = ("torch", "transformers", "trl", "datasets", "mlcroissant")
TRAINING = Path(__file__).with_name("training.py")

TOOL = {"name": "look_up", "parameters": {"type": "object", "properties": {"of": {"type": "string"}}}}
CALL = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"of": "Ann", "share": 0.5}'}}
ASKED: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Where is Ann?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "content": "In Rome.", "tool_call_id": "c1"},
]


@pytest.fixture
def drafts(settings: LazySettings, tmp_path: Path) -> Feature:
    """Of each format more rows than two steps take, with tools known and unknown."""
    settings.STORAGE_FOLDER = tmp_path / "storage"
    feature = cast.feature()
    for number in range(3):
        place: dict[str, Any] = {"conversation_id": f"c{number}"}
        world.decided(feature, "accepted", "verified", input=ASKED, **place)
        world.decided(feature, "accepted", "verified", output=[ASKED[2]], **place)
        world.decided(feature, "thumbs_down", "wrong_fact", input="What then?", **place)
        bad = world.decided(feature, "regenerated", "wrong", input=ASKED, **place)
        replaced = Interaction.objects.get(pk=bad.interaction_id).external_id
        other = world.shown(feature, input=ASKED, output=f"Hello, {number}.", replaces=replaced, **place)
        world.decided(feature, "accepted", "verified", on=other)
    content = Interaction.objects.get(external_id="gen_000001").content
    content.metadata = {"gen_ai.tool.definitions": json.dumps([{"type": "function", **TOOL}])}
    content.save()
    return feature


def test_trainers_take_two_steps(drafts: Feature, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python = libraries.python(tmp_path / "libraries", *LIBRARIES)
    wanted, made = [], {}
    for format in TRAINERS:
        for container in containers(format):
            export = world.made(drafts, format, container=container, splits={"train": 1})
            place = tmp_path / "read" / f"{format}-{container}"
            shutil.copytree(tmp_path / "storage" / write.folder(export), place)
            wanted.append(f"{format}:{place}")
            made[place.name] = export
    found = json.loads(libraries.told(python, TRAINING, *wanted))
    for name, export in made.items():
        assert (found[name]["steps"], found[name]["finite"], found[name]["rows"]) == (2, True, export.rows_total), name
    for name in ("sft-jsonl", "sft-parquet", "kto-parquet"):
        texts = "\n".join(found[name]["texts"])
        assert 'look_up{"of": "Ann", "share": 0.5}' in texts, name
        assert "<|tool|>In Rome.<|end|>" in texts, name
        assert "<|tools|>look_up" in texts, name
    with capsys.disabled():
        print("", *(f"{name}: {one['seconds']:.1f} s" for name, one in found.items()), sep="\n")
