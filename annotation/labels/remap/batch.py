"""Map the labels of some items, in one transaction: all of it or nothing.

The items are locked first and in the order of their ids, as whoever answers locks them: an answer comes before the
batch, and is mapped with the rest, or after it, and finds the mapped label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from annotation import jobs
from annotation.consensus import resolve
from annotation.jobs import Superseded
from annotation.labels import locked
from annotation.models import Item, Label, LabelContent, Reason, Relabel, Remap

LOCK = "SELECT id, interaction_id FROM annotation_item WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE"

END = """
    UPDATE annotation_label l SET superseded_at = %(now)s
    FROM annotation_rater r
    WHERE r.id = l.rater_id AND l.item_id = ANY(%(items)s::bigint[]) AND l.superseded_at IS NULL
      AND l.reason_id = ANY(%(reasons)s::bigint[])
    RETURNING l.id, l.item_id, l.reason_id, r.kind
"""

# What a mapped label has of its own. All else is its origin's: who, when, how sure, how long, what was seen.
OWN = {
    "reason_id": "target.id",
    "taxonomy_version_id": "target.taxonomy_version_id",
    "mapped_from_id": "l.id",
    "submission_id": "gen_random_uuid()",
    "superseded_at": "NULL",
}


def _columns(model: type[Label] | type[LabelContent]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]


MAP = f"""
    INSERT INTO annotation_label ({", ".join(_columns(Label))})
    SELECT {", ".join(OWN.get(name, f"l.{name}") for name in _columns(Label))}
    FROM unnest(%s::bigint[], %s::bigint[]) AS origin (id, target_id)
    JOIN annotation_label l ON l.id = origin.id
    JOIN annotation_reason target ON target.id = origin.target_id
    ORDER BY l.id
"""  # noqa: S608 - names of our own columns

COPY_TEXTS = f"""
    INSERT INTO annotation_labelcontent (label_id, {", ".join(_columns(LabelContent))})
    SELECT heir.id, {", ".join(f"c.{name}" for name in _columns(LabelContent))}
    FROM annotation_labelcontent c
    JOIN annotation_label origin ON origin.id = c.label_id
    JOIN annotation_label heir ON heir.item_id = origin.item_id AND heir.mapped_from_id = origin.id
    WHERE c.label_id = ANY(%s::bigint[])
"""  # noqa: S608 - names of our own columns

# Who wrote such a label may have the item again, as anybody may. When people or gold were first heard on an item that
# was never shown here, it counts as reached from then on.
FREE = """
    WITH gone AS (
        SELECT l.item_id, array_agg(l.rater_id) FILTER (WHERE NOT EXISTS (
                   SELECT FROM annotation_lease held WHERE held.item_id = l.item_id AND held.rater_id = l.rater_id
               )) AS raters,
               min(l.received_at) FILTER (WHERE r.kind = ANY(%(deciding)s::text[])) AS heard_at
        FROM annotation_label l JOIN annotation_rater r ON r.id = l.rater_id
        WHERE l.id = ANY(%(labels)s::bigint[])
        GROUP BY l.item_id
    )
    UPDATE annotation_item i
    SET taken = ARRAY(SELECT rater FROM unnest(i.taken) rater WHERE rater <> ALL (COALESCE(gone.raters, '{}'))),
        first_shown_at = COALESCE(i.first_shown_at, gone.heard_at)
    FROM gone WHERE i.id = gone.item_id
"""


class Ended(NamedTuple):
    """A label that was current until now."""

    id: int
    item_id: int
    reason_id: int
    kind: str


@transaction.atomic
def work(
    *, remap: Remap, attempt: int, item_ids: Sequence[int], plan: Mapping[int, Reason | None], now: datetime
) -> None:
    """Bring the current labels of these items to the remap's version. Raises Superseded, and then nothing is done."""
    ended = _end(_lock(item_ids), plan, now)
    again = [label.id for label in ended if plan[label.reason_id] is None]
    _map([label for label in ended if plan[label.reason_id] is not None], plan)
    _ask_again(remap, again)
    decided = sorted({label.item_id for label in ended if label.kind in resolve.DECIDE})
    figures = resolve.figures_of(_queues(decided))
    resolve.many(item_ids=decided, version=remap.taxonomy_version, now=now, figures=figures, is_told_now=False)
    _note(remap, attempt, last_item=max(item_ids), mapped=len(ended) - len(again), again=len(again))


def _queues(item_ids: Sequence[int]) -> list[int]:
    return list(Item.objects.filter(pk__in=item_ids).order_by().values_list("queue", flat=True).distinct())


def _lock(item_ids: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(item_ids)])
        items = dict(cursor.fetchall())
    # Nobody can be asked again about what was erased, so its labels stay as they are.
    gone = locked.erased(set(items.values()))
    return [item_id for item_id, interaction_id in items.items() if interaction_id not in gone]


def _end(item_ids: list[int], plan: Mapping[int, Reason | None], now: datetime) -> list[Ended]:
    with connection.cursor() as cursor:
        cursor.execute(END, {"now": now, "items": item_ids, "reasons": list(plan)})
        return sorted(Ended(*row) for row in cursor.fetchall())


def _map(labels: Sequence[Ended], plan: Mapping[int, Reason | None]) -> None:
    if not labels:
        return
    targets = [target.pk for label in labels if (target := plan[label.reason_id])]
    with connection.cursor() as cursor:
        cursor.execute(MAP, [[label.id for label in labels], targets])
        cursor.execute(COPY_TEXTS, [[label.id for label in labels]])


def _ask_again(remap: Remap, labels: list[int]) -> None:
    if not labels:
        return
    Relabel.objects.bulk_create(Relabel(label_id=label, remap=remap) for label in labels)
    with connection.cursor() as cursor:
        cursor.execute(FREE, {"labels": labels, "deciding": [kind.value for kind in resolve.DECIDE]})


def _note(remap: Remap, attempt: int, *, last_item: int, mapped: int, again: int) -> None:
    counts = {"mapped": F("mapped") + mapped, "again": F("again") + again}
    if not jobs.mine(remap, attempt).update(last_item=last_item, **counts):
        raise Superseded
