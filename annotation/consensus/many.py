"""Decide many items anew at once, because what their labels say was mapped: same rule, few statements.

What people decided then is not decided now. Where an item was resolved and stays so, the new revision keeps the time
at which it was resolved: datasets show what was known at that time, and spans are counted to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Count

from annotation import copying
from annotation.consensus import resolve, rule
from annotation.models import ConsensusRevision, Item, Label, Rater, Reason, Skip, TaxonomyVersion

COLUMNS = {
    "item_id": "int8",
    "number": "int4",
    "reason_id": "int8",
    "method": "text",
    "label_source": "text",
    "confidence": "float8",
    "label_ids": "int8[]",
    "resolved_at": "timestamptz",
}

SET_STATUS = """
    UPDATE annotation_item i SET status = told.status, resolved_at = told.resolved_at
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS told (id, status, resolved_at)
    WHERE i.id = told.id
"""


class _Item(NamedTuple):
    id: int
    signal_kind: str
    status: str
    needed: int
    resolved_at: datetime | None


class _Said(NamedTuple):
    """A current label that decides."""

    item_id: int
    label_id: int
    reason_id: int
    code: str
    role: str
    kind: str


class _Revision(NamedTuple):
    """The latest of an item, current or not."""

    item_id: int
    id: int
    number: int
    code: str
    method: str
    confidence: float | None
    label_ids: list[int]
    resolved_at: datetime
    superseded_at: datetime | None


def items(*, item_ids: Sequence[int], version: TaxonomyVersion, now: datetime) -> None:
    """Write the decision about each of these items, whose rows the caller has locked, and set their status.

    `version` is the one in which `no_context` is looked up. Flagged and withdrawn items keep their status.
    """
    chosen = _items(item_ids)
    ids = [item.id for item in chosen]
    said = _said(ids)
    decisions = _decide(chosen, said)
    last = _last_revisions(ids)
    changed = [item for item in chosen if not _stands(last.get(item.id), decisions[item.id])]
    _end([last[item.id] for item in changed if item.id in last], now)
    reasons = {one.label_id: one.reason_id for votes in said.values() for one in votes}
    copying.rows(
        "annotation_consensusrevision",
        COLUMNS,
        [
            _revision(item, decisions[item.id], last.get(item.id), reasons, version, now)
            for item in changed
            if decisions[item.id].reason is not None
        ],
    )
    _set_status(chosen, decisions, now)


def _items(ids: Sequence[int]) -> list[_Item]:
    found = Item.objects.filter(pk__in=ids).exclude(status__in=resolve.SETTLED_ELSEWHERE)
    return [_Item(*row) for row in found.order_by("pk").values_list(*_Item._fields)]


def _said(ids: Sequence[int]) -> dict[int, list[_Said]]:
    """By item, the first first."""
    labels = Label.objects.filter(item__in=ids, superseded_at=None, rater__kind__in=resolve.DECIDE).order_by("pk")
    told: dict[int, list[_Said]] = defaultdict(list)
    for row in labels.values_list("item_id", "pk", "reason_id", "reason__code", "role", "rater__kind"):
        told[row[0]].append(_Said(*row))
    return told


def _decide(items: Sequence[_Item], said: Mapping[int, Sequence[_Said]]) -> dict[int, rule.Decision]:
    skips = _skips([item.id for item in items if not said.get(item.id)])
    return {
        item.id: rule.majority(
            votes=[_vote(one) for one in said.get(item.id, ())], needed=item.needed, skips=skips[item.id]
        )
        for item in items
    }


def _vote(one: _Said) -> rule.Vote:
    return rule.Vote(
        label_id=one.label_id,
        reason=one.code,
        is_gold=one.kind == Rater.Kind.GOLD,
        is_adjudication=one.role == Label.Role.ADJUDICATOR,
    )


def _skips(ids: Sequence[int]) -> Counter[int]:
    rows = Skip.objects.filter(item__in=ids).values_list("item").annotate(skips=Count("pk")) if ids else ()
    return Counter(dict(rows))


def _last_revisions(ids: Sequence[int]) -> dict[int, _Revision]:
    rows = ConsensusRevision.objects.filter(item__in=ids).order_by("item", "-number").distinct("item")
    fields = ["reason__code" if name == "code" else name for name in _Revision._fields]
    return {row[0]: _Revision(*row) for row in rows.values_list(*fields)}


def _stands(last: _Revision | None, decision: rule.Decision) -> bool:
    if last is None or last.superseded_at is not None:
        return decision.reason is None
    told = (last.code, last.method, last.confidence, tuple(last.label_ids))
    return told == (decision.reason, decision.method, decision.confidence, decision.label_ids)


def _end(revisions: Sequence[_Revision], now: datetime) -> None:
    current = [one.id for one in revisions if one.superseded_at is None]
    ConsensusRevision.objects.filter(pk__in=current).update(superseded_at=now)


def _revision(
    item: _Item,
    decision: rule.Decision,
    last: _Revision | None,
    reasons: Mapping[int, int],
    version: TaxonomyVersion,
    now: datetime,
) -> tuple[object, ...]:
    return (
        item.id,
        last.number + 1 if last else 1,
        reasons[decision.label_ids[-1]] if decision.label_ids else _no_label(item, decision, version),
        decision.method,
        decision.label_source,
        decision.confidence,
        list(decision.label_ids),
        last.resolved_at if last is not None and last.superseded_at is None else now,
    )


def _no_label(item: _Item, decision: rule.Decision, version: TaxonomyVersion) -> int:
    return Reason.objects.get(taxonomy_version=version, signal_kind=item.signal_kind, code=decision.reason).pk


def _set_status(items: Sequence[_Item], decisions: Mapping[int, rule.Decision], now: datetime) -> None:
    told = [
        (item.id, resolve.status_of(item.status, decision), (item.resolved_at or now) if decision.reason else None)
        for item in items
        for decision in (decisions[item.id],)
    ]
    before = {(item.id, item.status, item.resolved_at) for item in items}
    moved = [one for one in told if one not in before]
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(SET_STATUS, [list(column) for column in zip(*moved, strict=True)])
