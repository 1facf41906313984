"""What decides an item, read by one statement: its labels, who gave them, its queue's rule, its last revision."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from annotation import loading
from annotation.consensus import rule
from annotation.models import Item, Label, Rater

DECIDE: Final = (Rater.Kind.HUMAN, Rater.Kind.GOLD)
SETTLED_ELSEWHERE: Final = (Item.Status.FLAGGED, Item.Status.WITHDRAWN)

# A row for each current label that decides, else one.
_READ: Final = """
SELECT i.id, i.status, i.signal_kind, i.needed, i.extra, i.taken, i.resolved_at,
    q.consensus = 'dawid_skene', CASE WHEN i.full_overlap THEN q.overlap_max ELSE q.overlap END, q.overlap_max,
    q.stop_at,
    CASE WHEN l.id IS NULL THEN (SELECT count(*) FROM annotation_skip s WHERE s.item_id = i.id) ELSE 0 END,
    i.revision_id, i.number, c.code, i.method, i.confidence, i.label_ids, i.decided_at, i.superseded_at IS NULL,
    l.id, l.reason_id, l.code, l.is_gold, l.is_adjudication, l.is_weightless, l.is_doubled, {told}
FROM (
    SELECT i.id, i.status, i.signal_kind, i.needed, i.extra, cardinality(i.taken) AS taken, i.resolved_at, i.queue_id,
        i.full_overlap,
        v.id AS revision_id, v.number, v.reason_id, v.method, v.confidence, v.label_ids, v.resolved_at AS decided_at,
        v.superseded_at
    FROM annotation_item i
    LEFT JOIN LATERAL (
        SELECT v.* FROM annotation_consensusrevision v WHERE v.item_id = i.id ORDER BY v.number DESC LIMIT 1
    ) v ON true
    WHERE i.id {which}
    OFFSET 0
) i
JOIN annotation_queue q ON q.id = i.queue_id
LEFT JOIN annotation_reason c ON c.id = i.reason_id
LEFT JOIN (
    SELECT l.id, l.item_id, l.rater_id, l.reason_id, r.code::text,
        p.kind = 'gold' AS is_gold, l.role = 'adjudicator' AS is_adjudication,
        coalesce(p.standing = 'quarantined' AND l.received_at >= p.standing_from, false) AS is_weightless,
        coalesce(p.standing = 'double_labeled' AND l.received_at >= p.standing_from, false) AS is_doubled
    FROM annotation_label l JOIN annotation_rater p ON p.id = l.rater_id JOIN annotation_reason r ON r.id = l.reason_id
    WHERE l.item_id {which} AND l.superseded_at IS NULL AND p.kind IN ('human', 'gold')
) l ON l.item_id = i.id
LEFT JOIN annotation_consensusfit f ON q.consensus = 'dawid_skene' AND f.is_used
    AND f.queue_id = i.queue_id AND f.signal_kind = i.signal_kind
{figures}
ORDER BY i.id, l.id
"""

# What each rater is likely to say is cut out of the figures of their queue's fit, or of everybody's where nothing is
# known of them; a reason that the fit doesn't know has none. For one item the plan that fits all is as good as one for
# each: PostgreSQL keeps it, and plans no more.
READ_ONE: Final = _READ.format(
    told="""f.reasons, f.log_prior, (coalesce(w.told, f.pooled))[
        (array_position(f.reasons, l.code) - 1) * cardinality(f.reasons) + 1
        : array_position(f.reasons, l.code) * cardinality(f.reasons)],
    coalesce(w.is_known, false)""",
    figures="LEFT JOIN annotation_consensusreliability w ON w.fit_id = f.id AND w.rater_id = l.rater_id",
    which="= $1",
)

# For many the figures would come with each label: they are read once.
READ_MANY: Final = _READ.format(told="f.id, l.rater_id", figures="", which="= ANY($1::bigint[])")

# SQL about an item and the rater who is about to label it, in a queue that counts: whether nothing was decided yet, and
# nothing said that decides or that weighs otherwise than one label. `item`, `rater` and `queue` are expressions.
IS_FIRST: Final = """
    NOT EXISTS (
        SELECT FROM annotation_label l JOIN annotation_rater p ON p.id = l.rater_id
        WHERE l.item_id = {item} AND l.superseded_at IS NULL AND p.kind IN ('human', 'gold')
    )
    AND NOT EXISTS (SELECT FROM annotation_consensusrevision v WHERE v.item_id = {item})
    AND NOT EXISTS (SELECT FROM annotation_skip s WHERE s.item_id = {item})
    AND EXISTS (
        SELECT FROM annotation_rater p
        WHERE p.id = {rater} AND p.kind = 'human' AND p.standing NOT IN ('quarantined', 'double_labeled')
    )
    AND EXISTS (SELECT FROM annotation_queue q WHERE q.id = {queue} AND q.consensus = 'majority')
"""

FITS: Final = """
SELECT f.id, f.reasons, f.log_prior, f.pooled, w.rater_id, w.is_known, w.told
FROM annotation_consensusfit f
JOIN annotation_queue q ON q.id = f.queue_id AND q.consensus = 'dawid_skene'
LEFT JOIN annotation_consensusreliability w ON w.fit_id = f.id
WHERE f.is_used AND f.queue_id = ANY($1::bigint[])
"""

# Where in a row the last revision begins, where the label does, and where what its fit says of it.
_ITEM: Final = 12
_LABEL: Final = 20
_TOLD: Final = 27

Figures = dict[int, "Weights"]
"""By the fit's id."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A fit's figures. `people`: by rater whether they are known, and what they say, as `everybody`: all of one `said`
    together."""

    fit: rule.Fit
    everybody: list[float]
    people: dict[int, tuple[bool, list[float]]]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.fit.reasons)}

    def of(self, rater_id: int, code: str) -> tuple[list[float] | None, bool]:
        is_known, told = self.people.get(rater_id, (False, self.everybody))
        place = self._places.get(code)
        if place is None:
            return None, is_known
        width = len(self.fit.reasons)
        return told[place * width : (place + 1) * width], is_known


class Said(NamedTuple):
    """A current label. One that is weightless counts for nothing; one that is doubled asks for another beside it."""

    vote: rule.Vote
    reason_id: int
    is_weightless: bool
    is_doubled: bool


class Revision(NamedTuple):
    """The latest of an item."""

    id: int
    number: int
    code: str
    method: str
    confidence: float | None
    label_ids: list[int]
    resolved_at: datetime
    is_current: bool


class Case(NamedTuple):
    """An item with all that decides it. `taken`: how many people hold or have labeled it.

    Where its overlap `stops` by itself, it is decided from so many labels as it starts with (`first`).
    """

    id: int
    status: str
    signal_kind: str
    needed: int
    extra: int
    taken: int
    resolved_at: datetime | None
    stops: bool
    first: int
    most: int
    stop_at: float
    skips: int
    last: Revision | None
    said: list[Said]
    fit: rule.Fit | None


def case(item_id: int) -> Case:
    """One item, read by one statement."""
    rows = loading.asked(READ_ONE, [item_id])
    *_, reasons, log_prior, _told, _known = rows[0]
    fit = rule.Fit(reasons=reasons, log_prior=log_prior) if reasons else None
    return _case(rows, fit, [(told, is_known) for *_, told, is_known in rows])


def only(item: Item, label: Label) -> Case:
    """An item about which this label is all that was ever said, in a queue that counts."""
    said = Said(rule.Vote(label.pk, label.reason.code), label.reason_id, is_weightless=False, is_doubled=False)
    return Case(
        id=item.pk,
        status=item.status,
        signal_kind=item.signal_kind,
        needed=item.needed,
        extra=item.extra,
        taken=len(item.taken),
        resolved_at=item.resolved_at,
        stops=False,
        first=item.needed,
        most=item.needed,
        stop_at=1.0,
        skips=0,
        last=None,
        said=[said],
        fit=None,
    )


def cases(item_ids: Sequence[int], *, figures: Figures) -> list[Case]:
    """Items of the queues whose `figures` these are, in the order of their ids."""
    found = loading.asked(READ_MANY, [list(item_ids)])
    return [_of_many(list(rows), figures) for _id, rows in groupby(found, key=itemgetter(0))]


def figures(queue_ids: Collection[int]) -> Figures:
    found: Figures = {}
    for pk, reasons, log_prior, pooled, rater_id, is_known, told in loading.asked(FITS, [list(queue_ids)]):
        if pk not in found:
            fit = rule.Fit(reasons=reasons, log_prior=log_prior)
            found[pk] = Weights(fit=fit, everybody=pooled, people={})
        if rater_id is not None:
            found[pk].people[rater_id] = is_known, told
    return found


def _of_many(rows: list[tuple[Any, ...]], figures: Figures) -> Case:
    weights = figures.get(rows[0][_TOLD])
    if weights is None:
        return _case(rows, None, [(None, False)] * len(rows))
    told = [weights.of(row[_TOLD + 1], row[_LABEL + 2]) for row in rows]
    return _case(rows, weights.fit, told)


def _case(rows: list[tuple[Any, ...]], fit: rule.Fit | None, told: list[tuple[list[float] | None, bool]]) -> Case:
    first = rows[0]
    last = Revision(*first[_ITEM:_LABEL]) if first[_ITEM] is not None else None
    said = [_said(row[_LABEL:_TOLD], *one) for row, one in zip(rows, told, strict=True) if row[_LABEL] is not None]
    return Case._make((*first[:_ITEM], last, said, fit))


def _said(row: tuple[Any, ...], told: list[float] | None, is_known: bool) -> Said:
    label_id, reason_id, code, is_gold, is_adjudication, is_weightless, is_doubled = row
    vote = rule.Vote(label_id, code, is_gold, is_adjudication, told, is_known)
    return Said(vote, reason_id, is_weightless, is_doubled)
