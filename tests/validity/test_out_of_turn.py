"""Whoever labels by a link or a filter moves no rate by a digit, until the threshold of a cohort reaches the items."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from annotation import validity
from annotation.labels import submit
from annotation.models import Cell, Item, Look, Queue, Rater, Term
from annotation.queues import lease
from tests import stock
from tests.validity.simulated import world
from tests.validity.simulated.truth import SIGNALS, Plan
from tests.validity.simulated.world import KIND, World

pytestmark = pytest.mark.django_db

PLAN = Plan(SIGNALS[:1], days=3, a_day=150, labels_a_day=90)
SLUG = SIGNALS[0].feature
OUT_OF_TURN = 10


@pytest.fixture
def made() -> World:
    found = world.make(PLAN, seed=3)
    # Each day closes as soon as it is over, so that one cohort is open at a time.
    Queue.objects.update(limit_hours=0)
    for on in range(PLAN.days):
        world.arrive(found, on)
    return found


def lived(made: World, *, out_of_turn: bool = False, then_all: bool = False) -> tuple[Any, ...]:
    """All days as people label them in turn, and what is known in the end; nothing of it stays.

    `out_of_turn`: somebody else picks answers each day, by link and by filter, and calls all of them bad. `then_all`:
    people go on after that until nothing is left.
    """
    with transaction.atomic():
        for on in range(PLAN.days):
            world.labeled(made, SLUG, on, most=PLAN.labels_a_day)
            while _next(on).signal_kind == KIND:
                world.labeled(made, SLUG, on, most=1)
            picked = _pick(stock.rater(9), on) if out_of_turn else []
            if then_all:
                world.labeled(made, SLUG, on, most=PLAN.a_day)
            world.closed(on)
        told = _known(made, picked)
        transaction.set_rollback(True)
    return told


def _pick(rater: Rater, on: int) -> list[int]:
    """The next of one kind, and some with the largest keys: never the one that everybody waits for."""
    queue = Queue.objects.select_related("feature", "taxonomy_version").get(feature__slug=SLUG)
    now, picked = world.day(on) + timedelta(hours=5), []
    for _ in range(OUT_OF_TURN):
        item = lease.take(rater=rater, queue=queue, now=now, wanted=lease.Wanted(kind=KIND, queued_by=now))
        assert item is not None
        picked.append(_call_bad(item, rater, on))
    for item in list(_open(on).order_by("-key").select_related("queue__feature")[:OUT_OF_TURN]):
        picked.append(_call_bad(lease.take_chosen(rater=rater, item=item, now=now), rater, on))
    return picked


def _call_bad(item: Item, rater: Rater, on: int) -> int:
    answer = submit.Answer(reason_code=world.SAID[item.signal_kind][False], submission_id=uuid4())
    submit.label(rater=rater, item=item, answer=answer, now=world.day(on) + timedelta(hours=5))
    return item.pk


def _open(on: int) -> Any:
    return Item.objects.filter(status=Item.Status.OPEN, cohort__day=world.day(on).date())


def _next(on: int) -> Item:
    found: Item = _open(on).order_by("key", "pk")[0]
    return found


def _known(made: World, picked: list[int]) -> tuple[Any, ...]:
    (feature,) = made.features.values()
    report = validity.report(feature=feature, now=world.day(PLAN.days + 1))
    looks = Look.objects.order_by("cell__signal_kind", "day").values_list(
        "day", "rate", "rate_low", "rate_high", "labels"
    )
    counted = Term.objects.filter(item__in=picked, probability__isnull=False)
    figures = [(cell.signal_kind, cell.verdict, cell.figures) for cell in Cell.objects.order_by("signal_kind")]
    return (_comparable(asdict(report)), list(looks), _comparable(figures)), len(picked), counted.count()


def _comparable(told: Any) -> Any:
    """Without the ids that each run gives anew."""
    if isinstance(told, dict):
        return {name: _comparable(one) for name, one in told.items() if name not in ("last_sheet", "since_sheet")}
    return [_comparable(one) for one in told] if isinstance(told, list | tuple) else told


def test_labels_by_link_or_filter_move_no_rate_until_the_threshold_reaches_them(made: World) -> None:
    in_turn, _, _ = lived(made)
    assert in_turn[1], "no rate was shown"
    out_of_turn, picked, counted = lived(made, out_of_turn=True)
    assert (picked, counted) == (2 * OUT_OF_TURN, 0)
    assert out_of_turn == in_turn

    reached, picked, counted = lived(made, out_of_turn=True, then_all=True)
    assert counted == picked
    assert reached != in_turn
