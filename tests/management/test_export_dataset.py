"""manage.py export_dataset."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotation.exports import job
from annotation.exports.finished import serve
from annotation.management import progress
from annotation.models import Export, Feature
from tests.exports import world
from tests.recipes import world as recipes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path


@pytest.fixture
def labeled(feature: Feature) -> Feature:
    for _ in range(3):
        world.decided(feature, "accepted", "verified")
    return feature


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is done while the command sleeps."""

    def work(seconds: float) -> None:
        for export in Export.objects.filter(status=Export.Status.PENDING):
            job.run(export_id=export.pk, by="test", clock=timezone.now)

    monkeypatch.setattr(time, "sleep", work)


def run(*arguments: str, **options: Any) -> tuple[str, str]:
    out, told = StringIO(), StringIO()
    call_command("export_dataset", *arguments, stdout=out, stderr=told, **options)
    return out.getvalue().strip(), told.getvalue()


@pytest.mark.usefixtures("at_work", "labeled")
def test_it_asks_waits_and_copies_the_files(folder: Path) -> None:
    flags = ["--feature", "email-drafts", "--format", "sft", "--split", "train=1", "--signal-kind", "accepted"]

    public_id, told = run(*flags, "--to", str(folder / "out"))

    export = Export.objects.get(public_id=public_id)
    assert export.request["filters"]["signal_kinds"] == ["accepted"]
    assert "No worker runs" in told
    assert "3 rows (3 train). Nothing was left out." in told
    for entry in serve.files(export):
        assert hashlib.sha256((folder / "out" / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]
    assert not list((folder / "out").rglob("*.part"))


@pytest.mark.usefixtures("at_work", "labeled")
def test_a_request_can_be_a_file_and_watched_again(folder: Path) -> None:
    (folder / "request.json").write_text(json.dumps({"feature": "email-drafts", "format": "kto"}))

    public_id, _ = run("--request", str(folder / "request.json"))
    again, _ = run("--watch", public_id, "--to", str(folder / "out"))

    assert again == public_id
    assert (folder / "out" / "README.md").exists()


@pytest.mark.usefixtures("at_work", "labeled")
def test_a_copy_that_was_interrupted_goes_on_with_the_files_that_are_not_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public_id, _ = run("--feature", "email-drafts", "--format", "sft", "--split", "train=1")
    real, copied = serve.pieces, list[str]()

    def interrupt_at_the_second(export: Export, name: str, part: serve.Part) -> Iterator[bytes]:
        copied.append(name)
        if len(copied) == 2:
            raise KeyboardInterrupt
        return real(export, name, part)

    monkeypatch.setattr(serve, "pieces", interrupt_at_the_second)
    _, told = run("--watch", public_id, "--to", str(folder / "out"))
    assert f"are whole, and not copied again. Come back: manage.py export_dataset --watch {public_id} --to" in told
    run("--watch", public_id, "--to", str(folder / "out"))
    names = [entry["name"] for entry in serve.files(Export.objects.get())]
    assert copied == [names[0], names[1], *names[1:]]
    assert all((folder / "out" / name).exists() for name in names)


def test_the_rate_and_the_time_left_are_of_what_was_watched() -> None:
    told = progress.sentence(label="exp_1", count=1000, seconds=10, share=0.6, since=0.5)
    assert told == "exp_1: 1,000 records, 60 %, 100 a second, 40 s left"


@pytest.mark.usefixtures("labeled")
def test_an_interrupt_leaves_the_export_to_the_worker_and_says_how_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    _, told = run("--feature", "email-drafts", "--format", "sft")

    export = Export.objects.get()
    assert export.status == Export.Status.PENDING
    assert f"--watch {export.public_id}" in told
    assert f"--cancel {export.public_id}" in told
    out, _ = run("--cancel", export.public_id)
    assert out == f"{export.public_id}: cancelled, or about to be."
    assert Export.objects.get().status == Export.Status.CANCELLED


@pytest.mark.usefixtures("at_work", "labeled")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--feature", "none", "--format", "sft"], "There is no feature none"),
        (["--feature", "email-drafts"], "--format is missing"),
        (["--feature", "email-drafts", "--format", "xml"], "The format “xml” is not known here"),
        (["--feature", "email-drafts", "--format", "sft", "--split", "train"], "--split takes a name and a share"),
        (["--feature", "email-drafts", "--format", "sft", "--from", "2026-05-05"], "filters.from: is not a time"),
        (["--feature", "email-drafts", "--format", "sft", "--outcome", "bad"], "Nothing matches this request"),
        (["--watch", "exp_none"], "There is no export exp_none"),
        (["--request", "/nowhere.json"], "can't be read as JSON"),
    ],
)
def test_what_does_not_work_is_said_in_words(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)


def test_a_recipe_is_run_by_its_name(labeled: Feature, at_work: None) -> None:
    recipe = recipes.recipe(labeled, "nightly", is_incremental=True)
    out, err = StringIO(), StringIO()
    call_command("export_dataset", "--recipe", "nightly", stdout=out, stderr=err)
    assert "3 rows" in err.getvalue()
    export = Export.objects.get(public_id=out.getvalue().strip())
    assert (export.recipe, export.firing.cause) == (recipe, "command")
    world.decided(labeled, "accepted", "verified")
    call_command("export_dataset", "--recipe", f"{labeled.slug}/nightly", stdout=StringIO(), stderr=err)
    assert Export.objects.latest("pk").since == export
    with pytest.raises(CommandError, match="There is no recipe"):
        call_command("export_dataset", "--recipe", "weekly")
