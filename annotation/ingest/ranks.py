"""The place of each interaction in its conversation, by when it occurred."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection, transaction

RANKED = """
    SELECT i.id, i.feature_id, i.conversation_id, i.conversation_rank, row_number() OVER (
        PARTITION BY i.feature_id, i.conversation_id ORDER BY i.occurred_at, i.external_id
    ) AS rank
    FROM annotation_interaction i
    JOIN unnest(%s::bigint[], %s::text[]) AS k (feature_id, conversation_id) USING (feature_id, conversation_id)
"""

# Most of what is asked about is in order, and is only read.
WRONG = f"""
SELECT DISTINCT feature_id, conversation_id FROM ({RANKED}) ranked WHERE conversation_rank <> rank
"""  # noqa: S608 - put together from texts of this file alone

# In one order for everybody, and before the statement that ranks: that one then sees what the others stored.
LOCK = """
SELECT FROM annotation_interaction i
JOIN unnest(%s::bigint[], %s::text[]) AS k (feature_id, conversation_id) USING (feature_id, conversation_id)
ORDER BY i.id FOR NO KEY UPDATE OF i
"""

MEND = f"""
UPDATE annotation_interaction i SET conversation_rank = ranked.rank
FROM ({RANKED}) ranked WHERE i.id = ranked.id AND i.conversation_rank <> ranked.rank
"""  # noqa: S608


def mend(*, conversations: Iterable[tuple[int, str]]) -> int:
    """Set the ranks right in these conversations (feature id, conversation id), and return how many were wrong."""
    asked = sorted(set(conversations))
    if not asked:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WRONG, _columns(asked))
        wrong = _columns(cursor.fetchall())
        if not wrong[0]:
            return 0
        cursor.execute(LOCK, wrong)
        cursor.execute(MEND, wrong)
        return int(cursor.rowcount)


def _columns(pairs: Sequence[tuple[int, str]]) -> list[list[object]]:
    return [[feature_id for feature_id, _ in pairs], [name for _, name in pairs]]
