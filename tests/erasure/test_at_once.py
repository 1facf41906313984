"""Erasures while others send, label and make datasets: real threads, each on a connection of its own."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from annotation.exports import job
from annotation.ingest import store
from annotation.labels import drafts, submit
from annotation.models import (
    Draft,
    Erasure,
    Export,
    Feature,
    Interaction,
    InteractionContent,
    Item,
    LabelContent,
    Tombstone,
)
from tests import stock
from tests.cast import NOW
from tests.erasure import world
from tests.erasure.world import LATER, WORD
from tests.exports import world as exports
from tests.ingest.sent import later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    return tmp_path


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Begin all of these at the same moment."""
    ready = threading.Barrier(len(work))

    def begin(one: Callable[[], Any]) -> Any:
        ready.wait()
        return one()

    return stock.together(len(work), begin, list(work))


def test_two_erasures_of_one_user_at_once_are_one(feature: Feature) -> None:
    world.sent(*[world.record(number) for number in range(40)])
    done = at_once(*[lambda: world.erase(feature, user_key=WORD)] * 4)
    assert len({one.pk for one in done}) == 1
    assert Erasure.objects.get().interactions == Tombstone.objects.count() == 40
    assert world.traces() == {}


def test_overlapping_erasures_end_without_a_deadlock(feature: Feature) -> None:
    world.sent(*[world.record(number, conversation_id=f"{WORD}-c") for number in range(30)])
    single = [lambda n=n: world.erase(feature, interaction_id=f"{WORD}-{n}") for n in range(5)]
    at_once(lambda: world.erase(feature, user_key=WORD), *single)
    assert world.traces() == {}
    assert Interaction.objects.filter(erased_at=None).count() == 0


def test_what_is_in_flight_is_erased_or_refused_and_never_kept(feature: Feature) -> None:
    def send(start: int) -> None:
        for number in range(start, start + 20):
            world.sent(world.record(number), world.plain(f"gen_{number}"))
            store.signals(records=[(0, later(f"{WORD}-{number}", "copied", id=f"{WORD}-late"))], now=NOW)

    def erase() -> Erasure:
        time.sleep(0.05)
        return world.erase(feature, user_key=WORD)

    at_once(lambda: send(0), lambda: send(100), erase)
    # Signals that wait for what was refused name nobody's user; they are dropped after a week.
    assert world.traces().keys() <= {"annotation_waitingsignal"}
    assert Interaction.objects.filter(erased_at=None).count() == 40
    assert not InteractionContent.objects.filter(interaction__erased_at__isnull=False).exists()


def test_labels_that_come_meanwhile_leave_no_text(feature: Feature) -> None:
    world.sent(*[world.record(number) for number in range(20)])
    items = list(Item.objects.order_by("pk"))
    raters = [stock.rater(number) for number in (1, 2)]

    def write(number: int) -> None:
        for item in items[number::2]:
            with contextlib.suppress(submit.Erased):
                exports.label(item, "verified", by=raters[number], comment=WORD)

    at_once(lambda: write(0), lambda: write(1), lambda: world.erase(feature, user_key=WORD))
    assert not LabelContent.objects.exists()
    assert world.traces() == {}


def test_drafts_that_come_meanwhile_leave_no_text(feature: Feature) -> None:
    world.sent(*[world.record(number) for number in range(20)])
    items = list(Item.objects.order_by("pk"))

    def write() -> None:
        for second in range(3):
            for item in items:
                typed = drafts.Typed(comment=f"{WORD} {second}")
                with contextlib.suppress(drafts.NothingToWriteAbout):
                    drafts.save(rater=rater, item=item, typed=typed, typed_at=NOW + timedelta(seconds=second))

    rater = stock.rater()
    at_once(write, lambda: world.erase(feature, user_key=WORD))
    assert not Draft.objects.exists()
    assert world.traces() == {}


def test_datasets_that_are_being_made_meanwhile_hold_nothing_of_it(feature: Feature, folder: Path) -> None:
    world.sent(
        *[world.record(number) for number in range(30)], *[world.plain(f"gen_{n}", output=f"{n}.") for n in range(30)]
    )
    for item in Item.objects.select_related("interaction"):
        exports.label(item, "verified")
    asked = [exports.asked(feature, seed=number) for number in range(3)]

    def make(export: Export) -> None:
        job.run(export_id=export.pk, by="test", clock=lambda: LATER, shard_rows=10)

    at_once(*[lambda export=export: make(export) for export in asked], lambda: world.erase(feature, user_key=WORD))
    for export in Export.objects.filter(status=Export.Status.PENDING):
        make(export)
    texts = "".join(path.read_text() for path in (folder / "exports").rglob("*") if path.is_file())
    assert WORD not in texts
    done = Export.objects.filter(status=Export.Status.DONE, files_erased_at=None)
    assert [export.rows_total for export in done] == [30] * done.count()


def test_senders_wait_for_one_batch_only(feature: Feature) -> None:
    """Of others, and of this feature: what an erasure keeps waiting is a moment."""
    world.sent(*[world.record(number) for number in range(1500)])
    slowest: list[float] = []
    ended = threading.Event()

    def send() -> None:
        number = 0
        while not ended.is_set():
            began = time.monotonic()
            world.sent(world.plain(f"p-{number}"), now=LATER + timedelta(seconds=number))
            slowest.append(time.monotonic() - began)
            number += 1

    def erase() -> float:
        began = time.monotonic()
        try:
            world.erase(feature, user_key=WORD)
        finally:
            ended.set()
        return time.monotonic() - began

    _, took = at_once(send, erase)
    assert len(slowest) > 3
    # On a busy machine all of it takes longer, and so does each of its batches.
    assert max(slowest) < max(2, took / 2)
