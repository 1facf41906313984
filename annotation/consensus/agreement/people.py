"""One person and others, one person and gold, a first look and a second one: plain shares of items (percent agreement)
with Wilson's interval.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from annotation import loading
from annotation.lib.intervals import Share
from annotation.models import ConsensusRevision, Feature, Label, Rater

MIN_OVERLAP = 30
MIN_GOLD = 20
"""Fewer carry no share (methods of annotator quality)."""

MIN_LOOKS = 30

LATEST = 20_000
"""Of one person no more labels are compared than the latest so many: they carry each figure, and a page waits."""

# When review first touched an item, and a person's labels as they stood until then. Of a label that a new taxonomy
# version has mapped since, the heir counts, which has its time.
TOUCHED: LiteralString = """
    touched AS (SELECT item_id, min(sent_at) AS at FROM annotation_reviewnote GROUP BY item_id)
"""
MINE: LiteralString = """
    mine AS (
        SELECT l.id, l.item_id, r.code, coalesce(t.at, 'infinity') AS until
        FROM (
            SELECT * FROM annotation_label
            WHERE rater_id = %(rater)s AND role = 'annotator' AND received_at >= %(since)s
            ORDER BY received_at DESC LIMIT %(latest)s
        ) AS l
        JOIN annotation_reason r ON r.id = l.reason_id
        LEFT JOIN touched t ON t.item_id = l.item_id
        WHERE l.received_at < coalesce(t.at, 'infinity')
          AND (l.superseded_at IS NULL OR l.superseded_at >= t.at)
          AND NOT EXISTS (SELECT FROM annotation_label h WHERE h.item_id = l.item_id AND h.mapped_from_id = l.id)
    )
"""

# An item is met by others on itself, and on the second look at its signal, or the first one. What they said is gathered
# item by item, and before it is asked who they are: the planner would read every label that there is.
OTHERS: LiteralString = f"""
    WITH {TOUCHED}, {MINE}, looks AS (
        SELECT f.id AS first_id, s.id AS second_id FROM annotation_item s
        JOIN annotation_item f ON f.signal_id = s.signal_id AND f.purpose IN ('sample', 'backfill')
        WHERE s.purpose = 'second_look'
    ), met AS (
        SELECT item_id AS mine_id, item_id AS other_id, code, until FROM mine
        UNION ALL
        SELECT m.item_id, second_id, m.code, m.until FROM mine m JOIN looks ON first_id = m.item_id
        UNION ALL
        SELECT m.item_id, first_id, m.code, m.until FROM mine m JOIN looks ON second_id = m.item_id
    ), said AS MATERIALIZED (
        SELECT met.mine_id, met.code, o.reason_id, o.rater_id
        FROM met
        CROSS JOIN LATERAL (
            SELECT * FROM annotation_label l
            WHERE l.item_id = met.other_id AND l.rater_id <> %(rater)s AND l.role = 'annotator'
              AND l.received_at < met.until AND (l.superseded_at IS NULL OR l.superseded_at >= met.until)
              AND NOT EXISTS (SELECT FROM annotation_label h WHERE h.item_id = l.item_id AND h.mapped_from_id = l.id)
            OFFSET 0
        ) AS o
    ), shares AS (
        SELECT said.mine_id, avg((r.code = said.code)::int) AS share
        FROM said
        JOIN annotation_rater h ON h.id = said.rater_id AND h.kind = 'human'
        JOIN annotation_reason r ON r.id = said.reason_id
        GROUP BY said.mine_id
    )
    SELECT coalesce(sum(share), 0)::float, count(*) FROM shares
"""  # noqa: S608 - of constants alone

GOLD: LiteralString = f"""
    WITH {TOUCHED}, {MINE}
    SELECT count(*) FILTER (WHERE r.code = mine.code), count(*)
    FROM mine
    JOIN annotation_label g ON g.item_id = mine.item_id AND g.superseded_at IS NULL
    JOIN annotation_rater h ON h.id = g.rater_id AND h.kind = 'gold'
    JOIN annotation_reason r ON r.id = g.reason_id
"""  # noqa: S608 - of constants alone

# What more than one person weighed, or gold decided, and came out otherwise than this person said.
CORRECTED: LiteralString = f"""
    {TOUCHED}, {MINE}, corrected AS (
        SELECT mine.id AS label_id, c.id AS revision_id, c.resolved_at, c.reason_id, mine.code, s.code AS settled
        FROM mine
        JOIN annotation_consensusrevision c ON c.item_id = mine.item_id
            AND c.superseded_at IS NULL AND c.method NOT IN ('single', 'skipped')
        JOIN annotation_reason s ON s.id = c.reason_id
        WHERE s.code <> mine.code
    )
"""  # noqa: S608 - of constants alone
EXAMPLES: LiteralString = f"""
    WITH {CORRECTED}
    SELECT label_id, revision_id FROM corrected ORDER BY resolved_at DESC, label_id DESC LIMIT %(limit)s
"""  # noqa: S608 - of constants alone
MIX_UPS: LiteralString = f"""
    WITH {CORRECTED}
    SELECT o.signal_kind, min(o.title), min(s.title), count(*), sum(count(*)) OVER ()
    FROM corrected c
    JOIN annotation_label l ON l.id = c.label_id
    JOIN annotation_reason o ON o.id = l.reason_id
    JOIN annotation_reason s ON s.id = c.reason_id
    GROUP BY o.signal_kind, c.code, c.settled
    ORDER BY count(*) DESC, o.signal_kind, c.code, c.settled
    LIMIT %(limit)s
"""  # noqa: S608 - of constants alone

# What both looks had decided when review first touched either of them after the second. What an adjudicator had settled
# before that is the answer of the first look.
LOOKS: LiteralString = """
    SELECT count(*) FILTER (WHERE a.code = b.code), count(*)
    FROM annotation_item s
    JOIN annotation_item f ON f.signal_id = s.signal_id AND f.purpose IN ('sample', 'backfill')
    CROSS JOIN LATERAL (
        SELECT min(resolved_at) AS at FROM annotation_consensusrevision WHERE item_id = s.id
    ) AS second
    CROSS JOIN LATERAL (
        SELECT coalesce(min(at), 'infinity') AS until FROM (
            SELECT resolved_at AS at FROM annotation_consensusrevision
            WHERE item_id IN (f.id, s.id) AND method = 'adjudicated'
            UNION ALL SELECT sent_at FROM annotation_reviewnote WHERE item_id IN (f.id, s.id)
        ) AS touched
        WHERE touched.at > second.at
    ) AS review
    JOIN annotation_consensusrevision x ON x.item_id = f.id AND x.label_source = 'human' AND x.resolved_at < until
        AND (x.superseded_at IS NULL OR x.superseded_at >= until)
    JOIN annotation_consensusrevision y ON y.item_id = s.id AND y.label_source = 'human' AND y.resolved_at < until
        AND (y.superseded_at IS NULL OR y.superseded_at >= until) AND y.method <> 'adjudicated'
    JOIN annotation_reason a ON a.id = x.reason_id
    JOIN annotation_reason b ON b.id = y.reason_id
    WHERE s.purpose = 'second_look' AND s.feature_id = ANY(%(features)s)
"""


@dataclass(frozen=True, kw_only=True)
class Correction:
    """One's label, and what the item was settled as, by whom and with which words (`word`: an adjudicator's label)."""

    label: Label
    revision: ConsensusRevision
    word: Label | None


@dataclass(frozen=True, kw_only=True)
class MixUp:
    """How often a person chose one reason where another was settled. Both by their titles."""

    signal_kind: str
    chosen: str
    settled: str
    count: int


@dataclass(frozen=True, kw_only=True)
class MixUps:
    """The commonest, most first, of `total` corrections."""

    lines: list[MixUp]
    total: int


def with_others(*, rater: Rater, since: datetime) -> Share:
    """How often others chose this person's reason, over the items that the person labeled since then and that somebody
    else labeled too. An item of which some agree counts by their share."""
    return _share(OTHERS, {"rater": rater.pk, "since": since})


def with_gold(*, rater: Rater, since: datetime) -> Share:
    """How often the person chose gold's reason, over the items that have one."""
    return _share(GOLD, {"rater": rater.pk, "since": since})


def of_second_looks(*, features: Iterable[Feature]) -> Share:
    """How often the second look at a signal found the reason of the first, over signals that were decided twice."""
    return _share(LOOKS, {"features": [one.pk for one in features]})


def corrections(*, rater: Rater, since: datetime, limit: int) -> list[Correction]:
    """Where the settled reason differs from what this person had said, the latest first."""
    found = _rows(EXAMPLES, {"rater": rater.pk, "since": since, "limit": limit})
    labels = Label.objects.select_related("reason", "item__feature").in_bulk([label for label, _ in found])
    revisions = ConsensusRevision.objects.select_related("reason").in_bulk([revision for _, revision in found])
    said = Label.objects.filter(
        item__in=[one.item_id for one in labels.values()], role=Label.Role.ADJUDICATOR, superseded_at=None
    )
    words = {one.item_id: one for one in said.select_related("content").order_by("-pk")}
    return [
        Correction(label=labels[label], revision=revisions[revision], word=words.get(labels[label].item_id))
        for label, revision in found
    ]


def mix_ups(*, rater: Rater, since: datetime, limit: int) -> MixUps:
    """Which reasons this person chose where another was settled, the commonest first."""
    found = _rows(MIX_UPS, {"rater": rater.pk, "since": since, "limit": limit})
    lines = [MixUp(signal_kind=row[0], chosen=row[1], settled=row[2], count=row[3]) for row in found]
    return MixUps(lines=lines, total=int(found[0][4]) if found else 0)


def _share(sql: LiteralString, parameters: dict[str, Any]) -> Share:
    ((hits, n),) = _rows(sql, parameters)
    return Share(hits=hits, n=n)


def _rows(sql: LiteralString, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    return loading.fetched(sql, parameters | {"latest": LATEST})
