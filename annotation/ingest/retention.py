"""Let go of what a feature no longer keeps, and keep the counts that totals and rates need.

What leaves is older than the feature's `retention_days` by `ingested_at`, and nobody ever took it: it has no item, or
only items that stayed untouched until their cohort closed. What was labeled, flagged, skipped, decided, exported,
reserved for evaluation, judged beside a bad answer or still waits to be labeled stays, with its whole conversation and
with the answers that were made instead of each other: they are its context. So does the first answer of each
deployment, which closes loops.

A conversation leaves as a whole, once its last turn is old enough. Else its second turn would become its first, and
count in rates beside the one that left.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import OperationalError, connection, transaction

from annotation import loading
from annotation.errors import Refusal
from annotation.ingest import gate
from annotation.ingest.fields import InvalidRecord
from annotation.models import Feature

WINDOW = 400
"""Ids that are looked through at once: at most so many interactions leave in one transaction, and senders of the
feature wait for it. Measured: 0.3 s for each thousand that leave, most of it the database's own checks that nothing
else names them."""

COUNT_SECONDS = 15
COUNTED = 100_000
"""Of more than so many, a dry run looks at a share, drawn by the interactions' own random numbers."""

# {i} is an interaction: old, and nothing of it was ever taken. The last key that was reached is a cohort's threshold:
# an item below it is of the sample, also where it was withdrawn. One beyond it counts in rates once its cohort's terms
# are written, which stay.
UNTOUCHED = """
    {i}.ingested_at < %(cutoff)s AND {i}.settle_at IS NULL AND NOT {i}.is_evaluation
    AND NOT EXISTS (
        SELECT FROM annotation_signal s JOIN annotation_delayedsignal d ON d.signal_id = s.id
        WHERE s.interaction_id = {i}.id
    )
    AND NOT EXISTS (
        SELECT FROM annotation_mendedpair p WHERE p.later_id = {i}.id AND cardinality(p.taken) > 0
    )
    AND NOT EXISTS (
        SELECT FROM annotation_item t LEFT JOIN annotation_cohort c ON c.id = t.cohort_id
        WHERE t.interaction_id = {i}.id AND NOT (
            t.first_shown_at IS NULL AND cardinality(t.taken) = 0
            AND CASE t.purpose
                WHEN 'sample' THEN t.status IN ('reserve', 'withdrawn') AND t.key >= c.threshold
                                   AND EXISTS (SELECT FROM annotation_termsheet w WHERE w.cohort_id = c.id)
                WHEN 'backfill' THEN t.status IN ('open', 'withdrawn')
                ELSE false END
            AND NOT EXISTS (SELECT FROM annotation_lease l WHERE l.item_id = t.id)
            AND NOT EXISTS (SELECT FROM annotation_label l WHERE l.item_id = t.id)
            AND NOT EXISTS (SELECT FROM annotation_judgeask l WHERE l.item_id = t.id)
            AND NOT EXISTS (SELECT FROM annotation_skip l WHERE l.item_id = t.id)
            AND NOT EXISTS (SELECT FROM annotation_flag l WHERE l.item_id = t.id)
            AND NOT EXISTS (SELECT FROM annotation_consensusrevision v WHERE v.item_id = t.id)
            AND NOT EXISTS (SELECT FROM annotation_exportrow r WHERE r.item_id = t.id)
            AND NOT EXISTS (SELECT FROM annotation_exportrow r WHERE r.counterpart_item_id = t.id)
        )
    )
"""

MATE = f"""
    SELECT m.id FROM annotation_interaction m
    WHERE m.feature_id = i.feature_id AND m.conversation_id = i.conversation_id AND NOT ({UNTOUCHED.format(i="m")})
    UNION ALL
    SELECT m.id FROM annotation_interaction m
    WHERE m.feature_id = i.feature_id AND m.replaces = i.external_id AND NOT ({UNTOUCHED.format(i="m")})
    UNION ALL
    SELECT m.id FROM annotation_interaction m
    WHERE m.feature_id = i.feature_id AND m.external_id = i.replaces AND NOT ({UNTOUCHED.format(i="m")})
"""  # noqa: S608 - put together from texts of this file alone

# What each deployment's first answer is: the end of every loop that its model closes (`annotation.closure`).
FIRST_CHANGED = """
    SELECT changed.id FROM annotation_deployment d
    CROSS JOIN LATERAL (
        SELECT n.id FROM annotation_interaction n
        WHERE n.feature_id = d.feature_id AND n.model_version = d.model_version AND n.occurred_at >= d.deployed_at
        ORDER BY n.occurred_at LIMIT 1
    ) changed
    WHERE d.feature_id = %(feature)s
"""

# Through the BRIN index. Asked for directly, the largest id would be looked for from the newest row backwards.
BOUNDS = """
    SELECT min(id), max(id) FROM (
        SELECT id FROM annotation_interaction WHERE feature_id = %(feature)s AND ingested_at < %(cutoff)s OFFSET 0
    ) old
"""

LEAVES = f"""
    SELECT i.id FROM annotation_interaction i
    WHERE i.feature_id = %(feature)s AND {{which}} AND {UNTOUCHED.format(i="i")}
      AND i.id NOT IN ({FIRST_CHANGED}) AND NOT EXISTS ({MATE})
    ORDER BY i.id
"""  # noqa: S608
IN_WINDOW = LEAVES.format(which="i.id BETWEEN %(first)s AND %(last)s")
STILL = LEAVES.format(which="i.id = ANY(%(ids)s::bigint[])") + " FOR UPDATE OF i SKIP LOCKED"
OF_A_SHARE = LEAVES.format(which="i.random_number < %(share)s::float8")

LOCK_ITEMS = """
    SELECT id FROM annotation_item WHERE interaction_id = ANY(%(ids)s::bigint[]) ORDER BY id FOR UPDATE
"""

LOCK_PAIRS = """
    SELECT id FROM annotation_mendedpair WHERE later_id = ANY(%(ids)s::bigint[]) ORDER BY id FOR UPDATE
"""

COUNT = """
    INSERT INTO annotation_retentioncount AS kept
        (feature_id, day, model_version, is_first, signal_kind, queue_id, cohort_id, queued_on,
         interactions, queued, signals, items)
    SELECT feature_id, (occurred_at AT TIME ZONE 'UTC')::date, model_version, conversation_rank = 1,
           NULL, NULL, NULL, NULL::date, count(*),
           count(*) FILTER (WHERE EXISTS (SELECT FROM annotation_item t WHERE t.interaction_id = i.id)), 0, 0
    FROM annotation_interaction i WHERE i.id = ANY(%(ids)s::bigint[])
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT i.feature_id, (i.occurred_at AT TIME ZONE 'UTC')::date, i.model_version, i.conversation_rank = 1,
           s.kind, t.queue_id, t.cohort_id, (t.queued_at AT TIME ZONE 'UTC')::date,
           count(DISTINCT i.id), 0, count(DISTINCT s.id), count(t.id)
    FROM annotation_interaction i
    JOIN annotation_signal s ON s.interaction_id = i.id
    LEFT JOIN annotation_item t ON t.signal_id = s.id
    WHERE i.id = ANY(%(ids)s::bigint[])
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
    ON CONFLICT (feature_id, day, model_version, is_first, signal_kind, queue_id, cohort_id, queued_on) DO UPDATE
    SET interactions = kept.interactions + excluded.interactions, queued = kept.queued + excluded.queued,
        signals = kept.signals + excluded.signals, items = kept.items + excluded.items
"""

# Items before signals before interactions: the database holds those three together, so that a mistake above would
# end in an error, and not in a label without its item.
DELETIONS = (
    "DELETE FROM annotation_signature WHERE interaction_id = ANY(%(ids)s::bigint[])",
    "DELETE FROM annotation_evidencedue WHERE interaction_id = ANY(%(ids)s::bigint[])",
    "DELETE FROM annotation_responseid WHERE interaction_id = ANY(%(ids)s::bigint[])",
    "DELETE FROM annotation_mendedpair WHERE later_id = ANY(%(ids)s::bigint[])",
    "DELETE FROM annotation_item WHERE interaction_id = ANY(%(ids)s::bigint[])",
    """DELETE FROM annotation_evidence x USING annotation_signal s
       WHERE s.id = x.signal_id AND s.interaction_id = ANY(%(ids)s::bigint[])""",
    """DELETE FROM annotation_signalcontent x USING annotation_signal s
       WHERE s.id = x.signal_id AND s.interaction_id = ANY(%(ids)s::bigint[])""",
    "DELETE FROM annotation_signal WHERE interaction_id = ANY(%(ids)s::bigint[])",
    "DELETE FROM annotation_interactioncontent WHERE interaction_id = ANY(%(ids)s::bigint[])",
    "DELETE FROM annotation_interaction WHERE id = ANY(%(ids)s::bigint[])",
)

OLD = "SELECT count(*) FROM annotation_interaction WHERE feature_id = %(feature)s AND ingested_at < %(cutoff)s"

WOULD_TAKE = f"""
    WITH leaves AS MATERIALIZED ({OF_A_SHARE})
    SELECT (SELECT count(*) FROM leaves),
           (SELECT count(*) FROM annotation_signal s JOIN leaves ON s.interaction_id = leaves.id),
           (SELECT count(*) FROM annotation_item t JOIN leaves ON t.interaction_id = leaves.id)
"""  # noqa: S608


class TooMuchToCount(Refusal):
    """There is too much to count within {seconds} seconds. Retention works all the same: it goes in small steps."""

    code = "too_much_to_count"
    status = 503


@dataclass(frozen=True, kw_only=True)
class Counts:
    """`old`: interactions older than asked. Of them `interactions` leave, with their signals and untouched items.

    `is_estimate`: there are too many to look at each, and what leaves is reckoned from a random share of them.
    """

    old: int
    interactions: int
    signals: int
    items: int
    is_estimate: bool = False

    @property
    def staying(self) -> int:
        """Old ones that stay, because they were taken or are the context of what was."""
        return self.old - self.interactions


def check(*, feature: Feature, occurred_at: datetime, now: datetime) -> None:
    """Refuse a new record that is older than what the feature keeps: taken in, it would soon leave again."""
    days = feature.retention_days
    if days is not None and occurred_at < now - timedelta(days=days):
        told = (
            f"This record happened over {days} days ago, and the feature {feature.slug} keeps no older ones. "
            "Stop sending it, or ask an admin to keep records for longer."
        )
        raise InvalidRecord("too_old", told)


def would_take(*, feature: Feature, days: int, now: datetime) -> Counts:
    """What would leave if the feature kept so many days. Writes nothing. Raises TooMuchToCount."""
    try:
        return _would_take(feature, now - timedelta(days=days))
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise TooMuchToCount(seconds=COUNT_SECONDS) from error
        raise


def apply(*, now: datetime, seconds: float = 600) -> int:
    """Let go, in every feature, of what it no longer keeps. Returns how many interactions left.

    Ends after about so many seconds; the next call goes on. Several at once do no harm.
    """
    until = time.monotonic() + seconds
    return sum(
        take(feature=feature, now=now, until=until)
        for feature in Feature.objects.filter(retention_days__isnull=False).order_by("pk")
    )


def take(*, feature: Feature, now: datetime, until: float = float("inf"), window: int = WINDOW) -> int:
    """Let go of what one feature no longer keeps, until the monotonic clock says `until`. Returns how many left."""
    if feature.retention_days is None:
        return 0
    values = {"feature": feature.pk, "cutoff": now - timedelta(days=feature.retention_days)}
    ((first, last),) = loading.fetched(BOUNDS, values)
    taken = 0
    while first is not None and first <= last and time.monotonic() < until:
        ids = [pk for (pk,) in loading.fetched(IN_WINDOW, values | {"first": first, "last": first + window - 1})]
        taken += _take(values | {"ids": ids}) if ids else 0
        first += window
    return taken


@transaction.atomic
def _take(values: dict[str, Any]) -> int:
    """Senders are kept away for this moment, so that no signal comes to what leaves."""
    gate.have_alone([values["feature"]])
    _run(LOCK_ITEMS, values)
    _run(LOCK_PAIRS, values)
    # Seen anew, now that nobody takes any of them: what somebody took meanwhile stays.
    still = values | {"ids": [pk for (pk,) in loading.fetched(STILL, values)]}
    _run(COUNT, still)
    for statement in DELETIONS:
        left = _run(statement, still)
    return left


@transaction.atomic
def _would_take(feature: Feature, cutoff: datetime) -> Counts:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{COUNT_SECONDS}s"])
    values = {"feature": feature.pk, "cutoff": cutoff}
    ((old,),) = loading.fetched(OLD, values)
    share = min(1.0, COUNTED / old) if old else 1.0
    (found,) = loading.fetched(WOULD_TAKE, values | {"share": share})
    interactions, signals, items = (round(count / share) for count in found)
    return Counts(old=old, interactions=interactions, signals=signals, items=items, is_estimate=share < 1)


def _run(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
