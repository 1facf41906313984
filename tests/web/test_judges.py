"""`/manage/judges/`: a prompt is tried, kept, run within limits that were seen before, and its failures looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from annotation.labels.judge import prompt
from annotation.models import Feature, Judge, JudgeCall, JudgeRun, JudgeVersion, Label, User
from annotation.web.judges import words
from tests import judge_server, stock
from tests.judge_server import Call, JudgeServer
from tests.labels import world as people
from tests.labels.judge import world
from tests.web import pages
from tests.web.pages import SCRIPT

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/manage/judges/"
VERSION = {
    "name": "Tone",
    "model": "small-1",
    "taxonomy_version": "1",
    "prompt": prompt.DEFAULT,
    "temperature": "0",
    "max_tokens": "200",
    "price_in": "0.5",
    "price_out": "1.5",
}
RUN = {"version": "1", "share": "1", "per_second": "500", "concurrency": "2", "tries": "2", "cost_cap": "1"}


@pytest.fixture
def client(admin: User) -> Client:
    return pages.sign_in(admin)


@pytest.fixture
def server(settings: LazySettings) -> Iterator[JudgeServer]:
    with judge_server.running() as running:
        world.asks(settings, running)
        yield running


def at(judge: Judge, verb: str) -> str:
    return f"{LIST}{judge.pk}/{verb}/"


def of(run: JudgeRun, verb: str = "") -> str:
    return f"{LIST}runs/{run.public_id}/{verb}{'/' if verb else ''}"


def test_from_a_prompt_to_a_measured_judge(client: Client, feature: Feature, server: JudgeServer) -> None:
    items = stock.items(feature, 31)
    for item in items:
        people.label(item, "adequate" if item == items[0] else "verified", by=1)
    assert "No judge yet" in pages.words(client.get(LIST))
    client.post(f"{LIST}new/", VERSION)
    version = JudgeVersion.objects.get()
    assert "It has answered nothing yet" in pages.words(client.get(LIST))

    # What it would take is seen before it is started, and what is started is what was seen.
    seen = client.post(at(version.judge, "run"), RUN)
    assert "Tone v1 would be asked about 31 items" in pages.words(seen)
    assert "so it may be twice that" in pages.words(seen)
    (digest,) = re.findall(r'name="seen" value="(\w+)"', pages.text(seen))
    other = client.post(at(version.judge, "run"), RUN | {"limit": "3", "seen": digest})
    assert "would be asked about 3 items" in pages.words(other)
    assert not JudgeRun.objects.exists()
    answer = client.post(at(version.judge, "run"), RUN | {"seen": digest})
    run = JudgeRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, of(run))
    assert "It starts as soon as a worker does" in pages.words(client.get(of(run)))

    world.worked(run)
    told = pages.words(client.get(of(run)))
    assert "This run is done. Cost: 0.0" in told
    assert "answered 31 without an answer 0 no longer needed 0 chosen 31" in told
    page = pages.words(client.get(f"{LIST}{version.judge_id}/"))
    assert "It gave people's reason 97 times in 100 (likely 84 to 99)" in page
    assert "over 31 items that people decided" in page
    assert "What Tone v1 mixes up" in page
    assert 'class="range"' in pages.text(client.get(LIST))
    # A second one is reckoned from the first.
    stock.items(feature, 1)
    again = pages.words(client.post(at(version.judge, "run"), RUN))
    assert "would be asked about 1 item" in again
    assert "Reckoned from what earlier calls of this version took." in again


def test_a_prompt_is_tried_before_anything_is_stored(client: Client, feature: Feature, server: JudgeServer) -> None:
    item = pages.item(feature, output="<b>Dear Ann</b>")
    stock.items(feature, 1)
    tried = client.post(f"{LIST}new/", VERSION | {"try": "1", "item": item.public_id})
    told = pages.text(tried)
    assert tried.status_code == 200
    assert "<code>verified</code>, confidence 0.9" in told
    assert "It was kept." in told
    assert "&lt;b&gt;Dear Ann&lt;/b&gt;" in tried.content.decode()
    assert "Everything between these marks was written by users" in told
    assert (JudgeVersion.objects.count(), Label.objects.count(), JudgeCall.objects.count()) == (0, 0, 0)

    for respond, said in (
        (lambda call: call.answer("Verified, I think."), "This would not count as an answer:"),
        (lambda call: call.send(401, b"unknown key"), "the server refused the call (4xx) (status 401)"),
        (Call.cut, "the connection was cut"),
    ):
        server.respond = respond
        assert said in pages.text(client.post(f"{LIST}new/", VERSION | {"try": "1"}))
    assert "There is no such item" in pages.text(client.post(f"{LIST}new/", VERSION | {"try": "1", "item": "itm_x"}))


def test_what_can_not_be_made_or_started_is_said_at_the_form(
    client: Client, feature: Feature, server: JudgeServer, settings: LazySettings
) -> None:
    version = world.judge()
    for sent, said in (
        ({"name": "Tone"}, "There is a judge Tone already"),
        ({"name": "B", "prompt": "{{reasons}} {{user}}"}, "{{user}}, which is none of"),
        ({"name": "B", "prompt": "Judge."}, "The prompt must hold {{reasons}}"),
        ({"name": ""}, "Give it a name."),
        ({"name": "B", "price_in": "-1"}, "greater than or equal to 0"),
    ):
        answer = client.post(f"{LIST}new/", VERSION | sent)
        assert answer.status_code == 422
        assert said in pages.text(answer)
    assert "No item is left to ask about" in pages.text(client.post(at(version.judge, "run"), RUN))
    assert client.post(at(version.judge, "run"), RUN | {"share": "0"}).status_code == 422
    settings.JUDGE_BASE_URL = None
    assert "No server is set that judges could ask" in pages.text(client.get(LIST))
    assert "JUDGE_BASE_URL" in pages.text(client.post(f"{LIST}new/", VERSION | {"name": "B", "try": "1"}))


def test_a_new_version_begins_with_the_words_of_the_last(client: Client, feature: Feature) -> None:
    version = world.judge(prompt="Mind {{reasons}}.", price_in=Decimal("0.25"))
    page = pages.text(client.get(at(version.judge, "version")))
    assert "Mind {{reasons}}." in page
    assert 'value="0.25"' in page
    client.post(
        at(version.judge, "version"), VERSION | {"temperature": "", "prompt": prompt.DEFAULT.replace("\n", "\r\n")}
    )
    second = JudgeVersion.objects.get(number=2)
    assert (second.prompt, second.temperature, second.rater.name) == (prompt.DEFAULT, None, "flywheel:Tone v2")
    assert "Mind {{reasons}}." in pages.text(client.get(f"{LIST}{version.judge_id}/"))


def test_a_run_is_followed_cancelled_and_its_failures_read(
    client: Client, feature: Feature, server: JudgeServer
) -> None:
    stock.items(feature, 2)
    server.respond = lambda call: call.answer(f"<i>no {call.number}</i>")
    run = world.asked(world.judge(), feature, tries=1)
    part = pages.text(client.get(of(run), headers=SCRIPT))
    assert "<html" not in part
    (seen,) = re.findall(r"\?seen=(\w+)", part)
    assert client.get(of(run), {"seen": seen}, headers=SCRIPT).status_code == 204
    world.worked(run)
    assert "The run is now done." in pages.text(client.get(of(run), {"seen": seen}, headers=SCRIPT))
    assert "2 times: the answer was not the JSON that was asked for" in pages.words(client.get(of(run)))
    kept = client.get(of(run, "failures"), {"outcome": "unparsed"}).content.decode()
    assert "&lt;i&gt;no 0&lt;/i&gt;" in kept
    assert "Nothing of this is kept." in pages.text(client.get(of(run, "failures"), {"outcome": "malformed"}))
    assert client.post(of(run, "cancel")).status_code == 409

    # However it ended, the page says it.
    for status, told in (
        ("capped", "This run stopped at its cost cap. 1,203 items were not asked about."),
        ("failed", "This run failed. The server is away."),
    ):
        changes = {"status": status, "items_total": 1205, "error": "The server is away."}
        JudgeRun.objects.filter(pk=run.pk).update(**changes)
        assert told in pages.words(client.get(of(run)))

    second = world.asked(run.version, feature)
    client.post(of(second, "cancel"))
    assert "This run was cancelled." in pages.text(client.get(of(second)))
    assert "Ask about what is missing" in pages.text(client.get(of(run)))


def test_progress_tells_rate_time_left_cost_and_trouble() -> None:
    now = timezone.now()
    run = JudgeRun(
        status=JudgeRun.Status.RUNNING,
        items_total=100,
        answered=18,
        failed=1,
        skipped=1,
        spent=Decimal("0.0512345"),
        committed=Decimal("0.25"),
        cost_cap=Decimal(5),
        selected_at=now,
        started_at=now - timedelta(seconds=10),
        heartbeat_at=now,
    )
    told = words.progress(run, has_worker=True, now=now)
    assert told.text == (
        "20 of 100 items. 2.0 a second, about 40 s left. "
        "Cost: 0.0512 as the server counted, 0.25 at most; the cap is 5.00."
    )
    assert (told.done, told.of) == (20, 100)
    run.heartbeat_at = now - timedelta(seconds=11)
    assert (
        "what calls that were out may have cost stays counted" in words.progress(run, has_worker=True, now=now).trouble
    )
