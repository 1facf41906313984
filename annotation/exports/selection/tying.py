"""The statements of `components`, on tables that live as long as the selection's transaction."""

from __future__ import annotations

from typing import LiteralString

TABLES: LiteralString = """
    DROP TABLE IF EXISTS pg_temp.export_tie, pg_temp.export_name, pg_temp.export_atom, pg_temp.export_edge,
                         pg_temp.export_label, pg_temp.export_component;
    CREATE TEMPORARY TABLE export_tie (item_id bigint, kind text, name text) ON COMMIT DROP;
    CREATE TEMPORARY TABLE export_name (tie int, kind text, name text, member text) ON COMMIT DROP;
    CREATE TEMPORARY TABLE export_atom (
        tie int, kind text, name text, member text, split text, is_reserved boolean
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE export_edge (first int, second int) ON COMMIT DROP;
    CREATE TEMPORARY TABLE export_label (tie int, component int, is_reserved boolean) ON COMMIT DROP;
    CREATE TEMPORARY TABLE export_component (component int, member text, split text) ON COMMIT DROP;
"""

# A row holds its own interaction, and that of the answer which was made instead.
UNSIGNED: LiteralString = """
    SELECT k.id FROM (
        SELECT interaction_id FROM export_candidate
        UNION
        SELECT i.interaction_id FROM export_candidate c JOIN annotation_item i ON i.id = c.counterpart_item_id
        UNION
        SELECT id FROM annotation_interaction WHERE feature_id = %(feature)s AND is_evaluation
    ) k (id)
    JOIN annotation_interactioncontent x ON x.interaction_id = k.id
    WHERE NOT EXISTS (SELECT FROM annotation_signature s WHERE s.interaction_id = k.id)
    ORDER BY 1
"""

TIES: LiteralString = """
    INSERT INTO export_tie
    SELECT DISTINCT h.item_id, k.kind, k.name
    FROM (
        SELECT item_id, interaction_id FROM export_candidate
        UNION ALL
        SELECT c.item_id, i.interaction_id
        FROM export_candidate c JOIN annotation_item i ON i.id = c.counterpart_item_id
        WHERE c.target = 'regeneration'
    ) h
    JOIN annotation_interaction n ON n.id = h.interaction_id
    LEFT JOIN annotation_signature s ON s.interaction_id = h.interaction_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN n.conversation_id IS NULL THEN 'interaction' ELSE 'conversation' END,
               COALESCE(n.conversation_id, n.external_id)
        UNION ALL
        SELECT 'user', encode(n.user_hash, 'hex') WHERE n.user_hash IS NOT NULL
        UNION ALL
        SELECT 'text', tie::text FROM unnest(s.ties) tie
    ) k (kind, name)
"""

NAMES: LiteralString = "SELECT DISTINCT kind, name FROM export_tie ORDER BY 1, 2"

COPY_NAMES: LiteralString = "COPY export_name (tie, kind, name, member) FROM STDIN"

# A text's tie is the id of the interaction that had it first: exported while it was alone, it has its split from there.
PLACED: LiteralString = """
    INSERT INTO export_atom
    SELECT k.tie, k.kind, k.name, k.member, COALESCE(a.split, earlier.split),
           CASE k.kind
           WHEN 'user' THEN k.name IN (
               SELECT encode(user_hash, 'hex') FROM annotation_interaction
               WHERE feature_id = %(feature)s AND is_evaluation AND user_hash IS NOT NULL
           )
           WHEN 'conversation' THEN k.name IN (
               SELECT conversation_id FROM annotation_interaction
               WHERE feature_id = %(feature)s AND is_evaluation AND conversation_id IS NOT NULL
           )
           WHEN 'text' THEN k.name IN (
               SELECT unnest(s.ties)::text FROM annotation_interaction n
               JOIN annotation_signature s ON s.interaction_id = n.id
               WHERE n.feature_id = %(feature)s AND n.is_evaluation
           )
           ELSE false END
    FROM export_name k
    LEFT JOIN annotation_splitassignment a
           ON a.feature_id = %(feature)s AND a.seed = %(seed)s::bigint AND a.group_by = %(group_by)s::text
          AND a.member = k.member
    LEFT JOIN LATERAL (
        SELECT r.split FROM annotation_item i
        JOIN annotation_exportrow r ON r.item_id = i.id OR r.counterpart_item_id = i.id
        JOIN annotation_export e ON e.id = r.export_id
        WHERE k.kind = 'text' AND a.split IS NULL
          AND i.interaction_id = CASE k.kind WHEN 'text' THEN k.name::bigint END
          AND e.feature_id = %(feature)s AND e.request ->> 'group_by' = %(group_by)s::text
          AND (e.request ->> 'seed')::bigint = %(seed)s::bigint AND e.request ->> 'purpose' = 'training'
          AND e.request ->> 'format' <> 'reasons'
        LIMIT 1
    ) earlier ON true
"""

KNOWN: LiteralString = "SELECT tie, split, is_reserved FROM export_atom WHERE split IS NOT NULL OR is_reserved"

# Of each row's ties, the first with each of the others.
EDGES: LiteralString = """
    INSERT INTO export_edge
    SELECT DISTINCT first, tie
    FROM (
        SELECT a.tie, min(a.tie) OVER (PARTITION BY t.item_id) AS first
        FROM export_tie t JOIN export_name a ON a.kind = t.kind AND a.name = t.name
    ) held
    WHERE tie <> first
"""

# In the order in which they came, so that it is always the same ones that stay out.
ROWS_OF: LiteralString = """
    SELECT t.item_id, array_agg(a.tie ORDER BY a.tie)
    FROM export_tie t JOIN export_name a ON a.kind = t.kind AND a.name = t.name
    WHERE a.tie = ANY(%(ties)s::int[])
    GROUP BY t.item_id ORDER BY t.item_id
"""

COPY_LABELS: LiteralString = "COPY export_label (tie, component, is_reserved) FROM STDIN"

DROP_RESERVED: LiteralString = """
    DELETE FROM export_candidate c
    USING export_tie t
    JOIN export_name a ON a.kind = t.kind AND a.name = t.name
    JOIN export_label l ON l.tie = a.tie AND l.is_reserved
    WHERE t.item_id = c.item_id
"""

DROP_BRIDGES: LiteralString = "DELETE FROM export_candidate WHERE item_id = ANY(%(items)s::bigint[])"

COMPONENTS: LiteralString = """
    SELECT l.component, COALESCE(min(a.member) FILTER (WHERE a.split IS NOT NULL), min(a.member)), min(a.split)
    FROM export_label l JOIN export_atom a ON a.tie = l.tie
    WHERE NOT l.is_reserved
    GROUP BY l.component
"""

COPY_COMPONENTS: LiteralString = "COPY export_component (component, member, split) FROM STDIN"

GROUPS: LiteralString = """
    INSERT INTO export_group (group_kind, group_name, member, split)
    SELECT a.kind, a.name, p.member, p.split
    FROM export_name a
    JOIN export_label l ON l.tie = a.tie
    JOIN export_component p ON p.component = l.component
    WHERE a.kind IN ('conversation', 'interaction')
"""

ASSIGN: LiteralString = """
    INSERT INTO annotation_splitassignment (feature_id, seed, group_by, member, split)
    SELECT DISTINCT %(feature)s::bigint, %(seed)s::bigint, %(group_by)s::text, a.member, p.split
    FROM export_placed p
    JOIN export_tie t ON t.item_id = p.item_id
    JOIN export_name a ON a.kind = t.kind AND a.name = t.name
    ORDER BY a.member
    ON CONFLICT DO NOTHING
"""
