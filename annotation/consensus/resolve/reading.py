"""What decides an item, read by one statement: its labels, who gave them, its queue's rule, its last revision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from annotation import loading
from annotation.consensus import rule
from annotation.models import Item, Label, Rater

DECIDE: Final = (Rater.Kind.HUMAN, Rater.Kind.GOLD)
SETTLED_ELSEWHERE: Final = (Item.Status.FLAGGED, Item.Status.WITHDRAWN)

# A row for each current label that decides, else one. What each rater is likely to say is cut out of the figures of
# their queue's fit, or of everybody's where nothing is known of them; a reason that the fit doesn't know has none.
READ: Final = """
SELECT i.id, i.status, i.signal_kind, i.needed, i.extra, cardinality(i.taken), i.resolved_at,
    q.consensus = 'dawid_skene', q.overlap_max, q.stop_at,
    CASE WHEN l.id IS NULL THEN (SELECT count(*) FROM annotation_skip s WHERE s.item_id = i.id) ELSE 0 END,
    f.reasons, f.log_prior,
    c.id, c.number, c.code, c.method, c.confidence, c.label_ids, c.resolved_at, c.superseded_at IS NULL,
    l.id, l.reason_id, l.code, l.role, l.kind, l.is_weightless, l.is_doubled,
    (coalesce(w.told, f.pooled))[
        (array_position(f.reasons, l.code) - 1) * cardinality(f.reasons) + 1
        : array_position(f.reasons, l.code) * cardinality(f.reasons)],
    coalesce(w.is_known, false)
FROM annotation_item i
JOIN annotation_queue q ON q.id = i.queue_id
LEFT JOIN annotation_consensusfit f ON q.consensus = 'dawid_skene' AND f.is_used
    AND f.queue_id = i.queue_id AND f.signal_kind = i.signal_kind
LEFT JOIN LATERAL (
    SELECT v.id, v.number, r.code::text, v.method, v.confidence, v.label_ids, v.resolved_at, v.superseded_at
    FROM annotation_consensusrevision v JOIN annotation_reason r ON r.id = v.reason_id
    WHERE v.item_id = i.id ORDER BY v.number DESC LIMIT 1
) c ON true
LEFT JOIN LATERAL (
    SELECT l.id, l.rater_id, l.reason_id, r.code::text, l.role, p.kind,
        p.standing = 'quarantined' AND l.received_at >= p.standing_from AS is_weightless,
        p.standing = 'double_labeled' AND l.received_at >= p.standing_from AS is_doubled
    FROM annotation_label l JOIN annotation_rater p ON p.id = l.rater_id JOIN annotation_reason r ON r.id = l.reason_id
    WHERE l.item_id = i.id AND l.superseded_at IS NULL AND p.kind IN ('human', 'gold')
    OFFSET 0
) l ON true
LEFT JOIN annotation_consensusreliability w ON w.fit_id = f.id AND w.rater_id = l.rater_id
WHERE i.id = ANY($1::bigint[])
ORDER BY i.id, l.id
"""

# Where in a row the last revision begins, and where the label does.
_ITEM: Final = 13
_REVISION: Final = 21


class Said(NamedTuple):
    """A current label. One that is weightless counts for nothing; one that is doubled asks for another beside it."""

    vote: rule.Vote
    reason_id: int
    is_weightless: bool
    is_doubled: bool
    is_annotators: bool


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
    """An item with all that decides it. `taken`: how many people hold or have labeled it."""

    id: int
    status: str
    signal_kind: str
    needed: int
    extra: int
    taken: int
    resolved_at: datetime | None
    stops: bool
    most: int
    stop_at: float
    skips: int
    reasons: list[str] | None
    log_prior: list[float] | None
    last: Revision | None
    said: list[Said]

    @property
    def fit(self) -> rule.Fit | None:
        if self.reasons is None or self.log_prior is None:
            return None
        return rule.Fit(reasons=self.reasons, log_prior=self.log_prior)


def cases(item_ids: Sequence[int]) -> list[Case]:
    """In the order of their ids."""
    found = loading.asked(READ, [list(item_ids)])
    return [_case(list(rows)) for _id, rows in groupby(found, key=itemgetter(0))]


def _case(rows: list[tuple[Any, ...]]) -> Case:
    first = rows[0]
    last = Revision(*first[_ITEM:_REVISION]) if first[_ITEM] is not None else None
    said = [_said(row[_REVISION:]) for row in rows if row[_REVISION] is not None]
    return Case(*first[:_ITEM], last, said)


def _said(row: tuple[Any, ...]) -> Said:
    label_id, reason_id, code, role, kind, is_weightless, is_doubled, told, is_known = row
    vote = rule.Vote(
        label_id=label_id,
        reason=code,
        is_gold=kind == Rater.Kind.GOLD,
        is_adjudication=role == Label.Role.ADJUDICATOR,
        told=told,
        is_known=is_known,
    )
    return Said(vote, reason_id, is_weightless, is_doubled, role == Label.Role.ANNOTATOR)
