"""From the answer to a batch until all its items are on offer, at 1,000 records a second, with people labeling."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import pytest
from django.db import connection, connections

from annotation.models import Feature, Item, Label, User
from tests import cast, stock
from tests.benchmarks import load
from tests.web_server import Visitor, WebServer, label_form

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

SECONDS = float(os.environ.get("FLYWHEEL_OFFER_SECONDS", "300"))
RATE = 1000
BATCH = 50
SENDERS = 4
PEOPLE = 6
THINKING = 0.2
"""Seconds between a person's labels: far fewer than people take."""

QUEUE = "/annotate/email-drafts.default/"

# An item that somebody has taken and labeled meanwhile was on offer too, so any status counts.
ON_OFFER = """
SELECT i.external_id FROM annotation_interaction i JOIN annotation_item t ON t.interaction_id = i.id
WHERE i.feature_id = %s AND i.external_id = ANY(%s)
"""


@dataclass(frozen=True)
class Sent:
    ids: frozenset[str]
    answered_at: float


@dataclass
class Measured:
    """Seconds from answer to offer of each batch, seconds of each POST, and of each label."""

    offers: list[float] = field(default_factory=list)
    posts: list[float] = field(default_factory=list)
    labels: list[float] = field(default_factory=list)
    sent: SimpleQueue[Sent] = field(default_factory=SimpleQueue)


def test_time_from_answer_to_offer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feature = cast.feature()
    stock.items(feature, 500)
    people = [cast.person(f"person{number}", roles=["annotator"], features=[feature]) for number in range(PEOPLE)]
    secret = cast.token("ingest")[1]
    measured = Measured()
    with WebServer(tmp_path, settings={"RATE_LIMIT": "0"}) as server:
        seconds = _run(server, secret, feature, people, measured)
    records = len(measured.posts) * BATCH
    assert Item.objects.count() == records + 500
    assert Label.objects.count() == len(measured.labels)
    with capsys.disabled():
        print(
            f"\noffer: {records / seconds:,.0f} records/s for {seconds:.0f} s in batches of {BATCH}, "
            f"POST {_shares(measured.posts)}; from answer to offer {_shares(measured.offers)}; "
            f"{len(measured.labels) / seconds:.0f} labels/s, {_shares(measured.labels)}"
        )
    assert load.share(measured.offers, 0.99) < 1


def _run(server: WebServer, secret: str, feature: Feature, people: list[User], measured: Measured) -> float:
    """Returns the seconds from the first batch until all were answered."""
    ended, began = Event(), time.perf_counter()
    due = iter(range(int(SECONDS * RATE / BATCH)))
    with ThreadPoolExecutor(SENDERS + PEOPLE + 1) as pool:
        watching = _started(pool, partial(_watch, feature, ended, measured))
        labeling = [_started(pool, partial(_label, server, user, ended, measured)) for user in people]
        sending = [_started(pool, partial(_send, server, secret, due, began, measured)) for _ in range(SENDERS)]
        try:
            for one in sending:
                one.result()
            seconds = time.perf_counter() - began
        finally:
            ended.set()
        for one in [watching, *labeling]:
            one.result()
    return seconds


def _started(pool: ThreadPoolExecutor, work: Callable[[], None]) -> Future[None]:
    def closing() -> None:
        try:
            work()
        finally:
            connections.close_all()

    return pool.submit(closing)


def _send(server: WebServer, secret: str, due: Iterator[int], began: float, measured: Measured) -> None:
    """Each batch at its time, or at once where that has passed."""
    sender = load.Sender(server, secret)
    for number in due:
        time.sleep(max(0.0, began + number * BATCH / RATE - time.perf_counter()))
        ids = [f"gen_{number * BATCH + place:09}" for place in range(BATCH)]
        posted_at = time.perf_counter()
        sender.post([load.record(name) for name in ids])
        answered_at = time.perf_counter()
        measured.posts.append(answered_at - posted_at)
        measured.sent.put(Sent(frozenset(ids), answered_at))


def _watch(feature: Feature, ended: Event, measured: Measured) -> None:
    """Ask for the items of what was answered and is not complete, until everything is."""
    waiting: list[Sent] = []
    until = float("inf")
    while waiting or not ended.is_set() or not measured.sent.empty():
        while not measured.sent.empty():
            waiting.append(measured.sent.get())
        on_offer = _on_offer(feature, waiting)
        seen_at = time.perf_counter()
        measured.offers += [seen_at - one.answered_at for one in waiting if one.ids <= on_offer]
        waiting = [one for one in waiting if not one.ids <= on_offer]
        until = min(until, seen_at + 60) if ended.is_set() else until
        assert seen_at < until, "not everything came on offer"
        time.sleep(0.002)


def _on_offer(feature: Feature, waiting: list[Sent]) -> set[str]:
    if not waiting:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(ON_OFFER, [feature.pk, [name for one in waiting for name in one.ids]])
        return {row[0] for row in cursor.fetchall()}


def _label(server: WebServer, user: User, ended: Event, measured: Measured) -> None:
    visitor = Visitor(server, user)
    form = label_form(visitor.get(QUEUE).text)
    while form and not ended.wait(THINKING):
        began = time.perf_counter()
        form = label_form(visitor.post(f"{QUEUE}label/", form | {"reason": "verified"}).text)
        measured.labels.append(time.perf_counter() - began)


def _shares(seconds: list[float]) -> str:
    p50, p99, most = (load.share(seconds, share) * 1000 for share in (0.5, 0.99, 1))
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, max {most:.0f} ms"
