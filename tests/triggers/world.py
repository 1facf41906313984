"""Triggers in one line each, and what they watch: decisions, days that closed and verdicts, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from annotation import audit, taxonomy, triggers
from annotation.models import (
    Cell,
    Cohort,
    ConsensusRevision,
    Delivery,
    Feature,
    Item,
    Look,
    Queue,
    Reason,
    Term,
    TermSheet,
    Trigger,
    TriggerFiring,
)
from annotation.triggers.conditions import Condition, read
from annotation.triggers.marks import LAG
from annotation.webhooks import deliveries
from tests import stock
from tests.cast import NOW

DAY = timedelta(days=1)
HOOK = "https://hooks.example.com/flywheel"
BEFORE = NOW - timedelta(hours=1)


def day(number: float) -> datetime:
    return NOW + number * DAY


def count(at_least: int = 3, **changes: Any) -> Condition:
    return read({"kind": "count", "at_least": at_least, "reasons": ["verified"]} | changes)


def share(reasons: Sequence[str] = ("gave_up",), **changes: Any) -> Condition:
    return read({"kind": "share", "signal_kind": "abandoned", "reasons": list(reasons)} | changes)


def verdict(*verdicts: str, kind: str = "accepted") -> Condition:
    return read({"kind": "verdict", "signal_kind": kind, "verdicts": list(verdicts) or ["valid"]})


def trigger(of: Feature, condition: Condition, name: str = "watch", *, now: datetime = BEFORE, **plan: Any) -> Trigger:
    """One that counts what is decided after `now`, as long as that is not within the lag."""
    plan.setdefault("cooldown_hours", 1)
    wanted = triggers.Plan(condition=condition, **({"webhook": HOOK} | plan if "recipe" not in plan else plan))
    made, _, _ = triggers.create(feature=of, name=name, plan=wanted, actor=audit.FLYWHEEL, now=now)
    return made


def watched(of: Trigger, *, now: datetime) -> TriggerFiring | None:
    """A look that takes in all that was decided up to `now`."""
    return triggers.watch(trigger_id=of.pk, now=now + LAG)


def told(of: Feature) -> tuple[Trigger, Delivery]:
    """A trigger that fired, and the message about it, which was answered with markup."""
    made = trigger(of, count(1, reasons=[]), "told", now=NOW - DAY, webhook="https://hooks.example.com/<b>x</b>")
    decide(of, 1, now=NOW - DAY / 2)
    watched(made, now=NOW)
    deliveries.note(now=NOW + LAG)
    Delivery.objects.filter(webhook__trigger=made).update(answer_status=500, answer="<script>alert(1)</script>", sent=1)
    return made, Delivery.objects.get(webhook__trigger=made)


def played(of: Feature, condition: Condition, *, days: int, now: datetime, cooldown_hours: int = 1) -> list[int]:
    """The days on which it would have fired, counted from the first of the test."""
    found = triggers.play(feature=of, condition=condition, cooldown_hours=cooldown_hours, days=days, now=now + LAG)
    return [(one.at - LAG - NOW).days for one in found if one.fires]


def decide(
    of: Feature, count: int, reason: str = "verified", *, kind: str = "accepted", now: datetime = NOW
) -> list[Item]:
    """As many new items, decided at once."""
    items = stock.items(of, count, kind=kind, now=now)
    revise(items, reason, now=now)
    return items


def revise(items: Sequence[Item], reason: str, *, now: datetime) -> None:
    """Decide these as this from now on."""
    reasons = {one.signal_kind: one for one in Reason.objects.filter(code=reason, taxonomy_version=taxonomy.current())}
    last = {one.item_id: one for one in ConsensusRevision.objects.filter(item__in=items, superseded_at=None)}
    ConsensusRevision.objects.filter(pk__in=[one.pk for one in last.values()]).update(superseded_at=now)
    ConsensusRevision.objects.bulk_create(
        ConsensusRevision(
            item=item,
            number=last[item.pk].number + 1 if item.pk in last else 1,
            reason=reasons[item.signal_kind],
            method="single",
            label_source="human",
            resolved_at=now,
        )
        for item in items
    )
    Item.objects.filter(pk__in=[item.pk for item in items]).update(status="resolved", resolved_at=now)


def closed(
    of: Feature,
    number: int,
    said: Mapping[str, int],
    *,
    kind: str = "abandoned",
    probability: float = 0.5,
    version: int | None = None,
    late: float = 1,
) -> TermSheet:
    """A day whose terms were written `late` days after it: how many of its sample were decided as what; "": not."""
    queue = Queue.objects.get(feature=of)
    at = day(number)
    closing = {"closed_at": at, "threshold": 1}
    cohort, _ = Cohort.objects.get_or_create(queue=queue, day=at.date(), defaults=closing)
    sheet = TermSheet.objects.create(cohort=cohort, feature=of, day=at.date(), written_at=day(number + late))
    chosen = Reason.objects.filter(signal_kind=kind, taxonomy_version=version or taxonomy.current())
    reasons = {one.code: one for one in chosen}
    start = Term.objects.count() + 1
    decided = [reasons.get(code) for code, count in said.items() for _ in range(count)]
    Term.objects.bulk_create(
        Term(
            item_id=start + place,
            sheet=sheet,
            cohort=cohort,
            feature=of,
            interaction_id=start + place,
            signal_kind=kind,
            model_version="drafts-1",
            is_first=True,
            kinds=[kind],
            counts_with=True,
            counts_without=[],
            probability=probability,
            outcome=reason.outcome if reason else "unknowable",
            reason=reason,
            lam_good=0,
            lam_bad=0,
            written_at=sheet.written_at,
        )
        for place, reason in enumerate(decided)
    )
    return sheet


def judged(of: Feature, said: Mapping[int, str], *, kind: str = "accepted", version: str = "drafts-1") -> Cell:
    """A signal whose verdict became this after these days' cohorts, each known a day later."""
    queue = Queue.objects.get(feature=of)
    last = max(said)
    cell = Cell.objects.create(
        feature=of,
        signal_kind=kind,
        model_version=version,
        polarity="positive",
        verdict=said[last],
        verdict_at=None if said[last] == "not_enough" else day(last + 1),
        computed_at=day(last + 1),
    )
    for number, verdict in said.items():
        at = day(number)
        cohort, is_new = Cohort.objects.get_or_create(
            queue=queue, day=at.date(), defaults={"closed_at": at, "threshold": 1}
        )
        if is_new:
            TermSheet.objects.create(cohort=cohort, feature=of, day=at.date(), written_at=day(number + 1))
        rates = dict.fromkeys(("rate", "rate_low", "rate_high", "difference", "difference_low", "difference_high"), 0.5)
        Look.objects.create(cell=cell, day=at.date(), labels=200, verdict=verdict, **rates)
    return cell
