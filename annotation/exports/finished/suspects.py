"""Labels of a dataset that are likely wrong: found by what rules and judges say of them, and sent back to be looked at.

Nothing leaves a dataset for it: people decide anew, and the next dataset holds what they decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from annotation import audit, loading
from annotation.errors import Refusal
from annotation.exports.selection import dealing
from annotation.lib import confident
from annotation.models import Export, Item, Queue
from annotation.queues import further
from annotation.queues.further import Resolved

_PREDICTED: Final = np.dtype([("item", "i8"), ("given", "i2"), ("said", "i2"), ("confidence", "f4")])

FIRST: Final = (Item.Purpose.SAMPLE, Item.Purpose.BACKFILL)

# One prediction a row, as it stood when the rows were fixed: a judge's before a rule's, then the latest. Neither ever
# sees what people said.
PREDICTED: LiteralString = """
    SELECT DISTINCT ON (r.item_id) r.item_id, given.signal_kind, given.code, said.code, l.confidence
    FROM ({rows}) r
    JOIN annotation_reason given ON given.id = r.reason_id
    JOIN annotation_label l ON l.item_id = r.item_id AND l.confidence IS NOT NULL
    JOIN annotation_rater a ON a.id = l.rater_id AND a.kind IN ('judge', 'rule')
    JOIN annotation_reason said ON said.id = l.reason_id
    WHERE (r.exported_at IS NULL OR l.received_at <= r.exported_at)
      AND (l.superseded_at IS NULL OR l.superseded_at > r.exported_at)
    ORDER BY r.item_id, a.kind, l.received_at DESC, l.id DESC
"""

OF_EXPORT: LiteralString = """
    SELECT r.item_id, v.reason_id, e.exported_at
    FROM annotation_exportrow r
    JOIN annotation_export e ON e.id = r.export_id
    JOIN annotation_consensusrevision v ON v.id = r.revision_id
    WHERE r.export_id = %(export)s AND r.row_kind <> 'label'
"""

# Of an export's rows that were just written the planner takes there to be one, and would look each of them up.
OF_SELECTION: LiteralString = """
    SELECT item_id, reason_id, NULL::timestamptz AS exported_at FROM export_placed WHERE row_kind <> 'label'
"""

# Of those, what is still decided as the dataset says.
STILL: LiteralString = """
    SELECT i.queue_id, i.signal_id, i.signal_kind, i.interaction_id, i.feature_id, i.evidence_version
    FROM annotation_exportrow r
    JOIN annotation_item i ON i.id = r.item_id AND i.status = 'resolved' AND i.purpose = ANY(%(purposes)s::text[])
    JOIN annotation_consensusrevision v ON v.id = r.revision_id AND v.superseded_at IS NULL
    WHERE r.export_id = %(export)s AND r.item_id = ANY(%(items)s::bigint[])
    ORDER BY i.id
"""


class NotFixed(Refusal):
    """This dataset isn't selected yet, so nothing of it can be looked at again. Wait until it is done."""

    code = "export_not_done"
    status = 409


def of_rows(*, export: Export) -> list[int]:
    """The items whose reason, as the dataset has it, is confidently contradicted."""
    return _contradicted(dealing.chunks(PREDICTED.format(rows=OF_EXPORT), {"export": export.pk}))


def of_selection() -> list[int]:
    """The same of the rows that were just selected (`export_placed`)."""
    return _contradicted(dealing.chunks(PREDICTED.format(rows=OF_SELECTION)))


def _contradicted(chunks: Iterable[Sequence[tuple[Any, ...]]]) -> list[int]:
    """Of the rows of PREDICTED."""
    codes: dict[tuple[str, str], int] = {}
    parts = [np.array([_numbers(codes, *row) for row in chunk], dtype=_PREDICTED) for chunk in chunks]
    found = np.concatenate([np.zeros(0, dtype=_PREDICTED), *parts])
    return sorted(item for kind in {kind for kind, _ in codes} for item in _of_kind(found, kind, codes))


@transaction.atomic
def send_back(*, export: Export, actor: audit.Actor, now: datetime) -> int:
    """Have each suspect labeled once more, by somebody who hasn't seen it. Returns how many second looks were made.

    Asked again, it makes those that aren't there yet. Raises NotFixed.
    """
    if export.exported_at is None:
        raise NotFixed()
    asked: dict[int, list[Resolved]] = defaultdict(list)
    for queue, *resolved in _still(export, of_rows(export=export)):
        asked[queue].append(Resolved(*resolved))
    queues = Queue.objects.select_for_update(no_key=True).filter(pk__in=asked).order_by("pk")
    made = sum(_make(queue, asked[queue.pk], now) for queue in queues)
    target = ("export", export.public_id)
    audit.record(
        actor=actor,
        verb="export.suspects_sent_back",
        target=target,
        feature=export.feature,
        now=now,
        data={"items": made},
    )
    return made


def _numbers(
    codes: dict[tuple[str, str], int], item: int, kind: str, given: str, said: str, confidence: float
) -> tuple[int, int, int, float]:
    """A row in 16 bytes: a dataset may have a million."""
    return item, codes.setdefault((kind, given), len(codes)), codes.setdefault((kind, said), len(codes)), confidence


def _of_kind(found: NDArray[Any], kind: str, codes: dict[tuple[str, str], int]) -> list[int]:
    """Reasons are a kind's own, so kinds are looked at one by one."""
    numbers = [number for (of, _), number in codes.items() if of == kind]
    place = np.zeros(len(codes), dtype=np.int64)
    place[numbers] = np.arange(len(numbers))
    own = found[np.isin(found["given"], numbers)]
    is_suspect = confident.suspects(
        given=place[own["given"]],
        said=place[own["said"]],
        confidence=own["confidence"].astype(np.float64),
        classes=len(numbers),
    )
    items: list[int] = own["item"][is_suspect].tolist()
    return items


def _still(export: Export, items: Collection[int]) -> list[tuple[Any, ...]]:
    return loading.fetched(STILL, {"export": export.pk, "items": list(items), "purposes": list(FIRST)})


def _make(queue: Queue, of: Sequence[Resolved], now: datetime) -> int:
    return further.make(queue=queue, of=of, purpose=Item.Purpose.SECOND_LOOK, now=now)
