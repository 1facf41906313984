"""manage.py import_interactions: files through the same store, and an interrupted run goes on."""

from __future__ import annotations

import gzip
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from annotation.ingest import store
from annotation.ingest.files import reading
from annotation.management import progress
from annotation.models import Feature, Interaction, Item
from tests.ingest.sent import interaction, signal

pytestmark = pytest.mark.django_db


def written(path: Path, *records: Any) -> Path:
    text = b"".join((record if isinstance(record, bytes) else orjson.dumps(record)) + b"\n" for record in records)
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def run(*paths: Path, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("import_interactions", *map(str, paths), **options, stdout=out, stderr=err)
    except CommandError as error:
        err.write(f"CommandError: {error}")
    return out.getvalue(), err.getvalue()


def test_plain_and_gzipped_files_are_taken_and_a_second_run_takes_nothing(feature: Feature, tmp_path: Path) -> None:
    paths = [
        written(tmp_path / "a.jsonl", interaction("a", signals=[signal()]), b"", interaction("b")),
        written(tmp_path / "b.jsonl.gz", interaction("c")),
    ]
    assert run(*paths)[0].strip() == "3 accepted, 0 duplicates, 0 refused"
    assert run(*paths)[0].strip() == "0 accepted, 3 duplicates, 0 refused"
    assert (Interaction.objects.count(), Item.objects.count()) == (3, 1)


def test_refused_records_are_listed_by_line_and_the_command_fails(feature: Feature, tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", interaction("a"), b"{", interaction("b", occurred_at="now"), interaction("c"))
    out, err = run(path)
    assert out.strip() == "2 accepted, 0 duplicates, 2 refused"
    assert f"{path}:2: malformed_json: This line is not JSON" in err
    assert f"{path}:3: b invalid_time: occurred_at" in err
    assert "CommandError: Some records were refused" in err


def test_many_refused_records_are_counted_and_the_first_hundred_listed(feature: Feature, tmp_path: Path) -> None:
    out, err = run(written(tmp_path / "a.jsonl", *[{}] * 130))
    assert out.strip() == "0 accepted, 0 duplicates, 130 refused"
    assert err.count("missing_field") == 100
    assert "only counted" in err


def test_the_feature_can_be_made_and_stands_in_for_one_that_is_not_named(tmp_path: Path, db: None) -> None:
    path = written(tmp_path / "a.jsonl", interaction("a", feature=None), interaction("b", feature="another"))
    out, err = run(path, feature="drafts", create_feature=True)
    assert out.strip() == "1 accepted, 0 duplicates, 1 refused"
    assert "b forbidden_feature" in err
    assert Interaction.objects.get().feature.slug == "drafts"


def test_an_interrupted_run_goes_on_where_it_stopped(
    feature: Feature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH_RECORDS", 10)
    path = written(tmp_path / "a.jsonl", *[interaction(f"g{n}") for n in range(35)])
    honest, calls = store.interactions, []

    def interrupted(**arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return honest(**arguments)

    with monkeypatch.context() as patch:
        patch.setattr(store, "interactions", interrupted)
        assert "20 records were taken and stay. Go on with the same command" in run(path)[1]
    assert Interaction.objects.count() == 20
    assert run(path)[0].strip() == "15 accepted, 20 duplicates, 0 refused"


@pytest.mark.parametrize(
    ("options", "words"),
    [({"feature": "nowhere"}, "--create-feature"), ({"create_feature": True}, "needs --feature SLUG")],
)
def test_what_is_missing_is_said_before_anything_is_done(
    feature: Feature, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    path = written(tmp_path / "a.jsonl", interaction())
    assert words in run(path, **options)[1]
    assert "There is no file" in run(path, tmp_path / "none.jsonl")[1]
    assert not Interaction.objects.exists()


def test_a_file_that_breaks_off_says_so_and_keeps_what_came_before(feature: Feature, tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl.gz", *[interaction(f"g{n}", output="x" * 1000) for n in range(900)])
    path.write_bytes(path.read_bytes()[:-9])
    err = run(path)[1]
    assert "can't be read further" in err
    assert Interaction.objects.count() > 0
    assert "can't be read further" in run(written(tmp_path / "b.jsonl", b"x").rename(tmp_path / "c.jsonl.gz"))[1]


def test_progress_tells_rate_and_time_left() -> None:
    told = progress.sentence(label="a.jsonl", count=12_000, seconds=4, share=0.25)
    assert told == "a.jsonl: 12,000 records, 25 %, 3,000 a second, 12 s left"
    assert progress.sentence(label="a", count=1, seconds=100, share=0.01).endswith("2 h 45 min left")
    assert progress.sentence(label="a", count=0, seconds=0, share=1).endswith("100 %, 0 a second")


def test_progress_rewrites_its_line_in_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def write(self, msg: str = "", style_func: None = None, ending: str | None = None) -> int:
            return super().write(msg + ("\n" if ending is None else ending))

        def isatty(self) -> bool:
            return True

    stream = Terminal()
    shown = progress.Progress(stream=stream, label="a", total=100)
    shown.told -= 1
    shown.advance(to=50, count=10)
    shown.end()
    assert stream.getvalue().count("\r\x1b[2K") == 2
    assert stream.getvalue().endswith("\n")
