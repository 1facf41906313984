"""What an admin of the sample did: two rules, one of them switched on and run, and a few answers marked as known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from annotation import audit
from annotation.labels import gold
from annotation.labels.rules import cases, labeling, sweep, switch, trial, writing
from annotation.lib import conditions
from annotation.models import Feature, Reason, Rule, RuleVersion, User

KNOWN = 3

# Name, what it says, and when.
RULES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "read-in-full",
        "verified",
        {
            "all": [
                {"field": "signal.share_of_reading", "comparison": "at_least", "value": 0.6},
                {"field": "evidence.kept", "comparison": "equals", "value": True},
            ]
        },
    ),
    ("too-fast", "unread", {"all": [{"field": "signal.share_of_reading", "comparison": "at_most", "value": 0.25}]}),
)


def write(*, feature: Feature, admin: User, now: datetime) -> None:
    """Write and try the rules, and switch the last one on."""
    by: dict[str, Any] = {"actor": audit.Actor(user=admin), "now": now}
    for name, code, condition in RULES:
        if not Rule.objects.filter(feature=feature, name=name).exists():
            version = writing.create(feature=feature, name=name, spec=_spec(code, condition), **by)
            trial.run(version=version, **by)
    last = RuleVersion.objects.get(rule__feature=feature, rule__name=RULES[-1][0])
    switch.on(version=last, **by)
    labeling.label(version=last, item_ids=list(cases.items_of(last).values_list("pk", flat=True)), now=now)


def mark(*, feature: Feature, admin: User, now: datetime) -> None:
    """The answers that were decided last are known from now on."""
    if not gold.known(feature).exists():
        items = [one.item for one in gold.candidates(feature)[:KNOWN]]
        gold.mark(items=items, actor=audit.Actor(user=admin), now=now)


def look(now: datetime) -> None:
    """What Celery beat does while Flywheel runs."""
    while sweep.new_items(now=now):
        pass


def _spec(code: str, condition: dict[str, Any]) -> writing.Spec:
    reasons = Reason.objects.select_related("taxonomy_version").filter(signal_kind="accepted", code=code)
    return writing.Spec(condition=conditions.parse(condition), reason=reasons.latest("pk"))
