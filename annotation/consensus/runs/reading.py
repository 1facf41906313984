"""A queue's labels, and what its items are resolved as: as arrays, and as arrays on the way too."""

from __future__ import annotations

from typing import Any, Final, LiteralString, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation import loading
from annotation.lib import arrays

Whole = NDArray[np.int64]

# What people said, where it counts. An adjudicator's word is no vote. Of an item that is flagged or withdrawn nothing
# is asked.
LABELS: Final[LiteralString] = """
    SELECT l.item_id, l.rater_id, l.reason_id, l.id
    FROM annotation_item i
    JOIN annotation_label l ON l.item_id = i.id AND l.superseded_at IS NULL AND l.role = 'annotator'
    JOIN annotation_rater p ON p.id = l.rater_id AND p.kind = 'human'
    WHERE i.queue_id = $1 AND i.status NOT IN ('flagged', 'withdrawn')
        AND NOT (p.standing = 'quarantined' AND l.received_at >= coalesce(p.standing_from, 'infinity'))
"""

GOLD: Final = """
    SELECT DISTINCT ON (l.item_id) l.item_id, l.reason_id
    FROM annotation_rater p
    JOIN annotation_label l ON l.rater_id = p.id AND l.superseded_at IS NULL
    JOIN annotation_item i ON i.id = l.item_id
    WHERE p.kind = 'gold' AND i.queue_id = $1 AND i.status NOT IN ('flagged', 'withdrawn')
    ORDER BY l.item_id, l.id
"""

# Those whose answer weighing people has a say in.
RESOLVED: Final[LiteralString] = """
    SELECT i.id, v.reason_id, CASE v.method WHEN 'dawid_skene' THEN 1 WHEN 'majority' THEN 2 ELSE 0 END::bigint,
        coalesce(v.confidence, 0)
    FROM annotation_item i
    JOIN annotation_consensusrevision v ON v.item_id = i.id AND v.superseded_at IS NULL
    WHERE i.queue_id = $1 AND i.status = 'resolved'
"""

REASONS: Final = "SELECT id, signal_kind, code FROM annotation_reason ORDER BY id"

# Whoever may have to be decided anew: somebody or gold has said something, or it waits for more than at first.
TOUCHED: Final[LiteralString] = """
    SELECT i.id FROM annotation_item i
    WHERE i.queue_id = $1 AND i.status NOT IN ('flagged', 'withdrawn')
        AND (cardinality(i.taken) > 0 OR i.resolved_at IS NOT NULL)
"""

BY_FIT, BY_VOTE = 1, 2

_CHUNK_BITS: Final = 18
"""Items of so near ids come together: some megabytes."""

_PLAIN: Final = {"i": np.dtype(np.int64), "f": np.dtype(np.float64)}


class Labels(NamedTuple):
    """One entry a label, ids in each."""

    items: Whole
    raters: Whole
    reasons: Whole
    ids: Whole


class Resolved(NamedTuple):
    """One entry a resolved item. `methods`: BY_FIT, BY_VOTE, or 0 for what no weighing changes."""

    items: Whole
    reasons: Whole
    methods: Whole
    confidences: NDArray[np.float64]


class Named(NamedTuple):
    """A reason: codes are one and the same reason in all taxonomy versions."""

    signal_kind: str
    code: str


def labels(queue_id: int) -> Labels:
    return Labels(*_columns(LABELS, queue_id, "iiii"))


def gold(queue_id: int) -> dict[int, int]:
    """By item: its known reason. Of several gold sets the first to say so."""
    found = loading.asked(GOLD, [queue_id])
    return {int(item): int(reason) for item, reason in found}


def resolved(queue_id: int) -> Resolved:
    return Resolved(*_columns(RESOLVED, queue_id, "iiif"))


def touched(queue_id: int) -> Whole:
    (items,) = _columns(TOUCHED, queue_id, "i")
    return items


def reasons() -> dict[int, Named]:
    return {pk: Named(kind, code) for pk, kind, code in loading.asked(REASONS, [])}


def _columns(statement: LiteralString, queue_id: int, kinds: str) -> list[NDArray[Any]]:
    """`kinds`: of each column i or f, for a whole number or a real one of eight bytes. None may be null.

    Each chunk of items comes as one row with an array for each column, in PostgreSQL's binary form. A row a label would
    take ten times as long to take apart.
    """
    names = ("item", "second", "third", "fourth")[: len(kinds)]
    sent = ", ".join(f"array_send(array_agg(found.{name}))" for name in names)
    found = f"({statement}) AS found ({', '.join(names)})"
    whole = f"SELECT {sent} FROM {found} GROUP BY found.item >> {_CHUNK_BITS}"  # noqa: S608 - our own text
    chunks = [
        [arrays.received(array, f"{kind}8") for array, kind in zip(row, kinds, strict=True)]
        for row in loading.in_binary(whole, [queue_id])
    ]
    if not chunks:
        return [np.empty(0, _PLAIN[kind]) for kind in kinds]
    return [
        np.concatenate(parts).astype(_PLAIN[kind]) for parts, kind in zip(zip(*chunks, strict=True), kinds, strict=True)
    ]
