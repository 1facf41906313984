"""What a person answered last in a queue, to be looked at and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from annotation import loading
from annotation.models import Item, Label, LabelContent, Queue, Rater, Reason, Skip

LAST: Final = 10


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A label or a skip that stands. `name` tells it from all others; `outcome` is empty for a skip."""

    name: str
    item: Item
    title: str
    outcome: str
    at: datetime
    comment: str = ""


# A person's labels and skips of one queue that stand, the newest first: each by its own index.
# The count stands in the text: the plan depends on it.
_LAST: Final = f"""
(
    (
        SELECT l.id AS label_id, NULL::bigint AS skip_id, l.received_at AS at
        FROM annotation_label l JOIN annotation_item i ON i.id = l.item_id
        WHERE l.rater_id = $1 AND i.queue_id = $2 AND l.superseded_at IS NULL AND l.role = '{Label.Role.ANNOTATOR}'
        ORDER BY l.received_at DESC, l.id DESC LIMIT {{count}}
    ) UNION ALL (
        SELECT NULL, s.id, s.skipped_at FROM annotation_skip s JOIN annotation_item i ON i.id = s.item_id
        WHERE s.rater_id = $1 AND i.queue_id = $2 ORDER BY s.skipped_at DESC, s.id DESC LIMIT {{count}}
    ) ORDER BY at DESC LIMIT {{count}}
) last
LEFT JOIN annotation_label l ON l.id = last.label_id
LEFT JOIN annotation_reason r ON r.id = l.reason_id
LEFT JOIN annotation_labelcontent c ON c.label_id = l.id
LEFT JOIN annotation_skip s ON s.id = last.skip_id
JOIN annotation_item i ON i.id = coalesce(l.item_id, s.item_id)
ORDER BY last.at DESC
"""  # noqa: S608 - our own text


def last(*, rater: Rater, queue: Queue, count: int = LAST) -> list[Answered]:
    """The last answers of this person in this queue that stand, the newest first."""
    models = {"i": Item, "l": Label, "r": Reason, "c": LabelContent, "s": Skip}
    found = []
    for item, label, reason, content, skip in loading.joined(models, _LAST.format(count=count), [rater.pk, queue.pk]):
        item.queue = queue
        if label is None:
            skip.item = item
            found.append(of_skip(skip))
        else:
            label.item, label.reason = item, reason
            found.append(of_label(label, comment=content.comment if content else ""))
    return found


def of_label(label: Label, *, comment: str = "") -> Answered:
    return Answered(
        name=f"label-{label.pk}",
        item=label.item,
        title=label.reason.title,
        outcome=label.reason.outcome,
        at=label.received_at,
        comment=comment,
    )


def of_skip(skip: Skip) -> Answered:
    title = skip.get_reason_display()
    return Answered(name=f"skip-{skip.pk}", item=skip.item, title=title, outcome="", at=skip.skipped_at)
