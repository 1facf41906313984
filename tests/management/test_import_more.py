"""manage.py import_interactions: other tools' files, a rehearsal, and `kill -9` in the middle."""

from __future__ import annotations

import signal as signals
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.ingest.record import ID
from annotation.models import Feature, Interaction, Item, Signal
from tests.ingest import held
from tests.ingest.files.made import written
from tests.ingest.sent import interaction, signal
from tests.locks import is_alone, somebody_waits
from tests.workers import ROOT, environment, until

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("import_interactions", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        err.write(f"CommandError: {error}")
    return out.getvalue(), err.getvalue()


def trace(number: int, thumb: int = 0) -> dict[str, Any]:
    at = "2026-03-02T08:00:00.000Z"
    call = {"id": f"g{number}", "type": "GENERATION", "startTime": at, "input": "Hi", "output": f"Ho {number}"}
    score = {"id": f"s{number}", "name": "user_thumb", "value": thumb, "dataType": "NUMERIC", "timestamp": at}
    return {"id": f"t{number}", "timestamp": at, "observations": [call, {"type": "SPAN"}], "scores": [score]}


def test_a_format_is_recognized_and_said_with_its_defaults(feature: Feature, tmp_path: Path) -> None:
    path = written(tmp_path / "traces.json", [trace(1), trace(2, thumb=1)])
    out, err = run(str(path), "--feature", feature.slug)

    assert "traces.json: langfuse, as it looks (--format says otherwise)" in err
    assert "any other score is kept as a signal under its own name" in err
    assert "score user_thumb: 0 is thumbs_down: 1" in err
    assert out == "2 accepted, 0 duplicates, 0 refused\nLeft out: 2 observations that are no generation\n"
    assert set(Signal.objects.values_list("kind", flat=True)) == {"thumbs_up", "thumbs_down"}
    assert run(str(path), "--feature", feature.slug)[0].startswith("0 accepted, 2 duplicates")


def test_rules_are_given_in_the_command_and_wrong_ones_refused(feature: Feature, tmp_path: Path) -> None:
    path = written(tmp_path / "traces.json", [trace(1)])
    assert "is no rule" in run(str(path), "--feature", feature.slug, "--map", "user_thumb")[1]
    assert "names no field" in run(str(path), "--feature", feature.slug, "--field", "reply=x")[1]
    assert "has no offset" in run(str(path), "--feature", feature.slug, "--occurred-at", "2026-03-02T08:00:00")[1]
    assert not Interaction.objects.exists()

    run(str(path), "--feature", feature.slug, "--map", "user_thumb:0=dismissed")
    assert Signal.objects.get().kind == "dismissed"


def test_feedback_apart_from_its_runs_finds_them_or_waits(feature: Feature, tmp_path: Path) -> None:
    at = "2026-03-02T08:00:00"
    feedback = [{"id": f"f{n}", "run_id": f"r{n}", "key": "user_score", "score": 1, "created_at": at} for n in (1, 2)]
    call = {"id": "r1", "run_type": "llm", "inputs": "Hi", "outputs": "Ho", "start_time": at}
    path = written(tmp_path / "feedback.jsonl", feedback)
    runs = written(tmp_path / "runs.jsonl", [call])

    assert "0 accepted, 0 duplicates, 0 refused, 2 waiting" in run(str(path), "--feature", feature.slug)[0]
    assert "1 accepted" in run(str(runs), "--feature", feature.slug)[0]
    assert Signal.objects.get().kind == "thumbs_up"
    assert "1 duplicates" in run(str(path), "--feature", feature.slug)[0]


def test_a_rehearsal_says_what_would_be_and_writes_nothing(feature: Feature, tmp_path: Path) -> None:
    first = written(tmp_path / "first.jsonl", [interaction("a", signals=[signal()]), interaction("b")])
    run(str(first))
    path = written(
        tmp_path / "more.jsonl",
        [
            interaction("a", signals=[signal()]),
            interaction("b", output="another"),
            interaction("c"),
            interaction("c"),
            interaction("c", output="another"),
            interaction("d", feature="elsewhere"),
            interaction("x" * (ID + 1)),
        ],
    )
    before = (Interaction.objects.count(), Signal.objects.count(), Item.objects.count())
    rehearsed = run(str(path), "--dry-run")
    assert (Interaction.objects.count(), Signal.objects.count(), Item.objects.count()) == before

    taken = run(str(path))
    assert rehearsed[0] == f"Nothing was written. It would be: {taken[0]}"
    assert taken[0].startswith("1 accepted, 2 duplicates, 4 refused")
    codes = [line.split(" ")[0:2] for line in taken[1].splitlines() if line.startswith(f"{path}:")]
    assert [line.split(" ")[0:2] for line in rehearsed[1].splitlines() if line.startswith(f"{path}:")] == codes


def run_of_model(number: int) -> dict[str, Any]:
    at = "2026-03-02T08:00:00"
    feedback = {"id": f"s{number}", "run_id": f"g{number}", "key": "user_score", "score": 1, "created_at": at}
    call = {"id": f"g{number}", "run_type": "llm", "inputs": "Hi", "outputs": f"Ho {number}", "start_time": at}
    return call | {"feedback": [feedback]}


def task(number: int) -> dict[str, Any]:
    at = "2026-03-02T08:00:00Z"
    said = {"id": "r", "from_name": "tone", "type": "choices", "value": {"choices": ["rude"]}}
    data = {"id": f"g{number}", "prompt": "Hi", "answer": f"Ho {number}"}
    return {
        "id": number,
        "created_at": at,
        "data": data,
        "annotations": [{"id": number, "created_at": at, "result": [said]}],
    }


def flat_record(number: int) -> dict[str, Any]:
    said = {"q.responses": ["yes"], "q.responses.users": ["u"], "q.responses.status": ["submitted"]}
    return {"id": f"g{number}", "response": f"Ho {number}", "metadata.timestamp": "2026-03-02T08:00:00Z"} | said


def own(number: int) -> dict[str, Any]:
    return interaction(f"g{number}", signals=[signal(id=f"s{number}")])


MAKERS: dict[str, Callable[[int], dict[str, Any]]] = {
    "traces.jsonl": trace,
    "runs.jsonl": run_of_model,
    "tasks.json": task,
    "records.jsonl": flat_record,
}


OFTEN = ("a.jsonl.gz", "a.parquet", "traces.jsonl")
"""Lines, a table, and another tool's records; each other form takes one of their ways."""

SELDOM = [pytest.param(name, marks=pytest.mark.long) for name in ("a.json", "a.csv", *MAKERS) if name not in OFTEN]


@pytest.mark.parametrize("name", [*OFTEN, *SELDOM])
def test_killed_in_the_middle_and_started_again_all_of_the_file_is_there_once(
    feature: Feature, tmp_path: Path, name: str
) -> None:
    count = 6_000
    make = MAKERS.get(name, own)
    made = [make(number) for number in range(count)]
    path = written(tmp_path / name, made)
    command = [sys.executable, "manage.py", "import_interactions", str(path), "--feature", feature.slug]
    with (
        held.up_at(f"g{count // 2}"),
        subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as one,
    ):
        until(somebody_waits)
        one.send_signal(signals.SIGKILL)
    until(is_alone)
    stored = Interaction.objects.count()
    assert 0 < stored < count

    again = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)

    assert f"{count - stored:,} accepted, {stored:,} duplicates, 0 refused" in again.stdout
    names = set(Interaction.objects.values_list("external_id", flat=True))
    assert names == {f"g{n}" for n in range(count)}
    assert Signal.objects.values("interaction").distinct().count() == Signal.objects.count() == count


def test_interrupted_by_hand_it_says_how_to_go_on(feature: Feature, tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", [interaction(f"g{n}") for n in range(20_000)])
    command = [sys.executable, "manage.py", "import_interactions", str(path)]
    # Whoever runs the tests in the background has them ignore the signal, and what they start too.
    with (
        held.up_at("g10000"),
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signals.signal(signals.SIGINT, signals.SIG_DFL),
        ) as one,
    ):
        until(somebody_waits)
        one.send_signal(signals.SIGINT)
        _, err = one.communicate(timeout=60)

    assert one.returncode == 130
    assert b"Go on with the same command: it takes only what is missing" in err
    assert b"Traceback" not in err
