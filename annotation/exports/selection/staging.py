"""The statements of the selection, on tables that live as long as its transaction."""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

# So that what is joined and sorted goes to the disk late, for as long as a transaction. Few rows take less; of a
# million, the texts fill what three processes have for a hash together, 384 MB, for some seconds.
MEMORY: LiteralString = "SET LOCAL work_mem = '64MB'"

CLEAR: LiteralString = """
    DROP TABLE IF EXISTS pg_temp.export_candidate, pg_temp.export_group, pg_temp.export_placed, pg_temp.export_alike
"""

GROUPS: LiteralString = """
    CREATE TEMPORARY TABLE export_group (group_kind text, group_name text, member text, split text) ON COMMIT DROP
"""

# The turns before an interaction, as they were known when its reason was decided: what arrives later, or out of order
# between selection and writing, changes no row.
EARLIER_TURNS = sql.SQL("""
    FROM annotation_interaction e
    JOIN annotation_interactioncontent y ON y.interaction_id = e.id
    WHERE e.feature_id = %(feature)s AND e.conversation_id = j.conversation_id
      AND (e.occurred_at, e.id) < (j.occurred_at, j.interaction_id) AND e.ingested_at <= j.resolved_at
""")

# Made by what fills it: where PostgreSQL only inserts, it reads in one process alone.
CANDIDATES: LiteralString = """
    CREATE TEMPORARY TABLE export_candidate (
        item_id, row_kind, revision_id, label_ids, reason_id, interaction_id, signal_kind, model_version, source,
        confidence, is_sample, raw_weight, group_kind, group_name, alike, target, correction_id, counterpart_item_id,
        counterpart_revision_id, counterpart_kind, counterpart_name, cause
    ) ON COMMIT DROP AS
    WITH bad AS (
        SELECT DISTINCT i.interaction_id
        FROM annotation_item i
        JOIN annotation_consensusrevision v ON v.item_id = i.id AND v.superseded_at IS NULL
        JOIN annotation_reason r ON r.id = v.reason_id AND r.outcome = 'bad'
        WHERE i.feature_id = %(feature)s AND i.status = 'resolved'
    ),
    facts AS (
        SELECT i.id AS item_id, i.interaction_id, i.signal_kind, i.purpose = 'sample' AS is_sample,
               n.external_id, n.conversation_id, n.user_hash, n.occurred_at, n.model_version, n.is_evaluation,
               n.erased_at, e.row_kind, e.revision_id, e.label_ids, e.reason_id, e.source, e.confidence,
               e.resolved_at, r.code, r.outcome, r.uses, bad.interaction_id IS NOT NULL AS has_bad,
               CASE WHEN c.closed_at IS NOT NULL AND i.key < c.threshold
                    THEN LEAST(1 / LEAST(1, c.threshold * i.weight), 20) END AS raw_weight
        FROM annotation_item i
        JOIN annotation_interaction n ON n.id = i.interaction_id
        {entries}
        LEFT JOIN annotation_reason r ON r.id = e.reason_id
        LEFT JOIN annotation_cohort c ON c.id = i.cohort_id
        LEFT JOIN bad ON bad.interaction_id = i.interaction_id
        WHERE i.feature_id = %(feature)s AND {of}
    ),
    judged AS (
        SELECT j.*, CASE
            WHEN j.erased_at IS NOT NULL THEN 'erased'
            WHEN NOT (
                (cardinality(%(signal_kinds)s::text[]) = 0 OR j.signal_kind = ANY(%(signal_kinds)s::text[]))
                AND (cardinality(%(model_versions)s::text[]) = 0 OR j.model_version = ANY(%(model_versions)s::text[]))
                AND (%(from)s::timestamptz IS NULL OR j.occurred_at >= %(from)s::timestamptz)
                AND (%(to)s::timestamptz IS NULL OR j.occurred_at < %(to)s::timestamptz)
                AND (%(purpose)s::text = 'training' OR j.is_evaluation)
            ) THEN 'filtered'
            WHEN %(purpose)s::text = 'training' AND j.is_evaluation THEN 'evaluation_set'
            -- What hangs together by component is followed from row to row (`components`).
            WHEN %(purpose)s::text = 'training' AND NOT %(spreads)s::boolean AND (
                j.conversation_id IN (
                    SELECT conversation_id FROM annotation_interaction
                    WHERE feature_id = %(feature)s AND is_evaluation AND conversation_id IS NOT NULL
                )
                OR (%(group_by)s::text <> 'conversation' AND j.user_hash IN (
                    SELECT user_hash FROM annotation_interaction
                    WHERE feature_id = %(feature)s AND is_evaluation AND user_hash IS NOT NULL
                ))
            ) THEN 'evaluation_set'
            WHEN j.reason_id IS NULL THEN 'no_consensus'
            WHEN NOT (
                (cardinality(%(outcomes)s::text[]) = 0 OR j.outcome = ANY(%(outcomes)s::text[]))
                AND (cardinality(%(reasons)s::text[]) = 0 OR j.code = ANY(%(reasons)s::text[]))
                AND (cardinality(%(sources)s::text[]) = 0 OR COALESCE(j.source = ANY(%(sources)s::text[]), false))
            ) THEN 'filtered'
            WHEN COALESCE(j.confidence, -1) < %(min_confidence)s::float8 THEN 'below_confidence'
            WHEN NOT ({permitted}) THEN 'use_not_permitted'
            WHEN ({praises}) AND j.has_bad THEN 'contradicting_signals'
        END AS objection
        FROM facts j
        -- Else it would be found out anew wherever it is named. As a text: the number would be taken for a limit, to
        -- which nothing is joined in several processes.
        OFFSET '0'
    ),
    readable AS (
        SELECT j.*, {alike} AS alike, {target} AS target, t.label_id AS correction_id, o.item_id AS counterpart_item_id,
               o.revision_id AS counterpart_revision_id, o.conversation_id AS counterpart_conversation,
               o.user_hash AS counterpart_user, o.external_id AS counterpart_name, COALESCE(j.objection, CASE
            WHEN x.interaction_id IS NULL THEN 'erased'
            WHEN NOT ({counterpart}) THEN 'no_counterpart'
            WHEN NOT ({readable}) THEN 'lint'
        END) AS cause
        FROM judged j
        LEFT JOIN annotation_interactioncontent x ON x.interaction_id = j.interaction_id AND j.objection IS NULL
        {others}
    )
    SELECT item_id, row_kind, revision_id, label_ids, reason_id, interaction_id, signal_kind, model_version, source,
           confidence, is_sample, raw_weight,
           {own_group},
           alike, target, correction_id, counterpart_item_id, counterpart_revision_id,
           {counterpart_group},
           cause
    FROM readable
"""

DROP_OTHERS: LiteralString = """
    WITH others AS (DELETE FROM export_candidate WHERE cause IS NOT NULL RETURNING cause)
    SELECT cause, count(*) FROM others GROUP BY cause
"""

# Of one interaction, by which its split is drawn: what kind of group, and its name.
GROUP: LiteralString = """
    CASE WHEN %(group_by)s::text = 'user' AND {user} IS NOT NULL THEN 'user'
         WHEN {conversation} IS NOT NULL THEN 'conversation' ELSE 'interaction' END,
    CASE WHEN %(group_by)s::text = 'user' AND {user} IS NOT NULL THEN encode({user}, 'hex')
         ELSE COALESCE({conversation}, {name}) END
"""

# What the planner has to know of them: each further column would be sorted.
COUNT_CANDIDATES: LiteralString = """
    ANALYZE export_candidate (item_id, interaction_id, group_kind, group_name, counterpart_item_id)
"""
COUNT_PLACED: LiteralString = "ANALYZE export_placed (item_id, split, member, alike, raw_weight, target)"

# The same number for the same question and the same to be learned. Which rows then really say the same is looked at for
# those alone that have a number in common: it takes ten times as long.
ALIKE: LiteralString = "jsonb_hash_extended(x.input, jsonb_hash_extended({says}, 0))"

# What the trainer would read, as one digest: the question with the turns before it, and what is to be learned. No JSON
# that PostgreSQL writes has a line end in it.
SAYS: LiteralString = """
    sha256(convert_to(concat_ws(E'\\n',
        x.input, {says},
        CASE WHEN j.conversation_id IS NOT NULL AND jsonb_typeof(x.input) = 'string' THEN (
            SELECT string_agg(encode(sha256(convert_to(concat(y.input, y.output), 'UTF8')), 'hex'), ' '
                              ORDER BY e.occurred_at, e.id)
            {earlier_turns}
        ) END
    ), 'UTF8'))
"""

# Of several signals of one interaction: what gold or more people said, then the sample, then the first.
DROP_SECOND_ROWS: LiteralString = """
    DELETE FROM export_candidate c
    USING (
        SELECT item_id, row_number() OVER (
            PARTITION BY interaction_id
            ORDER BY source = 'gold' DESC, confidence DESC NULLS LAST, is_sample DESC, item_id
        ) AS place
        FROM export_candidate
        WHERE interaction_id IN (SELECT interaction_id FROM export_candidate GROUP BY 1 HAVING count(*) > 1)
    ) ranked
    WHERE ranked.item_id = c.item_id AND ranked.place > 1
"""

GROUP_NAMES: LiteralString = """
    SELECT group_kind, group_name FROM export_candidate
    UNION
    SELECT counterpart_kind, counterpart_name FROM export_candidate WHERE counterpart_item_id IS NOT NULL
"""

COPY_GROUPS: LiteralString = "COPY export_group (group_kind, group_name, member, split) FROM STDIN"

PLACE: LiteralString = """
    CREATE TEMPORARY TABLE export_placed ON COMMIT DROP AS
    SELECT c.item_id, c.row_kind, c.revision_id, c.label_ids, c.reason_id, c.interaction_id, c.signal_kind,
           c.model_version, c.source, c.raw_weight, c.alike, c.target, c.correction_id, c.counterpart_item_id,
           c.counterpart_revision_id, c.counterpart_kind, c.counterpart_name, g.member,
           COALESCE(a.split, g.split) AS split
    FROM export_candidate c
    JOIN export_group g ON g.group_kind = c.group_kind AND g.group_name = c.group_name
    LEFT JOIN annotation_splitassignment a
           ON %(is_split)s::boolean AND a.feature_id = %(feature)s AND a.seed = %(seed)s::bigint
          AND a.group_by = %(group_by)s::text AND a.member = g.member
"""

# How many rows are newer than the middle of a group, which is as old as its first.
BY_TIME: LiteralString = """
    WITH held AS (
        SELECT g.member, min(n.occurred_at) AS began_at, count(*) AS rows
        FROM export_candidate c
        JOIN export_group g ON g.group_kind = c.group_kind AND g.group_name = c.group_name
        JOIN annotation_interaction n ON n.id = c.interaction_id
        GROUP BY g.member
    ), placed AS (
        SELECT member, (sum(rows) OVER (ORDER BY began_at DESC, member DESC) - rows / 2.0) / sum(rows) OVER () AS newer
        FROM held
    )
    UPDATE export_group g
    SET split = CASE WHEN p.newer < %(test)s::float8 THEN 'test'
                     WHEN p.newer < %(held_out)s::float8 THEN 'validation' ELSE %(oldest)s::text END
    FROM placed p
    WHERE p.member = g.member AND g.split IS NULL
"""

FIND_ALIKE: LiteralString = """
    CREATE TEMPORARY TABLE export_alike ON COMMIT DROP AS
    SELECT p.item_id
    FROM export_placed p
    JOIN (SELECT split, alike FROM export_placed GROUP BY 1, 2 HAVING count(*) > 1) a USING (split, alike)
"""

# Of rows that say the same in one split, the first stays. Named as where `shapes` chose them.
DROP_COPIES: LiteralString = """
    DELETE FROM export_placed p
    USING (
        SELECT j.item_id, min(j.item_id) OVER (PARTITION BY j.split, {says}) AS first
        FROM (
            SELECT c.*, n.conversation_id, n.occurred_at, v.resolved_at, r.uses
            FROM export_alike a
            JOIN export_placed c ON c.item_id = a.item_id
            JOIN annotation_interaction n ON n.id = c.interaction_id
            JOIN annotation_consensusrevision v ON v.id = c.revision_id
            JOIN annotation_reason r ON r.id = c.reason_id
        ) j
        JOIN annotation_interactioncontent x ON x.interaction_id = j.interaction_id
        LEFT JOIN (SELECT label_id, correction AS text FROM annotation_labelcontent) t ON t.label_id = j.correction_id
        LEFT JOIN (
            SELECT k.id AS item_id, y.output
            FROM annotation_item k JOIN annotation_interactioncontent y ON y.interaction_id = k.interaction_id
        ) o ON o.item_id = j.counterpart_item_id
    ) same
    WHERE p.item_id = same.item_id AND p.item_id > same.first
"""

COUNTS: LiteralString = """
    SELECT p.split, r.signal_kind, r.code, r.outcome, count(*)
    FROM export_placed p JOIN annotation_reason r ON r.id = p.reason_id
    GROUP BY 1, 2, 3, 4
    ORDER BY array_position(%(splits)s::text[], p.split), 2, 3
"""

# In the order of their names, so that two exports that assign the same groups at once don't wait for each other in
# a ring. Both draw the same splits, and each name has one.
ASSIGN: LiteralString = """
    INSERT INTO annotation_splitassignment (feature_id, seed, group_by, member, split)
    SELECT %(feature)s::bigint, %(seed)s::bigint, %(group_by)s::text, member, min(split)
    FROM (
        SELECT member, split FROM export_placed
        UNION ALL
        SELECT g.member, p.split
        FROM export_placed p
        JOIN export_group g ON g.group_kind = p.counterpart_kind AND g.group_name = p.counterpart_name
        WHERE p.target = 'regeneration'
    ) held
    GROUP BY member
    ORDER BY member
    ON CONFLICT DO NOTHING
"""

# Numeric, not float: the mean must not depend on the order in which rows are added up. Reckoned once for each weight,
# since most rows have one of a few.
ROWS: LiteralString = """
    INSERT INTO annotation_exportrow
        (export_id, ordinal, row_kind, split, "group", item_id, revision_id, label_ids, weight,
         correction_id, counterpart_item_id, counterpart_revision_id)
    SELECT %(export)s::bigint,
           row_number() OVER (ORDER BY array_position(%(splits)s::text[], p.split), item_id, row_kind, label_ids),
           CASE WHEN %(pairs)s::boolean THEN 'pair' ELSE row_kind END, p.split, member, item_id, revision_id, label_ids,
           w.weight,
           CASE target WHEN 'correction' THEN correction_id END,
           CASE target WHEN 'regeneration' THEN counterpart_item_id END,
           CASE target WHEN 'regeneration' THEN counterpart_revision_id END
    FROM export_placed p
    LEFT JOIN (
        SELECT split, raw_weight,
               (raw_weight::numeric / (sum(raw_weight::numeric * rows) OVER own / sum(rows) OVER own))::float8 AS weight
        FROM (
            SELECT split, raw_weight, count(*) AS rows FROM export_placed WHERE raw_weight IS NOT NULL GROUP BY 1, 2
        ) few
        WINDOW own AS (PARTITION BY split)
    ) w ON w.split = p.split AND w.raw_weight = p.raw_weight
"""

# Whether the rows that would be written now are others than those of an export.
DIFFERS: LiteralString = """
    WITH now AS (
        SELECT split, item_id, revision_id, label_ids,
               (raw_weight::numeric / avg(raw_weight::numeric) OVER (PARTITION BY split))::float8 AS weight,
               CASE target WHEN 'correction' THEN correction_id END AS correction_id,
               CASE target WHEN 'regeneration' THEN counterpart_item_id END AS counterpart_item_id,
               CASE target WHEN 'regeneration' THEN counterpart_revision_id END AS counterpart_revision_id
        FROM export_placed
    ), made AS (
        SELECT split, item_id, revision_id, label_ids, weight, correction_id, counterpart_item_id,
               counterpart_revision_id
        FROM annotation_exportrow WHERE export_id = %(export)s::bigint
    )
    SELECT EXISTS (
        (TABLE now EXCEPT ALL TABLE made) UNION ALL (TABLE made EXCEPT ALL TABLE now)
    )
"""

SPLIT_RANGES: LiteralString = """
    SELECT split, min(ordinal), max(ordinal) FROM annotation_exportrow WHERE export_id = %s GROUP BY split ORDER BY 2
"""

NEWEST_TAXONOMY: LiteralString = """
    SELECT v.id FROM annotation_reason r
    JOIN annotation_taxonomyversion v ON v.id = r.taxonomy_version_id
    WHERE r.id IN (SELECT DISTINCT reason_id FROM export_placed)
    ORDER BY v.number DESC LIMIT 1
"""
