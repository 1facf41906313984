"""Rules and what they are about, in one call each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from annotation import audit
from annotation.labels.rules import switch, trial, writing
from annotation.lib import conditions
from annotation.models import Feature, Item, Reason, Rule, RuleVersion, Signal, SignalContent
from tests import stock
from tests.cast import NOW

BY: dict[str, Any] = {"actor": audit.FLYWHEEL, "now": NOW}
FAST = {"all": [{"field": "details.dwell_ms", "comparison": "at_most", "value": 2000}]}


def spec(condition: object = FAST, *, code: str = "unread", kind: str = "accepted", **more: Any) -> writing.Spec:
    published = Reason.objects.filter(taxonomy_version__published_at__isnull=False)
    reason = published.select_related("taxonomy_version").filter(signal_kind=kind, code=code).latest("pk")
    return writing.Spec(condition=conditions.parse(condition), reason=reason, **more)


def written(of: Feature, name: str = "too-fast", condition: object = FAST, **more: Any) -> RuleVersion:
    return writing.create(feature=of, name=name, spec=spec(condition, **more), **BY)


def on(version: RuleVersion, *, now: datetime = NOW) -> Rule:
    """Tried and switched on."""
    trial.run(version=version, actor=audit.FLYWHEEL, now=now)
    return switch.on(version=version, actor=audit.FLYWHEEL, now=now)


def items(of: Feature, *dwell_ms: int, now: datetime = NOW, kind: str = "accepted") -> list[Item]:
    """Items whose signals came after so many milliseconds, in the order in which these are named."""
    made = sorted(stock.items(of, len(dwell_ms), kind=kind, now=now), key=lambda one: one.pk)
    SignalContent.objects.bulk_create(
        SignalContent(signal=Signal.objects.get(pk=item.signal_id), details={"dwell_ms": value}, facts=[])
        for item, value in zip(made, dwell_ms, strict=True)
    )
    return made
