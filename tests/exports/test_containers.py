"""The same rows in every container: read back by libraries of others, with one content, made twice with equal bytes."""

from __future__ import annotations

import csv
import gzip
import itertools
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings

from annotation.exports import request
from annotation.exports.files import write
from annotation.exports.rows import read
from annotation.exports.wanted import FORMATS, containers
from annotation.models import Export, Feature
from tests import cast
from tests.exports import world

pytestmark = pytest.mark.django_db(transaction=True)

CALL = {"type": "function", "function": {"name": "look_up", "arguments": '{"of": "Ann", "n": 2}'}}
ASKED: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Where is Ann?"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "content": "=1+1", "name": "look_up"},
]
EDIT = "Dear Ann,\n\nmany thanks. Yours, number 2."


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    return tmp_path


@pytest.fixture
def drafts() -> Feature:
    """Answers and edits, one of them after a tool was called, and a comment that a spreadsheet would run."""
    feature = cast.feature()
    world.decided(feature, "accepted", "verified", input=ASKED)
    for number in range(4):
        world.decided(feature, "edited", "fact_fix", final_text=f"{EDIT} {number}", conversation_id=f"c{number}")
    world.label(world.waiting(world.shown(feature, output="Ünïcödé, \"quoted\";\n2 lines"), "accepted"), "verified",
                comment="=cmd|' /C calc'!A0")  # fmt: skip
    return feature


def files(export: Export, folder: Path) -> list[Path]:
    assert (export.status, export.error) == ("done", "")
    return [folder / write.folder(export) / shard.name for shard in export.shards.all()]


def rows(export: Export) -> list[dict[str, Any]]:
    return list(read.rows(export=export, first=1, last=export.rows_total or 0))


def read_back(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return [_plain(row) for row in pq.read_table(path).to_pylist()]
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if path.suffix == ".csv":
        return list(csv.DictReader(data.decode().splitlines(keepends=True)))
    return [orjson.loads(line) for line in data.splitlines()]


def _plain(value: Any) -> Any:
    """A Parquet value as JSON has it: no empty fields in messages, times as texts, arguments as an object."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "arguments" in value:
        return value | {"arguments": orjson.loads(value["arguments"])}
    is_message = "role" in value
    return {name: _plain(one) for name, one in value.items() if one is not None or not is_message}


@pytest.mark.parametrize("format", FORMATS)
def test_each_container_holds_the_rows_and_has_the_same_content(drafts: Feature, folder: Path, format: str) -> None:
    contents = set()
    for container in containers(format):
        export = world.made(drafts, format, container=container, shard_rows=2)
        expected = rows(export)
        found = list(itertools.chain.from_iterable(map(read_back, files(export, folder))))
        if container == "csv":
            expected = [{name: _cell(value) for name, value in row.items()} for row in expected]
        assert found == expected
        contents.add(export.content_sha256)
        again = world.made(drafts, format, container=container, shard_rows=2)
        bytes_of = [[path.read_bytes() for path in files(one, folder)] for one in (export, again)]
        assert bytes_of[0] == bytes_of[1]
    assert len(contents) == 1


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith("=") else text


def test_a_spreadsheet_runs_nothing_of_a_csv(drafts: Feature, folder: Path) -> None:
    export = world.made(drafts, "reasons", container="csv")
    (path,) = files(export, folder)
    comments = [row["comment"] for row in read_back(path) if row["comment"]]
    assert comments == ["'=cmd|' /C calc'!A0"]


def test_openai_conversations_name_their_calls_and_weigh_the_past_nothing(drafts: Feature) -> None:
    (row,) = [row for row in rows(world.made(drafts, "openai_sft")) if len(row["messages"]) == 5]
    system, user, called, told, said = row["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    function = {"name": "look_up", "arguments": '{"of":"Ann","n":2}'}
    assert called == {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        "weight": 0,
    }
    assert told == {"role": "tool", "content": "=1+1", "tool_call_id": "call_1"}
    assert said["role"] == "assistant"
    assert "weight" not in said


def test_openai_pairs_are_two_last_messages_after_one_question(drafts: Feature) -> None:
    found = rows(world.made(drafts, "openai_dpo"))
    assert len(found) == 4
    for row in found:
        assert list(row) == ["input", "preferred_output", "non_preferred_output"]
        assert row["input"]["messages"] == world.QUESTION
        (preferred,), (other,) = row["preferred_output"], row["non_preferred_output"]
        assert preferred["content"].startswith(EDIT)
        assert preferred["content"] != other["content"]


@pytest.mark.parametrize(("ours", "theirs"), [("sft", "openai_sft"), ("preference", "openai_dpo")])
def test_provenance_stands_beside_openais_line_for_line(drafts: Feature, folder: Path, ours: str, theirs: str) -> None:
    known, export = world.made(drafts, ours), world.made(drafts, theirs, shard_rows=2)
    lines = (folder / write.folder(export) / "provenance.jsonl").read_bytes().splitlines()
    found = [orjson.loads(line) for line in lines]
    places = [
        (shard.name, line)
        for shard in export.shards.all()
        for line in range(1, shard.last_ordinal - shard.first_ordinal + 2)
    ]
    assert [(row.pop("file"), row.pop("line")) for row in found] == places
    texts = ("prompt", "completion", "chosen", "rejected", "tools")
    assert found == [{name: value for name, value in row.items() if name not in texts} for row in rows(known)]


def test_a_container_that_a_format_does_not_have_is_refused(drafts: Feature) -> None:
    with pytest.raises(request.NotThisContainer, match="The format sft is not written as csv: ask for jsonl"):
        world.asked(drafts, "sft", container="csv")
    with pytest.raises(request.NotThisContainer, match="ask for jsonl"):
        world.asked(drafts, "openai_sft", container="parquet")


def test_how_many_rows_are_read_at_once_changes_no_line(
    drafts: Feature, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among them one that turns stand before, which is asked for when the others are read."""
    for number in range(3):
        world.decided(drafts, "accepted", "verified", input=f"And {number}?", conversation_id="asked after")
    whole = world.made(drafts, container="jsonl")
    monkeypatch.setattr(write, "CHUNK", 4)
    monkeypatch.setattr(write, "AHEAD", 1)
    monkeypatch.setattr(read, "PIECE", 2)
    cut = world.made(drafts, container="jsonl")
    assert cut.content_sha256 == whole.content_sha256
    assert (whole.rows_total or 0) > 4
    assert max(len(row["prompt"]) for row in rows(cut)) == 5
    held = [read_back(path) for export in (whole, cut) for path in files(export, folder)]
    assert held[: len(held) // 2] == held[len(held) // 2 :]
