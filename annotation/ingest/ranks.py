"""The place of each interaction in its conversation, by when it occurred."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

# Ranks run from 1 without a gap, unless something was stored that the storing transaction, or another one at the same
# time, didn't see: then the highest rank is below the count. So what is in order is only read.
MEND = """
WITH wanted AS (
    SELECT DISTINCT feature_id, conversation_id FROM unnest(%s::bigint[], %s::text[]) AS k (feature_id, conversation_id)
), wrong AS (
    SELECT i.feature_id, i.conversation_id
    FROM annotation_interaction i JOIN wanted USING (feature_id, conversation_id)
    GROUP BY i.feature_id, i.conversation_id HAVING count(*) <> max(i.conversation_rank)
), ranked AS (
    SELECT i.id, row_number() OVER (
        PARTITION BY i.feature_id, i.conversation_id ORDER BY i.occurred_at, i.external_id
    ) AS rank
    FROM annotation_interaction i JOIN wrong USING (feature_id, conversation_id)
)
UPDATE annotation_interaction i SET conversation_rank = ranked.rank
FROM ranked WHERE i.id = ranked.id AND i.conversation_rank <> ranked.rank
"""


def mend(*, conversations: Iterable[tuple[int, str]]) -> int:
    """Set the ranks right in these conversations (feature id, conversation id), and return how many were wrong."""
    pairs = list(conversations)
    if not pairs:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(MEND, [[feature_id for feature_id, _ in pairs], [name for _, name in pairs]])
        return int(cursor.rowcount)
