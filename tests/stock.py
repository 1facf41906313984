"""Stock a queue with open items, as rows: for tests of what happens to items, not of how they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from django.db import connections

from annotation.labels import raters
from annotation.models import Feature, Interaction, InteractionContent, Item, Queue, Rater, Signal, User
from annotation.queues import fill, setup
from tests import cast
from tests.cast import NOW


def feature(slug: str = "drafts", **spec: Any) -> Feature:
    return cast.feature(slug, **spec)


def queue(of: Feature, **changes: Any) -> Queue:
    """The feature's default queue, with these fields changed.

    No item is drawn for full overlap unless a test says so: that draw depends on ids, and so on which tests ran before.
    """
    changes.setdefault("full_overlap_share", 0)
    Queue.objects.filter(feature=of, name=setup.DEFAULT_QUEUE).update(**changes)
    return Queue.objects.select_related("feature", "taxonomy_version").get(feature=of, name=setup.DEFAULT_QUEUE)


def rater(number: int = 1) -> Rater:
    user, _ = User.objects.get_or_create(email=f"person{number}@example.com")
    return raters.for_user(user)


def items(of: Feature, count: int, *, kind: str = "accepted", now: datetime = NOW, late: bool = False) -> list[Item]:
    """`count` new items, each of its own interaction, in the order in which they are served."""
    interactions = Interaction.objects.bulk_create(_interactions(of, count, now))
    InteractionContent.objects.bulk_create(
        InteractionContent(interaction=one, input="Write to Ann.", output="Dear Ann,\n\nthank you.")
        for one in interactions
    )
    signals = Signal.objects.bulk_create(
        Signal(interaction=one, external_id="s-1", kind=kind, observed_at=now, ingested_at=now, is_late=late)
        for one in interactions
    )
    fill.place(signals=[fill.stored(signal) for signal in signals], now=now)
    return list(Item.objects.filter(signal__in=signals).order_by("key", "id"))


def together(workers: int, function: Any, arguments: Iterator[Any] | list[Any]) -> list[Any]:
    """Call the function with each argument, `workers` at a time, each thread on a connection of its own."""

    def closing(argument: Any) -> Any:
        try:
            return function(argument)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(closing, arguments))


def _interactions(of: Feature, count: int, now: datetime) -> list[Interaction]:
    start = Interaction.objects.filter(feature=of).count()
    return [
        Interaction(
            feature=of,
            external_id=f"gen_{number:06}",
            fingerprint=number.to_bytes(16),
            occurred_at=now,
            ingested_at=now,
            model_version="drafts-1",
            # Spread evenly and out of order, so that serving by key is not serving by age.
            random_number=(number * 0.618034 + 0.05) % 1 or 0.5,
        )
        for number in range(start, start + count)
    ]


def conversation(of: Feature, *kinds: str, name: str = "c1", now: datetime = NOW) -> list[Item]:
    """A conversation of as many turns as kinds are named, a minute apart, each with an open item of its kind."""
    made = [items(of, 1, kind=kind, now=now)[0] for kind in kinds]
    for turn, item in enumerate(made, start=1):
        Interaction.objects.filter(pk=item.interaction_id).update(
            conversation_id=name, conversation_rank=turn, occurred_at=now + timedelta(minutes=turn)
        )
    return made
