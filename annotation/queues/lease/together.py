"""What belongs together with an item: the list that the desk shows beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from annotation import loading
from annotation.models import Item, Rater
from annotation.queues.lease import statements

LISTED: Final = 9
"""One digit each."""

AROUND: Final = 40
"""How many interactions of the conversation to each side are looked at: a page shows no more of it."""

_TOGETHER: Final = f"""
WITH turn AS (
    SELECT n.id, n.feature_id, n.conversation_id, n.occurred_at
    FROM annotation_interaction n WHERE n.id = %(interaction)s
), near AS ({statements.NEAR})
SELECT i.public_id, i.signal_kind, n.conversation_rank, n.id, near.occurred_at, r.title, r.outcome
FROM near JOIN annotation_interaction n ON n.id = near.id JOIN annotation_item i ON i.interaction_id = n.id
LEFT JOIN annotation_label l ON l.item_id = i.id AND l.rater_id = %(rater)s AND l.superseded_at IS NULL
LEFT JOIN annotation_reason r ON r.id = l.reason_id
WHERE i.queue_id = %(queue)s AND (
    i.id = %(item)s OR l.id IS NOT NULL OR i.status IN ('open', 'reserve') AND EXISTS (
        SELECT FROM annotation_lease h
        WHERE h.item_id = i.id AND h.rater_id = %(rater)s AND h.expires_at > %(now)s
    )
)
ORDER BY i.id <> %(item)s, abs(extract(epoch FROM near.occurred_at - (SELECT occurred_at FROM turn))), i.id
LIMIT %(listed)s
"""  # noqa: S608 - our own text


@dataclass(frozen=True, kw_only=True, order=True)
class Member:
    """An item that somebody holds or has answered, in the order of the conversation. `turn` counts from 1.

    `reason` and `outcome` are those of the person's own label; empty where there is none yet.
    """

    occurred_at: datetime
    interaction_id: int
    public_id: str
    signal_kind: str
    turn: int
    reason: str
    outcome: str


def together(*, rater: Rater, item: Item, now: datetime) -> list[Member]:
    """The item and what this rater holds or has labeled of the same queue on its interaction or conversation nearby."""
    parameters: dict[str, Any] = {
        "rater": rater.pk,
        "item": item.pk,
        "queue": item.queue_id,
        "interaction": item.interaction_id,
        "now": now,
        "around": AROUND,
        "listed": LISTED,
    }
    rows = loading.asked_by_name(_TOGETHER, parameters)
    return sorted(
        Member(
            public_id=public_id,
            signal_kind=kind,
            turn=turn,
            interaction_id=interaction,
            occurred_at=at,
            reason=title or "",
            outcome=outcome or "",
        )
        for public_id, kind, turn, interaction, at, title, outcome in rows
    )
