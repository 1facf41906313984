"""What somebody holds who has loaded an export with those that it goes on from.

An export that was asked for `since` another holds only what is new or changed, and names what was withdrawn. Who loads
the first of such a chain and then each next one holds, of each item, what the last export that mentions it says: its
rows there, or nothing where it was withdrawn.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import LiteralString

from django.db import connection
from psycopg import sql

from annotation.models import Export

# Of the newest export `depth` is 0.
CHAIN: LiteralString = """
    chain AS (
        SELECT id, since_id, files_erased_at, 0 AS depth FROM annotation_export WHERE id = {export}
        UNION ALL
        SELECT e.id, e.since_id, e.files_erased_at, chain.depth + 1
        FROM annotation_export e JOIN chain ON e.id = chain.since_id
    ),
    said AS (
        SELECT DISTINCT ON (item_id) item_id, export_id, is_row, is_doubtful
        FROM (
            SELECT DISTINCT r.item_id, r.export_id, chain.depth, true AS is_row,
                   chain.files_erased_at IS NOT NULL AS is_doubtful
            FROM chain JOIN annotation_exportrow r ON r.export_id = chain.id
            UNION ALL
            SELECT w.item_id, w.export_id, chain.depth, false, false
            FROM chain JOIN annotation_exportwithdrawal w ON w.export_id = chain.id
        ) mentions
        ORDER BY item_id, depth
    )
"""

FOLDED: LiteralString = """
    WITH RECURSIVE {chain}
    SELECT r.*, said.is_doubtful
    FROM said JOIN annotation_exportrow r ON r.export_id = said.export_id AND r.item_id = said.item_id
    WHERE said.is_row
"""

# The same for an export that goes on from none, which is most of them, without looking at each row thrice.
WHOLE: LiteralString = """
    SELECT r.*, e.files_erased_at IS NOT NULL AS is_doubtful
    FROM annotation_exportrow r JOIN annotation_export e ON e.id = r.export_id
    WHERE r.export_id = {export}
"""


ONWARD: LiteralString = """
    WITH RECURSIVE onward AS (
        SELECT id FROM annotation_export WHERE since_id = ANY(%(of)s::bigint[])
        UNION
        SELECT e.id FROM annotation_export e JOIN onward ON e.since_id = onward.id
    )
    SELECT id FROM onward ORDER BY id
"""


def rows(*, export: str, is_increment: bool) -> sql.Composed:
    """A query for the rows of `annotation_exportrow` that are held with this export, each with `is_doubtful`: whether
    something of the export that says so was erased since, so that its texts may have been others. `export` is the name
    of the parameter with the export's id."""
    of = {"export": sql.SQL("{}::bigint").format(sql.Placeholder(export))}
    if not is_increment:
        return sql.SQL(WHOLE).format(**of)
    return sql.SQL(FOLDED).format(chain=sql.SQL(CHAIN).format(**of))


def ids(export: Export) -> list[int]:
    """The export and those that it goes on from, the newest first."""
    found, since = [export.pk], export.since_id
    while since is not None:
        found.append(since)
        since = Export.objects.values_list("since_id", flat=True).get(pk=since)
    return found


def onward(of: Collection[int]) -> list[int]:
    """The exports that go on from one of these, by one step or several."""
    with connection.cursor() as cursor:
        cursor.execute(ONWARD, {"of": list(of)})
        return [pk for (pk,) in cursor.fetchall()]
