"""The one statement that counts days: what it writes for some days is what it writes for all.

It takes each large table by an index, a row at a time: how long it takes goes with the interactions of the days that
are asked for, however many there are besides. OFFSET 0 keeps the planner to that, which can't know how many those are.
"""

from __future__ import annotations

from typing import Final

from annotation.closure.kept.records import SENT

# The days, and by the index (feature, version, time) the interactions of each: a feature's versions are found by one
# probe each, since there is no index by time alone, which every sender would pay for.
CHOSEN: Final = """
    wanted AS (
        SELECT feature_id, day, day::timestamp AT TIME ZONE 'UTC' AS begins,
               (day + 1)::timestamp AT TIME ZONE 'UTC' AS ends
        FROM unnest(%(features)s::bigint[], %(days)s::date[]) AS wanted (feature_id, day)
    ), version AS (
        SELECT asked.feature_id, (
            SELECT min(i.model_version) FROM annotation_interaction i WHERE i.feature_id = asked.feature_id
        ) AS name
        FROM (SELECT DISTINCT feature_id FROM wanted) asked
        UNION ALL
        SELECT version.feature_id, (
            SELECT min(i.model_version) FROM annotation_interaction i
            WHERE i.feature_id = version.feature_id AND i.model_version > version.name
        )
        FROM version WHERE version.name IS NOT NULL
    ), chosen AS MATERIALIZED (
        SELECT i.id, i.feature_id, wanted.day, i.model_version, i.is_evaluation,
               i.ingested_at > i.occurred_at + interval '7 days' AS is_imported,
               floor(extract(epoch FROM i.occurred_at) / 3600)::int AS occurred,
               floor(extract(epoch FROM GREATEST(i.ingested_at, i.occurred_at)) / 3600)::int AS ingested,
               floor(extract(epoch FROM i.erased_at) / 3600)::int AS erased
        FROM wanted
        JOIN version ON version.feature_id = wanted.feature_id
        CROSS JOIN LATERAL (
            SELECT one.* FROM annotation_interaction one
            WHERE one.feature_id = version.feature_id AND one.model_version = version.name
              AND one.occurred_at >= wanted.begins AND one.occurred_at < wanted.ends
            OFFSET 0
        ) i
    )"""

# `placed`: each row of a finished export that holds an item, as the row's own or as its counterpart. `entry`: what
# became of each item, and of one that was exported with several decisions what became of each. Its labels are those
# that count: current ones, and those that the exported revision was made of.
ENTRIES: Final = """
    of_item AS MATERIALIZED (
        SELECT chosen.id AS interaction_id, item.id, item.signal_kind, item.status, item.purpose, item.weight, item.key,
               item.cohort_id, item.queued_at
        FROM chosen
        CROSS JOIN LATERAL (
            SELECT one.* FROM annotation_item one WHERE one.interaction_id = chosen.id OFFSET 0
        ) item
    ), placed AS MATERIALIZED (
        SELECT of_item.interaction_id, of_item.id AS item_id, held.*
        FROM of_item
        CROSS JOIN LATERAL (
            SELECT row.export_id, row.split, row.revision_id
            FROM annotation_exportrow row WHERE row.item_id = of_item.id AND row.revision_id IS NOT NULL
            UNION ALL
            SELECT row.export_id, row.split, row.counterpart_revision_id
            FROM annotation_exportrow row
            WHERE row.counterpart_item_id = of_item.id AND row.counterpart_revision_id IS NOT NULL
        ) held
        JOIN annotation_export export ON export.id = held.export_id AND export.status = 'done'
    ), item_placed AS (
        SELECT item_id, revision_id, bool_or(split = 'train') AS is_trained_on
        FROM placed GROUP BY item_id, revision_id
    ), entry AS (
        SELECT of_item.interaction_id, of_item.signal_kind, of_item.status, of_item.queued_at,
               label.labeled_at, revision.resolved_at, revision.reason_id, item_placed.is_trained_on,
               CASE WHEN of_item.status = 'withdrawn' THEN 'withdrawn'
                    WHEN revision.id IS NOT NULL AND cardinality(reason.uses) > 0 THEN ''
                    WHEN reason.outcome IN ('not_about_model', 'unknowable') THEN reason.outcome
                    WHEN revision.id IS NOT NULL THEN 'no_permitted_use'
                    WHEN of_item.status = 'reserve' THEN 'reserve'
                    ELSE '' END AS ended,
               cohort.closed_at, of_item.purpose = 'sample' AS is_sample,
               of_item.purpose = 'sample' AND cohort.closed_at IS NULL AS is_open,
               CASE WHEN of_item.key < cohort.threshold
                    THEN LEAST(1, cohort.threshold * of_item.weight) END AS probability
        FROM of_item
        LEFT JOIN item_placed ON item_placed.item_id = of_item.id
        LEFT JOIN annotation_cohort cohort ON cohort.id = of_item.cohort_id
        LEFT JOIN LATERAL (
            SELECT one.id, one.reason_id, one.resolved_at, one.label_ids
            FROM annotation_consensusrevision one
            WHERE one.item_id = of_item.id
              AND CASE WHEN item_placed.revision_id IS NULL THEN one.superseded_at IS NULL
                       ELSE one.id = item_placed.revision_id END
            OFFSET 0
        ) revision ON true
        LEFT JOIN annotation_reason reason ON reason.id = revision.reason_id
        LEFT JOIN LATERAL (
            SELECT min(one.labeled_at) AS labeled_at FROM annotation_label one
            WHERE one.item_id = of_item.id AND (one.superseded_at IS NULL OR one.id = ANY (revision.label_ids))
              AND one.rater_id <> ALL (ARRAY(SELECT id FROM annotation_rater WHERE kind IN ('rule', 'judge')))
        ) label ON true
    )"""

# An interaction's way through the first stages is that of its item which came furthest; the exports are those of all
# its items. One random number serves all of them, so the largest chance of any is its own.
WAYS: Final = """
    way AS (
        SELECT DISTINCT ON (interaction_id) interaction_id, reason_id, ended,
               CASE WHEN resolved_at IS NOT NULL THEN 5 WHEN labeled_at IS NOT NULL THEN 4 ELSE 3 END AS reached,
               floor(extract(epoch FROM queued_at) / 3600)::int AS queued,
               floor(extract(epoch FROM labeled_at) / 3600)::int AS labeled,
               floor(extract(epoch FROM resolved_at) / 3600)::int AS resolved,
               CASE WHEN ended = 'reserve' THEN floor(extract(epoch FROM closed_at) / 3600)::int END AS reserved
        FROM entry
        ORDER BY interaction_id, is_trained_on DESC NULLS LAST,
                 (resolved_at IS NOT NULL) DESC, (labeled_at IS NOT NULL) DESC, ended <> '',
                 resolved_at, labeled_at, queued_at
    ), held AS (
        SELECT interaction_id, md5(train::text || held_out::text)::uuid AS id, train, held_out
        FROM (
            SELECT interaction_id,
                   COALESCE(array_agg(DISTINCT export_id ORDER BY export_id) FILTER (WHERE split = 'train'), '{}')
                       AS train,
                   COALESCE(array_agg(DISTINCT export_id ORDER BY export_id) FILTER (WHERE split <> 'train'), '{}')
                       AS held_out
            FROM placed GROUP BY interaction_id
        ) sides
    ), counted AS (
        SELECT interaction_id, COALESCE(signal_kind, '') AS signal_kind, max(probability) AS probability,
               bool_or(is_open) AS is_open, bool_or(is_sample) AS is_sample
        FROM entry GROUP BY GROUPING SETS ((interaction_id), (interaction_id, signal_kind))
    ), passage AS (
        SELECT chosen.feature_id, chosen.day, COALESCE(counted.signal_kind, '') AS signal_kind,
               CASE WHEN counted.signal_kind <> '' THEN '' ELSE chosen.model_version END AS model_version,
               CASE WHEN counted.signal_kind <> '' THEN NULL ELSE way.reason_id END AS reason_id,
               CASE WHEN chosen.is_imported THEN 'imported'
                    WHEN counted.probability IS NOT NULL THEN 'sample'
                    WHEN counted.is_open THEN 'open'
                    WHEN counted.is_sample AND way.labeled IS NULL THEN 'beyond'
                    ELSE 'apart' END AS population,
               COALESCE(way.reached, 2) AS reached, COALESCE(way.ended, '') <> '' AS has_ended,
               chosen.erased IS NOT NULL OR chosen.is_evaluation AS has_stopped,
               held.id AS exports_id, chosen.occurred, chosen.ingested,
               CASE WHEN way.queued IS NOT NULL THEN GREATEST(way.queued, chosen.ingested) END AS queued,
               CASE WHEN way.labeled IS NOT NULL THEN GREATEST(way.labeled, way.queued, chosen.ingested) END AS labeled,
               CASE WHEN way.resolved IS NOT NULL
                    THEN GREATEST(way.resolved, way.labeled, way.queued, chosen.ingested) END AS resolved,
               CASE WHEN way.ended = 'withdrawn' AND chosen.erased IS NOT NULL THEN chosen.erased
                    WHEN way.ended <> ''
                    THEN GREATEST(way.reserved, way.resolved, way.labeled, way.queued, chosen.ingested) END AS ended_at,
               LEAST(CASE WHEN chosen.is_evaluation THEN chosen.ingested END, chosen.erased) AS stopped_at,
               CASE WHEN NOT chosen.is_imported THEN 1 / counted.probability END AS weight
        FROM chosen
        LEFT JOIN way ON way.interaction_id = chosen.id
        LEFT JOIN held ON held.interaction_id = chosen.id
        LEFT JOIN counted ON counted.interaction_id = chosen.id
    )"""

# What retention took is counted where it stood, ingested or queued; it can lead no further.
LET_GO: Final = """
    let_go AS (
        SELECT kept.feature_id, kept.day, kept.model_version, place.reached, sum(place.number)::bigint AS number
        FROM wanted
        JOIN annotation_retentioncount kept ON kept.feature_id = wanted.feature_id AND kept.day = wanted.day
        CROSS JOIN LATERAL (
            VALUES (2, kept.interactions - kept.queued), (3, kept.queued)
        ) AS place (reached, number)
        WHERE kept.signal_kind IS NULL AND place.number > 0
        GROUP BY 1, 2, 3, 4
    )"""

FORGET: Final = """
    DELETE FROM annotation_closuretally tally
    USING unnest(%(features)s::bigint[], %(days)s::date[]) AS wanted (feature, day)
    WHERE tally.feature_id = wanted.feature AND tally.day = wanted.day
"""

# What is put together here has as many rows as the days have interactions, and the planner guesses a few: it would
# compare each with each. Nested loops are left where nothing else is possible, which is where OFFSET 0 stands.
PLAN: Final = "SET LOCAL enable_nestloop = off; SET LOCAL jit = off"
PLAN_AS_BEFORE: Final = "RESET enable_nestloop; RESET jit"

# Sums of numeric don't depend on the order in which rows come, as those of floats do.
CELLS: Final = """
    cell AS (
        SELECT feature_id, day, signal_kind, model_version, reason_id, exports_id, population, reached, has_ended,
               has_stopped, occurred, ingested, queued, labeled, resolved, ended_at, stopped_at, count(*) AS number,
               COALESCE(sum(weight::numeric), 0)::float8 AS weight,
               COALESCE(sum(weight::numeric ^ 2), 0)::float8 AS squares
        FROM passage
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
        UNION ALL
        SELECT feature_id, day, '', model_version, NULL, NULL, 'let_go', reached, true, false,
               NULL, NULL, NULL, NULL, NULL, NULL, NULL, number, 0, 0
        FROM let_go
    )"""

COUNT: Final = f"""
    WITH RECURSIVE {CHOSEN}, {ENTRIES}, {WAYS}, {LET_GO}, {CELLS}, sets AS (
        INSERT INTO annotation_exportset (id, train, held_out)
        SELECT DISTINCT ON (id) id, train, held_out FROM held ORDER BY id
        ON CONFLICT (id) DO NOTHING
    )
    INSERT INTO annotation_closuretally (feature_id, day, signal_kind, model_version, reason_id, exports_id, cells)
    SELECT feature_id, day, signal_kind, model_version, reason_id, exports_id,
           string_agg(record, ''::bytea ORDER BY record)
    FROM (
        SELECT feature_id, day, signal_kind, model_version, reason_id, exports_id, {SENT} AS record FROM cell
    ) sent
    GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608 - put together from texts of this file and of records alone
