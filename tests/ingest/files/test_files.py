"""Files of every kind hold the same records, are known by what they hold, and break where they are broken alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from annotation.ingest.files import formats, peek, reading, values
from annotation.ingest.files.formats import Plan
from annotation.ingest.files.reading import Batch
from annotation.ingest.files.values import Container, UnreadableFile
from annotation.lib.foreign.found import Wishes
from tests.ingest.files.made import written
from tests.ingest.sent import interaction, signal
from tests.workers import ROOT

RECORDS = [
    interaction(
        f"gen_{number}",
        conversation_id=f"c{number % 4}",
        final_text='Dear Ann,\n"thanks", and more',
        exposure={"set_id": "s", "rank": 1, "of": 3, "propensity": 0.25},
        metadata={"tenant": "a", "deep": "[not JSON"},
        signals=[signal(id=f"a{number}", details={"dwell_ms": 2100}), signal("copied", id=f"b{number}")],
    )
    for number in range(25)
]
KINDS = ["a.jsonl", "a.jsonl.gz", "a.json", "a.json.gz", "a.csv", "a.csv.gz", "a.parquet"]


def plan_of(path: Path, format: str | None = None, **wishes: Any) -> Plan:
    with path.open("rb") as file:
        return formats.plan(file=file, name=path.name, format=format, wishes=Wishes(**wishes))


def batches(path: Path, *, skip: int = 0, **wishes: Any) -> list[Batch]:
    plan = plan_of(path, **wishes)
    with path.open("rb") as file:
        return list(reading.batches(file=file, name=path.name, plan=plan, skip=skip))


def sent(path: Path, **options: Any) -> list[Any]:
    return [value for batch in batches(path, **options) for _, value in batch.interactions]


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_file_holds_the_same_records(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, RECORDS)

    assert sent(path) == RECORDS
    assert sent(path, skip=17) == RECORDS[17:]


@pytest.mark.parametrize("name", KINDS)
def test_batches_say_how_far_the_file_is_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH_RECORDS", 10)
    path = written(tmp_path / name, RECORDS)
    found = batches(path)

    assert [batch.values for batch in found] == [10, 20, 25]
    assert [len(batch.interactions) for batch in found] == [10, 10, 5]
    assert found[-1].position <= path.stat().st_size
    assert [batch.values for batch in batches(path, skip=10)] == [20, 25]


@pytest.mark.parametrize(
    ("name", "text", "container", "format"),
    [
        ("x", b'{"id": "a"}\n{"id": "b"}', Container.LINES, "jsonl"),
        ("x.json", b'{\n "trace": {}, "observations": []\n}', Container.VALUES, "langfuse"),
        ("x.json", b'[{"id": 1, "data": {}, "annotations": []}]', Container.VALUES, "label-studio"),
        ("x", b'{"run_id": "r", "key": "k"}', Container.LINES, "langsmith"),
        ("x", b'\xef\xbb\xbf  [{"q.responses": []}]', Container.VALUES, "argilla"),
        ("x", b"feature;id\na;b", Container.CSV, "csv"),
        ("x.tsv", b"feature\tid\na\tb", Container.CSV, "csv"),
        ("x.json", b"what, is this", Container.LINES, "jsonl"),
        ("x.jsonl", b'[{"id": "a"}]', Container.LINES, "jsonl"),
        ("x", b"", Container.LINES, "jsonl"),
    ],
)
def test_a_file_is_known_by_what_it_holds(
    name: str, text: bytes, container: Container, format: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    plan = plan_of(path)
    assert (plan.container, plan.format) == (container, format)


def test_a_named_format_is_taken_and_an_unknown_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "one-column"
    path.write_bytes(b"id\na\n")
    assert plan_of(path, "csv").container == Container.CSV
    assert plan_of(path, "langsmith").format == "langsmith"
    with pytest.raises(formats.UnknownFormat, match="The formats are: jsonl, csv"):
        plan_of(path, "excel")


def test_one_bad_value_is_refused_at_its_place_and_its_neighbors_are_not(tmp_path: Path) -> None:
    lines = tmp_path / "a.jsonl"
    lines.write_bytes(b'{"id": "a"}\n\n{\n{"id": "b"}\n')
    table = tmp_path / "a.csv"
    table.write_bytes(
        b'id,output,signals,signals.0.kind\na,"two\nlines",,\nb,x,,,too many\nc,x,[],accepted\nd,y,,copied\n'
    )

    (found,) = batches(lines)
    assert (len(found.interactions), [one.index for one in found.refused]) == (2, [3])
    (found,) = batches(table)
    assert [(one.index, one.code) for one in found.refused] == [(4, "too_many_cells"), (5, "contradicting_columns")]
    assert [value for _, value in found.interactions] == [
        {"id": "a", "output": "two\nlines"},
        {"id": "d", "output": "y", "signals": [{"kind": "copied"}]},
    ]


def test_cells_are_json_where_that_belongs_and_text_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"id,input,output,metadata.n,metadata.l,final_text\n"
        b'7,"[{""role"": ""user"", ""content"": ""Hi""}]","{""a"": 1}",7,"[1]","[1]"\n'
    )
    assert sent(path) == [
        {
            "id": "7",
            "input": [{"role": "user", "content": "Hi"}],
            "output": '{"a": 1}',
            "metadata": {"n": "7", "l": [1]},
            "final_text": "[1]",
        }
    ]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", b'[{"id": "a"}, {"id": ', "Entry 2 is not JSON"),
        ("a.csv", b'id,output\na,x\nb,"never closed' + b"x" * (33 << 20), "field larger than"),
        ("a.parquet", b"PAR1 and nothing more", "a.parquet can't be read further"),
        ("a.jsonl", b'{"id": "a"}\n' + b"x" * (33 << 20), "Line 2 is longer"),
    ],
)
def test_a_file_that_can_not_be_read_further_says_where(name: str, text: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    plan = Plan(format="jsonl", container=values.container(path.open("rb"), name=name), wishes=Wishes())
    taken: list[Batch] = []
    with pytest.raises(UnreadableFile, match=told), path.open("rb") as file:
        taken.extend(reading.batches(file=file, name=name, plan=plan))


def test_what_came_before_the_break_is_given_first(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'[{"id": "a"}, {"id": ')
    plan = Plan(format="jsonl", container=Container.VALUES, wishes=Wishes())
    with path.open("rb") as file:
        found = reading.batches(file=file, name="a.json", plan=plan)
        assert len(next(found).interactions) == 1
        with pytest.raises(UnreadableFile):
            next(found)


def test_scores_are_counted_and_what_may_be_somebody_s_words_is_not_repeated(tmp_path: Path) -> None:
    score = {"dataType": "NUMERIC", "timestamp": "2026-03-02T08:00:00Z", "observationId": "g", "name": "user_thumb"}
    path = tmp_path / "a.jsonl"
    values = [score | {"value": 0}, score | {"value": 0}, score | {"value": None, "stringValue": "it was bad"}]
    path.write_bytes(b"\n".join(map(orjson.dumps, values)))
    plan = plan_of(path, "langfuse", feature="f")
    with path.open("rb") as file:
        (found,) = reading.batches(file=file, name="a", plan=plan)
    assert len(found.signals) == 3
    assert found.scores == {("user_thumb", "0", "thumbs_down"): 2, ("user_thumb", "", "user_thumb"): 1}


def test_the_first_records_are_shown_as_they_would_be_sent(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", RECORDS)
    plan = plan_of(path)
    with path.open("rb") as file:
        assert peek.records(file=file, name="a.csv", plan=plan, count=3) == RECORDS[:3]
        assert not file.closed


MEASURE = """
import os, resource, sys
import django
django.setup()
from annotation.ingest.files import formats, reading
from annotation.lib.foreign.found import Wishes
with open(sys.argv[1], "rb") as file:
    plan = formats.plan(file=file, name=sys.argv[1], format=None, wishes=Wishes())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = sum(batch.records for batch in reading.batches(file=file, name=sys.argv[1], plan=plan))
print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.parquet"])
def test_memory_is_bounded_whatever_the_file_s_size(name: str, tmp_path: Path) -> None:
    path = written(
        tmp_path / name, [interaction(f"g{number}", output=f"{number} " + "x" * 20_000) for number in range(6_000)]
    )
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "flywheel_app.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    count, megabytes = map(int, done.stdout.split())
    assert count == 6_000
    assert megabytes < 110
