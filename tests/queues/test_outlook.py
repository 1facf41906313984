"""What a change of a queue brings is told from what is stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from annotation import audit
from annotation.models import Feature, Item, Queue
from annotation.queues import cohorts, lease, outlook, setup
from tests import stock
from tests.cast import NOW
from tests.worlds import day, label

pytestmark = pytest.mark.django_db

A_WEEK_ON = day(7)


@pytest.fixture
def feature(db: None) -> Feature:
    """A feature to which 7 accepted and 14 edited signals came in its first week, a third of them a day old."""
    made = stock.feature()
    stock.queue(made)
    for number in range(7):
        stock.items(made, 1, now=day(number))
        stock.items(made, 2, kind="edited", now=day(number))
    return made


def planned(queue: Queue, **changes: Any) -> Queue:
    values = {one.attname: getattr(queue, one.attname) for one in Queue._meta.concrete_fields}
    return Queue(**values | changes)


def made(feature: Feature, name: str, **spec: Any) -> Queue:
    queue, _ = setup.create_queue(
        feature=feature, spec=setup.QueueSpec(name=name, **spec), actor=audit.FLYWHEEL, now=NOW
    )
    return queue


def of(queue: Queue | None, plan: Queue) -> outlook.Outlook:
    return outlook.of(queue=queue, planned=plan, now=A_WEEK_ON)


def test_a_new_queue_takes_kinds_from_the_one_behind_it_and_their_open_items_stay(feature: Feature) -> None:
    plan = Queue(feature=feature, name="edits", rank=1, signal_kinds=["edited"], created_at=NOW)
    found = of(None, plan)
    (move,) = found.moves
    assert (move.kind, move.source and move.source.name, move.target and move.target.name) == (
        "edited",
        "default",
        "edits",
    )
    assert move.per_day == pytest.approx(2)
    assert move.stay == 14
    assert found.load.before == 0
    assert found.load.after == pytest.approx(2)
    assert (found.open, found.held, found.waiting, found.unknown) == (0, 0, 0, 0)


def test_what_is_told_is_what_happens(feature: Feature) -> None:
    default = stock.queue(feature)
    edits = made(feature, "edits", rank=200, signal_kinds=["edited"])
    found = of(edits, planned(edits, rank=100))
    # Of equal ranks the older one is asked first.
    assert found.moves == ()
    found = of(edits, planned(edits, rank=99))
    assert [(move.kind, move.source, move.target) for move in found.moves] == [("edited", default, edits)]
    setup.change_queue(queue=edits, wanted={"rank": 99}, actor=audit.FLYWHEEL, now=A_WEEK_ON)
    (item,) = stock.items(feature, 1, kind="edited", now=A_WEEK_ON)
    assert item.queue == edits
    assert Item.objects.filter(queue=default, signal_kind="edited").count() == 14


def test_kinds_that_no_queue_takes_any_more_or_did_not_take_are_told(feature: Feature) -> None:
    default = stock.queue(feature)
    found = of(default, planned(default, signal_kinds=["accepted"]))
    assert {move.kind for move in found.moves if move.target is None} >= {"edited", "thumbs_down"}
    assert {move.kind: move.stay for move in found.moves}["edited"] == 14
    stock.queue(feature, signal_kinds=["accepted"])
    for _ in range(3):
        stock.items(feature, 1, kind="copied", now=day(6.5))
    plan = Queue(feature=feature, name="copies", rank=1, signal_kinds=["copied"], created_at=NOW)
    (move,) = of(None, plan).moves
    assert (move.kind, move.source) == ("copied", None)
    assert move.per_day == pytest.approx(3 / 7)


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({"overlap": 2, "full_overlap_share": 0}, 6),
        ({"overlap": 2, "overlap_max": 4, "full_overlap_share": 0.5}, 9),
        # Nothing is drawn for full overlap where one label is enough.
        ({"overlap": 1, "overlap_max": 4, "full_overlap_share": 0.5}, 3),
        ({"second_look_share": 0.5}, 4.5),
    ],
)
def test_labels_a_day_follow_from_what_an_item_asks_for(
    feature: Feature, changes: dict[str, Any], labels: float
) -> None:
    default = stock.queue(feature)
    found = of(default, planned(default, **changes)).load
    assert found.before == pytest.approx(3)
    assert found.after == pytest.approx(labels)


def test_the_pace_is_that_of_people_in_the_feature_and_tells_when_the_backlog_is_done(feature: Feature) -> None:
    default = stock.queue(feature)
    items = list(Item.objects.order_by("queued_at", "pk"))
    assert of(default, planned(default)).load.pace is None
    for item in items[:8]:
        label(item, on=5, reason="verified" if item.signal_kind == "accepted" else "taste")
    found = of(default, planned(default)).load
    assert found.pace == pytest.approx(4)
    assert found.missing == 13
    assert found.growth == pytest.approx(-1)
    assert found.drained_in == pytest.approx(13)
    twice = of(default, planned(default, overlap=2, full_overlap_share=0)).load
    assert twice.growth == pytest.approx(2)
    assert twice.drained_in is None


def test_under_a_day_of_signals_no_rate_is_told() -> None:
    young = stock.feature()
    default = stock.queue(young)
    stock.items(young, 5)
    found = outlook.of(queue=default, planned=planned(default, overlap=2), now=NOW + timedelta(hours=23))
    assert (found.load.before, found.load.after, found.load.growth, found.open) == (None, None, None, 5)


def test_what_is_held_and_what_waits_is_counted(feature: Feature) -> None:
    default = stock.queue(feature, delay_hours=3)
    stock.items(feature, 4, now=A_WEEK_ON)
    lease.take(rater=stock.rater(), queue=default, now=A_WEEK_ON)
    found = of(default, planned(default))
    assert (found.open, found.held >= 1, found.waiting) == (21, True, 4)
    user = stock.rater().user
    assert user is not None
    assert outlook.held_by(queue=default, users=[user.pk], now=A_WEEK_ON) == found.held
    assert outlook.held_by(queue=default, users=[user.pk], now=day(8)) == 0


def test_a_shorter_limit_tells_which_days_it_closes_and_what_is_lost_and_so_it_comes(feature: Feature) -> None:
    default = stock.queue(feature)
    label(Item.objects.filter(cohort__day=NOW.date(), signal_kind="accepted")[0], on=0.1)
    told = outlook.closing(queue=default, limit_hours=72, now=A_WEEK_ON)
    assert (told.open, told.closing, told.unreached) == (7, 4, 11)
    assert outlook.closing(queue=default, limit_hours=168, now=A_WEEK_ON).closing == 0
    setup.change_queue(queue=default, wanted={"limit_hours": 72}, actor=audit.FLYWHEEL, now=A_WEEK_ON)
    assert cohorts.close_due(now=A_WEEK_ON) == 4
    assert Item.objects.filter(status=Item.Status.RESERVE).count() == 11
