"""Conversations by what users did early and what became of them: counted in one statement, as numbers alone.

A conversation is one: it ended well or it didn't, however many answers led there. An interaction without a conversation
is one by itself. Early is a signal that came before its interaction settled, and before the outcome was known.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, LiteralString, NamedTuple

from annotation import loading
from annotation.models import DelayedOutcome

VALUE: Final[LiteralString] = """
    CASE WHEN coalesce(x.details -> 'value', 'null') IN ('true', '1', 'null') THEN 'true'
         WHEN x.details -> 'value' IN ('false', '0') THEN 'false' ELSE 'other' END
"""
"""What a later result says: true where it has no value, since it then happened; `other` where it is neither."""

CONVERSATION: Final[LiteralString] = "coalesce('c' || n.conversation_id, 'i' || n.id)"

# Signals are joined by their interaction's key alone, which stays quick however wrong the planner's guesses are.
COUNT: Final[LiteralString] = f"""
WITH act AS (
    SELECT {CONVERSATION} AS name, n.id, n.occurred_at, n.model_version, s.id AS signal, s.kind, s.observed_at,
        x.signal_id IS NOT NULL AS is_result, CASE WHEN x.signal_id IS NOT NULL THEN {VALUE} END AS value
    FROM annotation_interaction n
    LEFT JOIN annotation_signal s ON s.interaction_id = n.id
        AND (s.kind = 'later_result' OR s.kind = ANY(%(kinds)s::text[]) AND NOT s.is_late)
    LEFT JOIN annotation_signalcontent x ON x.signal_id = s.id
        AND s.kind = 'later_result' AND x.details ->> 'name' = %(name)s
    WHERE n.feature_id = %(feature)s AND n.erased_at IS NULL
), placed AS (
    SELECT *, max(observed_at) FILTER (WHERE is_result) OVER (PARTITION BY name) AS known_at FROM act
), conversation AS (
    SELECT name, min(occurred_at) AS began,
        (array_agg(model_version ORDER BY occurred_at, id))[1] AS model_version,
        (array_agg(value ORDER BY observed_at DESC, signal DESC) FILTER (WHERE is_result))[1] AS value,
        coalesce(array_agg(DISTINCT kind ORDER BY kind) FILTER (
            WHERE kind <> 'later_result' AND observed_at < coalesce(known_at, 'infinity')
        ), '{{}}') AS kinds
    FROM placed GROUP BY name
)
SELECT model_version, kinds, value, began <= %(until)s, count(*), min(began), max(began)
FROM conversation GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""  # noqa: S608 - our own text


class Group(NamedTuple):
    """Conversations of one model version, with these kinds of early signals. `value`: true, false, other, or None where
    nothing was said. `is_ripe`: they began so long ago that the outcome is known if it ever will be."""

    model_version: str
    kinds: list[str]
    value: str | None
    is_ripe: bool
    conversations: int
    first: datetime
    last: datetime


def groups(*, outcome: DelayedOutcome, kinds: Collection[str], now: datetime) -> list[Group]:
    feature = outcome.feature
    asked = {
        "feature": feature.pk,
        "name": outcome.name,
        "kinds": list(kinds),
        "until": now - timedelta(days=outcome.days, hours=feature.settle_hours),
    }
    return [Group._make(row) for row in loading.fetched(COUNT, asked)]
