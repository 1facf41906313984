"""Say which later results are delayed outcomes, and which value of each is good: only who sends them knows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.models import DelayedOutcome, Feature

MOST: Final = 20
MARGIN: Final = 0.10


class UnknownOutcome(Refusal):
    """{feature} has no delayed outcome of this name. Name it first, with POST /api/v1/delayed-outcomes or on the page
    of delayed outcomes."""

    code = "unknown_outcome"
    status = 404


class TooManyOutcomes(Refusal):
    """{feature} has {most} delayed outcomes, and more are not audited. Remove one that nobody needs."""

    code = "too_many_outcomes"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a delayed outcome is, as `annotation.models.DelayedOutcome` has it."""

    days: int
    good_when: bool = True
    absent_is_false: bool = False
    margin: float = MARGIN


@transaction.atomic
def name(
    *, feature: Feature, name: str, meaning: Meaning, actor: audit.Actor, now: datetime
) -> tuple[DelayedOutcome, bool]:
    """The outcome of this name, and whether it means something else than before; its audit then begins anew."""
    Feature.objects.select_for_update().get(pk=feature.pk)
    wanted = asdict(meaning)
    known = DelayedOutcome.objects.filter(feature=feature, name=name).first()
    if known is not None and all(getattr(known, field) == value for field, value in wanted.items()):
        return known, False
    if known is None and DelayedOutcome.objects.filter(feature=feature).count() >= MOST:
        raise TooManyOutcomes(feature=feature.slug, most=MOST)
    anew = {**wanted, "named_at": now, "figures": None, "computed_at": None}
    outcome, _ = DelayedOutcome.objects.update_or_create(feature=feature, name=name, defaults=anew)
    _record("delayed_outcome.named", outcome, actor, now)
    return outcome, True


@transaction.atomic
def remove(*, outcome: DelayedOutcome, actor: audit.Actor, now: datetime) -> None:
    """Its audit goes; the results that were sent stay where they are."""
    _record("delayed_outcome.removed", outcome, actor, now)
    outcome.delete()


def find(*, feature: Feature, name: str) -> DelayedOutcome:
    found = DelayedOutcome.objects.filter(feature=feature, name=name).first()
    if found is None:
        raise UnknownOutcome(feature=feature.slug)
    return found


def _record(verb: str, outcome: DelayedOutcome, actor: audit.Actor, now: datetime) -> None:
    data = {field: getattr(outcome, field) for field in ("days", "good_when", "absent_is_false", "margin")}
    target = ("delayed_outcome", outcome.pk)
    audit.record(actor=actor, verb=verb, target=target, feature=outcome.feature, now=now, data=data)
