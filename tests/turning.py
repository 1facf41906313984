"""A product whose wheel turns for weeks, with a known time for each step: made in bulk, as rows."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from annotation.models import Cohort, ConsensusRevision, Feature, Item, Label, Queue, Reason
from annotation.queues import cohorts
from tests import stock, worlds
from tests.worlds import day

KINDS = ("accepted", "edited", "thumbs_down")
REASONS = {
    "accepted": ("verified", "verified", "unread"),
    "edited": ("format_fix", "instruction_fix", "taste"),
    "thumbs_down": ("wrong_fact", "incomplete", "topic_disliked"),
}


def turn(
    of: Feature,
    *,
    days: int = 40,
    arrive: int = 16,
    reached: int = 12,
    label_after: float = 1,
    every: int = 7,
    train_after: float = 2,
    deploy_after: float = 1,
    turns: int | None = None,
    validation: dict[str, object] | None = None,
) -> None:
    """`arrive` items come each second day, of which people resolve the `reached` smallest keys `label_after` days
    later. Each `every` days an export of what is new is made, and so often (`turns`; None: always) a run trains on
    it."""
    for turned, number in enumerate(range(0, days, 2)):
        stock.items(of, arrive, kind=KINDS[turned % len(KINDS)], now=day(number))
        _resolve(of, number, reached, label_after)
    _close(of, days)
    for turned, at in enumerate(range(every, days + 1, every)):
        new = Item.objects.filter(feature=of, resolved_at__lte=day(at), resolved_at__gt=day(at - every))
        usable = new.filter(revisions__reason__uses__len__gt=0)
        export = worlds.export(list(usable), of=of, on=at)
        if turns is None or turned < turns:
            _learn(of, export, at, train_after, deploy_after, validation)


def _learn(of: Feature, export: object, at: float, train_after: float, deploy_after: float, validation: object) -> None:
    name = f"drafts-{at + 2:.0f}"
    worlds.run(export, on=at + train_after, name=f"run-{at}", makes=name, validation=validation)  # type: ignore[arg-type]
    worlds.deploy(of, on=at + train_after + deploy_after, version=name)
    worlds.answer(of, on=at + train_after + deploy_after + 0.25, version=name)


def _resolve(of: Feature, number: int, reached: int, after: float) -> None:
    """Those of that day with the smallest keys."""
    at, rater = day(number + after), stock.rater()
    items = list(Item.objects.filter(feature=of, queued_at=day(number)).order_by("key")[:reached])
    reasons = {one.code: one for one in Reason.objects.filter(signal_kind=items[0].signal_kind)}
    codes = REASONS[items[0].signal_kind]
    chosen = [reasons[codes[place % len(codes)]] for place in range(len(items))]
    labels = Label.objects.bulk_create(
        Label(
            item=item,
            rater=rater,
            reason=reason,
            taxonomy_version_id=reason.taxonomy_version_id,
            labeled_at=at,
            received_at=at,
            submission_id=uuid4(),
        )
        for item, reason in zip(items, chosen, strict=True)
    )
    ConsensusRevision.objects.bulk_create(
        ConsensusRevision(
            item=item,
            number=1,
            reason=reason,
            method="single",
            label_source="human",
            label_ids=[label.pk],
            resolved_at=at,
        )
        for item, reason, label in zip(items, chosen, labels, strict=True)
    )
    Item.objects.filter(pk__in=[item.pk for item in items]).update(
        status=Item.Status.RESOLVED, resolved_at=at, first_shown_at=at
    )


def _close(of: Feature, days: int) -> None:
    """The cohorts whose limit has passed, or that people finished."""
    (queue,) = Queue.objects.filter(feature=of)
    cohorts.close_due(now=day(days))
    late = Cohort.objects.filter(queue=queue, closed_at__isnull=True).order_by("-day").first()
    assert late is None or late.day >= (day(days) - timedelta(hours=queue.limit_hours + 48)).date()
