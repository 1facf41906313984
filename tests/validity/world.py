"""Days in the life of a feature whose signals are judged: what arrives, what people decide of it, how days close.

Interactions come through the door of ingest; decisions are rows, since what is reckoned from them is the question here
and not how they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from annotation import taxonomy, validity
from annotation.ingest import settle, store
from annotation.labels import raters
from annotation.models import Cell, Cohort, ConsensusRevision, Feature, Item, Label, Rater, Reason
from annotation.queues import cohorts
from annotation.validity import cells
from annotation.validity.figures import Figures
from tests import crowd, stock
from tests.cast import NOW
from tests.ingest.sent import interaction, signal

DAY = timedelta(days=1)
GOOD, BAD, NOT_MODEL, UNKNOWABLE = "good", "bad", "not_about_model", "unknowable"

# A reason of each outcome that every kind has, or its own first ones.
CODES = {
    "accepted": {GOOD: "verified", BAD: "undone_later", NOT_MODEL: "slip", UNKNOWABLE: "no_context"},
    "edited": {GOOD: "taste", BAD: "fact_fix", NOT_MODEL: "slip", UNKNOWABLE: "no_context"},
    "abandoned": {GOOD: "got_answer", BAD: "gave_up", NOT_MODEL: "slip", UNKNOWABLE: "no_context"},
}


def day(number: float) -> datetime:
    return NOW + number * DAY


def arrive(kinds: Sequence[Sequence[str]], *, on: int, version: str = "drafts-1", **changes: Any) -> list[Item]:
    """One interaction for each list of kinds of signals, on that day; returns their items in the order of their keys.

    A value of `changes` that is callable is asked for each interaction's number.
    """
    at = day(on)
    records = [
        interaction(
            f"gen_{on:03}_{version}_{number:05}",
            model_version=version,
            occurred_at=(at - timedelta(hours=1) + timedelta(seconds=number)).isoformat(),
            signals=[signal(kind, id=f"s{place}", observed_at=at.isoformat()) for place, kind in enumerate(of)],
            **{name: one(number) if callable(one) else one for name, one in changes.items()},
        )
        for number, of in enumerate(kinds)
    ]
    outcome = store.interactions(records=list(enumerate(records)), now=at)
    assert outcome.accepted == len(records), outcome.refused[:1]
    return items(on)


def items(on: int) -> list[Item]:
    return list(Item.objects.filter(cohort__day=day(on).date()).select_related("interaction").order_by("key", "pk"))


def decide(found: Iterable[Item], outcome: Callable[[Item], str], *, now: datetime = NOW, **label: Any) -> None:
    """Resolve these items as somebody who labels them would; "" leaves one shown and undecided."""
    person = stock.rater()
    reasons = {(one.signal_kind, one.code): one for one in Reason.objects.filter(taxonomy_version=taxonomy.current())}
    labels, revisions, resolved = [], [], []
    for item in found:
        said = outcome(item)
        if not said:
            Item.objects.filter(pk=item.pk).update(first_shown_at=now)
            continue
        reason = reasons[item.signal_kind, CODES[item.signal_kind][said]]
        labels.append(crowd.label(item, person, reason, now=now, **label))
        revisions.append(
            ConsensusRevision(
                item=item, number=1, reason=reason, method="single", label_source="human", resolved_at=now
            )
        )
        resolved.append(item.pk)
    Label.objects.bulk_create(labels)
    ConsensusRevision.objects.bulk_create(revisions)
    Item.objects.filter(pk__in=resolved).update(status="resolved", first_shown_at=now, resolved_at=now)


def reach(found: Iterable[Item]) -> None:
    """Show these items to somebody, who leaves them undecided."""
    Item.objects.filter(pk__in=[item.pk for item in found]).update(first_shown_at=NOW)


def correct(found: Iterable[Item], said: str, *, now: datetime) -> None:
    """Decide these items otherwise."""
    reasons = {one.signal_kind: one for one in Reason.objects.filter(taxonomy_version=taxonomy.current(), code=said)}
    for item in found:
        old = ConsensusRevision.objects.get(item=item, superseded_at=None)
        ConsensusRevision.objects.filter(pk=old.pk).update(superseded_at=now)
        ConsensusRevision.objects.create(
            item=item,
            number=old.number + 1,
            reason=reasons[item.signal_kind],
            method="adjudicated",
            label_source="human",
            resolved_at=now,
        )


def answers(found: Iterable[Item], rater: Rater, outcome: Callable[[Item], str], *, now: datetime = NOW) -> None:
    """What a rule or judge says of these items; "" is nothing."""
    reasons = {(one.signal_kind, one.code): one for one in Reason.objects.filter(taxonomy_version=taxonomy.current())}
    Label.objects.bulk_create(
        crowd.label(item, rater, reasons[item.signal_kind, CODES[item.signal_kind][said]], now=now)
        for item in found
        if (said := outcome(item))
    )


def machine(kind: str, name: str = "one") -> Rater:
    return raters.own(kind=kind, name=name)


def close(*, on: int) -> None:
    """All that arrived by that day has settled, and its cohorts close."""
    now = day(on)
    while settle.settle(now=now):
        pass
    cohorts.close_due(now=now)


def write(*, on: float) -> int:
    """Write all terms that are due, and return of how many cohorts."""
    written = 0
    while count := validity.write_terms(now=day(on)):
        written += count
    return written


def cell(kind: str, *, of: Feature, version: str = "drafts-1") -> tuple[Cell, Figures]:
    found = Cell.objects.get(feature=of, signal_kind=kind, model_version=version, part=None)
    return found, cells.State.of(found).figures


def close_at(threshold: float, *, on: int) -> None:
    """As if people had come just so far."""
    Cohort.objects.filter(day=day(on).date()).update(threshold=threshold, closed_at=day(on + 8))
