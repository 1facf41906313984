"""A version tried on items that are there already, before it labels anything: how many, and how often people agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction

from annotation import audit
from annotation.consensus import resolve
from annotation.labels.rules import cases, writing
from annotation.lib import conditions
from annotation.lib.intervals import Share
from annotation.models import ConsensusRevision, RuleVersion

LOOKED_AT = 2_000
"""The latest so many items are looked at: a page waits for it."""

BATCH = 200
SHOWN = 10
"""Items of each sort that are kept to be looked at."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """`would_label` of `looked_at` items. People have decided `judged` of these, and `agreed` in so many.

    The other way round: people gave this reason to `said` of all items, and the rule `found` so many of them.
    `differing`, `agreeing`, `undecided`: ids of items that it would label, to be looked at.
    """

    looked_at: int = 0
    would_label: int = 0
    judged: int = 0
    agreed: int = 0
    said: int = 0
    found: int = 0
    differing: list[int] = field(default_factory=list)
    agreeing: list[int] = field(default_factory=list)
    undecided: list[int] = field(default_factory=list)

    @property
    def right(self) -> Share:
        return Share(hits=self.agreed, n=self.judged)

    @property
    def caught(self) -> Share:
        return Share(hits=self.found, n=self.said)


@transaction.atomic
def run(*, version: RuleVersion, actor: audit.Actor, now: datetime) -> Trial:
    """Try it on the latest items, and keep what came of that: from then on it may be switched on."""
    tried = of(version)
    RuleVersion.objects.filter(pk=version.pk).update(tried_at=now, tried=asdict(tried))
    writing.record(version, "rule.tried", actor=actor, now=now, looked_at=tried.looked_at, labels=tried.would_label)
    return tried


def last(version: RuleVersion) -> Trial | None:
    """What came of the last trial."""
    return None if version.tried is None else Trial(**version.tried)


def of(version: RuleVersion) -> Trial:
    """Try it and keep nothing."""
    ids = list(cases.items_of(version).order_by("-pk").values_list("pk", flat=True)[:LOOKED_AT])
    held = holding(version, ids)
    decided = _decided(ids)
    code = version.reason.code
    said = {pk for pk, reason in decided.items() if reason == code}
    agreeing = [pk for pk in held if pk in said]
    differing = [pk for pk in held if pk in decided and pk not in said]
    return Trial(
        looked_at=len(ids),
        would_label=len(held),
        judged=len(agreeing) + len(differing),
        agreed=len(agreeing),
        said=len(said),
        found=len(agreeing),
        differing=differing[:SHOWN],
        agreeing=agreeing[:SHOWN],
        undecided=[pk for pk in held if pk not in decided][:SHOWN],
    )


def holding(version: RuleVersion, item_ids: list[int]) -> list[int]:
    """Those of the items for which the condition holds, in the order in which they were given."""
    condition = writing.condition_of(version)
    fields = conditions.fields_of(condition)
    found: set[int] = set()
    for start in range(0, len(item_ids), BATCH):
        batch = cases.of(item_ids[start : start + BATCH], fields=fields)
        found |= {pk for pk, case in batch if conditions.holds(condition, case)}
    return [pk for pk in item_ids if pk in found]


def _decided(item_ids: list[int]) -> Mapping[int, str]:
    """By item that people or gold have decided: the reason's code."""
    rows = ConsensusRevision.objects.filter(item__in=item_ids, superseded_at=None, label_source__in=resolve.DECIDE)
    return dict(rows.values_list("item_id", "reason__code"))
