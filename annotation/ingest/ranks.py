"""The place of each interaction in its conversation, by when it occurred."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from annotation import loading

# Conversation by conversation: a join of many looks cheaper to the planner by reading the whole table, and isn't.
RANKED = """
    SELECT turn.id, k.feature_id, k.conversation_id, turn.conversation_rank, row_number() OVER (
        PARTITION BY k.feature_id, k.conversation_id ORDER BY turn.occurred_at, turn.external_id
    ) AS rank
    FROM unnest(%s::bigint[], %s::text[]) AS k (feature_id, conversation_id) CROSS JOIN LATERAL (
        SELECT i.id, i.conversation_rank, i.occurred_at, i.external_id FROM annotation_interaction i
        WHERE i.feature_id = k.feature_id AND i.conversation_id = k.conversation_id
        OFFSET 0
    ) turn
"""

# Most of what is asked about is in order, and is only read.
WRONG = f"""
SELECT DISTINCT feature_id, conversation_id FROM ({RANKED}) ranked WHERE conversation_rank <> rank
"""  # noqa: S608 - put together from texts of this file alone

# Whoever mends one conversation has it alone, and then sees what the others stored. By few names, since locks are; in
# one order, so that two who mend several don't wait for each other in a ring.
LOCK = """
SELECT pg_advisory_xact_lock(%s, name) FROM (
    SELECT DISTINCT hashtext(conversation_id) & 255 AS name FROM unnest(%s::text[]) AS k (conversation_id) ORDER BY name
) names
"""
_NAMESPACE = 0x72616E  # "ran": keeps these locks apart from others of the same database

MEND = f"""
UPDATE annotation_interaction i SET conversation_rank = ranked.rank
FROM ({RANKED}) ranked WHERE i.id = ranked.id AND i.conversation_rank <> ranked.rank
"""  # noqa: S608


def mend(*, conversations: Iterable[tuple[int, str]]) -> int:
    """Set the ranks right in these conversations (feature id, conversation id), and return how many were wrong.

    Call it once what was stored is committed: of two who store turns at once, the later one sees both.
    """
    asked = sorted(set(conversations))
    if not asked:
        return 0
    found = loading.fetched(WRONG, loading.pairs(asked))
    if not found:
        return 0
    wrong = loading.pairs(found)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [_NAMESPACE, wrong[1]])
        cursor.execute(MEND, wrong)
        return int(cursor.rowcount)
