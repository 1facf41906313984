"""What keeping the figures of closure costs: senders, by the mark that each leaves; and those who count and read."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction

from annotation import access, closure, mending, triggers
from annotation.closure.kept import refreshing
from annotation.mending import drawing
from annotation.models import ClosureMark, ClosureTally, Export, Feature, Interaction, MendedSearch, User
from annotation.triggers import conditions, looking, marks
from tests import cast, stock, worlds
from tests.closure import bulk
from tests.web import pages
from tests.worlds import day

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

SMALL, LARGE = 10_000, 1_000_000
NOW = day(30)
BATCHES = 40
BATCH = 1000
TABLES = ("annotation_interaction", "annotation_item")

# As a batch of records is stored: interactions and their items, in one transaction.
STORE = (
    """
    INSERT INTO annotation_interaction
        (id, feature_id, external_id, fingerprint, conversation_rank, occurred_at, ingested_at, model_version,
         request_model, response_model, random_number, is_evaluation, clock_ahead_ms)
    SELECT n, %(feature)s, 'sent_' || n, decode(lpad(to_hex(n), 32, '0'), 'hex'), 1, %(at)s, %(at)s, 'v1', '', '', 0.5,
           false, 0
    FROM generate_series(%(first)s, %(first)s + 999) n
    """,
    """
    INSERT INTO annotation_item
        (id, public_id, feature_id, queue_id, interaction_id, signal_id, signal_kind, purpose, status, evidence_version,
         needed, taken, queued_at)
    SELECT n, 'itm_sent_' || n, %(feature)s, 1, n, n, 'accepted', 'backfill', 'open', 1, 1, '{}', %(at)s
    FROM generate_series(%(first)s, %(first)s + 999) n
    """,
)


def test_a_mark_costs_a_batch_next_to_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    feature = stock.feature()
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * BATCHES):
        is_marked = number % 2 == 0
        _switch(is_marked)
        took[is_marked].append(_seconds(partial(_store, feature, 10_000_000 + number * BATCH)))
    with_, without = (statistics.median(took[is_marked]) for is_marked in (True, False))
    with capsys.disabled():
        print(f"\na batch: {1e3 * with_:.1f} ms with marks, {1e3 * without:.1f} without: {with_ / without:.3f}")


def test_what_is_shown_and_watched_at_a_hundred_times_the_size(capsys: pytest.CaptureFixture[str]) -> None:
    """Each beside itself: of a small feature, and of a large one in the same database."""
    small, large = stock.feature("small"), stock.feature("large")
    for feature, count, first in ((small, SMALL, 0), (large, LARGE, SMALL)):
        bulk.fill(feature, count=count, first=first)
        export = Export.objects.filter(feature=feature).order_by("pk")[0]
        worlds.run(export, on=8, makes="v1")
        worlds.deploy(feature, on=9, version="v1")
    ClosureMark.objects.all().delete()
    whole = _seconds(lambda: closure.full(now=NOW))
    mending.look(now=NOW)
    engineer = cast.person("eve", roles=[access.ENGINEER], features=[small, large])
    asked, asked_of_large = _asked(small, engineer), _asked(large, engineer)
    lines = [(name, _best(ask), _best(asked_of_large[name])) for name, ask in asked.items()]
    with capsys.disabled():
        print(f"\n{LARGE:,} and {SMALL:,} interactions in {ClosureTally.objects.count():,} rows: all {whole:.1f} s")
        for name, one, other in lines:
            print(f"{name:28} {1e3 * one:8.1f} ms {1e3 * other:8.1f} ms: {other / one:6.2f}")


def _asked(feature: Feature, engineer: User) -> dict[str, Callable[[], object]]:
    client = pages.sign_in(engineer)
    one = Interaction.objects.filter(feature=feature, external_id="bulk_10").get()
    search = MendedSearch.objects.get(feature=feature)
    watched = conditions.Count(kind="count", at_least=50, reasons=["undone_later"])
    begun = marks.begun(day(25))
    shown = {
        name: partial(client.get, f"/insights/{address}", {"feature": feature.slug})
        for name, address in (
            ("overview", ""),
            ("closure", "closure/"),
            ("loops", "loops/"),
            ("versions", "versions/"),
            ("mended", "mended/"),
            ("validity", "validity/"),
        )
    }
    return shown | {
        "one interaction": lambda: closure.of_interaction(interaction=one),
        "funnel": lambda: closure.funnel(feature=feature, now=NOW),
        "counting a day": lambda: refreshing.count([(feature.pk, day(9).date())]),
        "mended: drawing": lambda: drawing.draw(search, now=NOW),
        "trigger: a look": lambda: looking.now(feature, watched, NOW)(begun, NOW),
        "trigger: 30 days tried": lambda: triggers.play(
            feature=feature, condition=watched, cooldown_hours=24, days=30, now=NOW
        ),
    }


def _best(work: Callable[[], object]) -> float:
    return min(_seconds(work) for _ in range(3))


def _store(feature: Feature, first: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in STORE:
            cursor.execute(statement, {"feature": feature.pk, "first": first, "at": day(1)})


def _switch(is_on: bool) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'pgtrigger_closure%%'",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} {'ENABLE' if is_on else 'DISABLE'} TRIGGER {name}")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
