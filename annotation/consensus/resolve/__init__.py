"""Write what the rule decides: a new revision where it differs from the current one.

One item as its labels come, or many at once because what decides them has changed: the same rule, read by one
statement and written by one. The caller has locked the items' rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from annotation.consensus import rule
from annotation.consensus.resolve import reading, writing
from annotation.consensus.resolve.deciding import Outcome, decide
from annotation.consensus.resolve.reading import DECIDE, IS_FIRST, SETTLED_ELSEWHERE, Figures
from annotation.consensus.resolve.settling import Told, settle
from annotation.models import Item, Label, TaxonomyVersion

__all__ = [
    "DECIDE",
    "IS_FIRST",
    "SETTLED_ELSEWHERE",
    "Figures",
    "Told",
    "by_version",
    "figures_of",
    "first",
    "item",
    "many",
    "settle",
]

figures_of = reading.figures


def item(*, item: Item, version: TaxonomyVersion, now: datetime) -> rule.Decision:
    """Decide the item anew, set its status and how many people it asks for, here and in the database.

    A flagged or withdrawn item keeps its status: its labels stay, and count again when it comes back.
    `version` is the taxonomy version in which `no_context` is looked up.
    """
    outcome = decide(reading.case(item.pk), now=now)
    if outcome.case.status not in SETTLED_ELSEWHERE:
        writing.write([outcome], version=version, now=now)
        _tell(item, outcome)
    return outcome.decision


def first(*, item: Item, label: Label, version: TaxonomyVersion, now: datetime) -> tuple[str, list[Any]]:
    """As `item`, by a label that is about to be stored and is the only thing that anybody has ever said about it
    (`IS_FIRST`): there is nothing to read, and what is to be written goes with the label. Returns the parts of a WITH
    that write it (empty: nothing changes), and their parameters.
    """
    outcome = decide(reading.only(item, label), now=now)
    if outcome.case.status in SETTLED_ELSEWHERE:
        return "", []
    _tell(item, outcome)
    return writing.beside(outcome, version=version)


def _tell(item: Item, outcome: Outcome) -> None:
    item.status, item.resolved_at = outcome.status, outcome.resolved_at
    item.needed, item.extra = outcome.needed, outcome.extra


def many(
    *,
    item_ids: Sequence[int],
    version: TaxonomyVersion,
    now: datetime,
    figures: Figures,
    keeps_time: bool = True,
    is_told_now: bool = True,
) -> int:
    """Decide each of these items anew, and return how many revisions that made or ended.

    `figures`: of the items' queues, by `figures_of`. Where an item was resolved and keeps its reason, the new revision
    keeps the time at which it was resolved: datasets show what was known at that time, and spans are counted to it.
    (Not where `keeps_time` is false: labels came, as for `item`.) A new reason is one of now, or where `is_told_now` is
    false, of then: the labels are the same, told in other words.
    """
    cases = [case for case in reading.cases(item_ids, figures=figures) if case.status not in SETTLED_ELSEWHERE]
    outcomes = [decide(case, now=now, keeps_time=keeps_time, is_told_now=is_told_now) for case in cases]
    writing.write(outcomes, version=version, now=now)
    return sum(one.is_revised for one in outcomes)


def by_version(*, items: Iterable[Item], latest: TaxonomyVersion, now: datetime, keeps_time: bool = True) -> None:
    """As `many`, each by the version that its queue is bound to, else by the `latest`. The queues are at hand."""
    found: dict[TaxonomyVersion, list[Item]] = defaultdict(list)
    for one in items:
        found[one.queue.taxonomy_version or latest].append(one)
    for version, own in found.items():
        figures = figures_of({one.queue_id for one in own})
        ids = sorted(one.pk for one in own)
        many(item_ids=ids, version=version, now=now, figures=figures, keeps_time=keeps_time)
