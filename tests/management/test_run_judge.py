"""`manage.py run_judge`: the same run as on the page, from a shell."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation import jobs
from annotation.models import Feature, JudgeRun, JudgeVersion, Label
from tests import judge_server, stock
from tests.judge_server import JudgeServer
from tests.labels.judge import world

pytestmark = pytest.mark.django_db(transaction=True)

ASK = ("--judge", "Tone", "--feature", "email-drafts", "--per-second", "500")


@pytest.fixture
def server(settings: LazySettings) -> Iterator[JudgeServer]:
    with judge_server.running() as running:
        world.asks(settings, running)
        yield running


@pytest.fixture
def version(feature: Feature, server: JudgeServer) -> JudgeVersion:
    stock.items(feature, 4)
    return world.judge()


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the command waits, somebody does the work."""
    monkeypatch.setattr(
        time, "sleep", lambda _: [world.worked(run) for run in JudgeRun.objects.filter(status="pending")]
    )


def run(*arguments: str) -> tuple[str, str]:
    out, told = StringIO(), StringIO()
    call_command("run_judge", *arguments, stdout=out, stderr=told)
    return out.getvalue().strip(), told.getvalue()


@pytest.mark.usefixtures("version", "at_work")
def test_it_counts_asks_and_tells_and_asked_again_takes_what_is_missing(server: JudgeServer) -> None:
    out, _ = run(*ASK, "--dry-run")
    assert out.startswith("Tone v1: 4 items, about 0.00")
    assert not JudgeRun.objects.exists()
    out, told = run(*ASK, "--limit", "3", "--cap", "1")
    assert out == JudgeRun.objects.get().public_id
    assert "3 answered, 0 without an answer, 0 no longer needed, of 3. Cost: 0.00" in told
    run(*ASK, "--cap", "1", "--status", "open", "--kind", "accepted", "--queue", "default")
    assert Label.objects.count() == 4
    with pytest.raises(CommandError, match="No item is left to ask about"):
        run(*ASK, "--cap", "1")


@pytest.mark.usefixtures("at_work")
def test_a_run_that_stops_early_says_why(version: JudgeVersion, server: JudgeServer) -> None:
    with pytest.raises(CommandError, match="It stopped at its cap"):
        run(*ASK, "--cap", "0.000001")
    server.respond = lambda call: call.send(401, b"no")
    with pytest.raises(CommandError, match="mend JUDGE_API_KEY"):
        run(*ASK, "--cap", "1")


@pytest.mark.usefixtures("version")
def test_an_interrupt_leaves_the_run_to_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    _, told = run(*ASK, "--cap", "1")
    one = JudgeRun.objects.get()
    assert "No worker runs, so it waits" in told
    assert f"--watch {one.public_id}" in told
    out, _ = run("--cancel", one.public_id)
    assert out == f"{one.public_id}: cancelled, or about to be."
    assert jobs.unattended(JudgeRun, now=one.created_at + jobs.BELL_LOST_AFTER * 2) == []


@pytest.mark.usefixtures("version", "at_work")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--judge", "None", "--feature", "email-drafts", "--cap", "1"],
            "There is no judge None. The judges are: Tone v1",
        ),
        (["--judge", "Tone", "--version-number", "7", "--feature", "email-drafts", "--cap", "1"], "no judge Tone v7"),
        (["--judge", "Tone", "--cap", "1"], "--feature is missing"),
        (["--judge", "Tone", "--feature", "email-drafts"], "--cap is missing"),
        ([*ASK, "--cap", "much"], "--cap much is no number"),
        ([*ASK, "--cap", "1", "--share", "2"], "The share must be above 0 and at most 1"),
        (["--watch", "jrn_none"], "There is no run jrn_none"),
    ],
)
def test_what_does_not_work_is_said_in_words(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
