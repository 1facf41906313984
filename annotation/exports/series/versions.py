"""Two versions of a dataset side by side: what came, what went, what changed, by reason and by split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, LiteralString

from psycopg import sql

from annotation import loading
from annotation.exports.series import chains
from annotation.exports.wanted import SPLITS
from annotation.models import Export

NAMED: Final = 1_000
"""So many withdrawn items are named; all are counted."""

# A label row has a revision of no item: its label is part of what it is. An increment stands for all that is held with
# it (`chains`), so that a whole dataset and an increment compare like two whole ones.
PAIRS: LiteralString = """
    WITH old AS (SELECT *, {stands_on} AS stands_on, {labels} AS labels FROM ({old}) r),
         new AS (SELECT *, {stands_on} AS stands_on, {labels} AS labels FROM ({new}) r),
         pairs AS (
             SELECT COALESCE(n.item_id, b.item_id) AS item_id, COALESCE(n.split, b.split) AS split,
                    COALESCE(n.revision_id, b.revision_id) AS revision_id,
                    COALESCE(n.label_ids, b.label_ids) AS label_ids,
                    COALESCE(n.counterpart_item_id, b.counterpart_item_id) AS counterpart_item_id,
                    CASE WHEN b.item_id IS NULL THEN 'came' WHEN n.item_id IS NULL THEN 'went'
                         WHEN n.stands_on IS DISTINCT FROM b.stands_on THEN 'changed' END AS what
             FROM new n
             FULL JOIN old b ON b.item_id = n.item_id AND b.row_kind = n.row_kind AND b.labels = n.labels
         )
"""

STANDS_ON: LiteralString = "(revision_id, counterpart_item_id, counterpart_revision_id, correction_id, split)"
LABELS: LiteralString = "CASE row_kind WHEN 'label' THEN label_ids ELSE '{}' END"

COUNTS: LiteralString = """
    {pairs}
    SELECT p.what, i.signal_kind || ': ' || m.code, m.title, p.split, count(*)
    FROM pairs p
    JOIN annotation_item i ON i.id = p.item_id
    LEFT JOIN annotation_consensusrevision v ON v.id = p.revision_id
    LEFT JOIN annotation_label l ON p.revision_id IS NULL AND l.id = p.label_ids[1]
    JOIN annotation_reason m ON m.id = COALESCE(v.reason_id, l.reason_id)
    WHERE p.what IS NOT NULL
    GROUP BY 1, 2, 3, 4
    ORDER BY 2, 3, 4
"""

# As things stood when the new version was selected: a revision holds from the one before it until it is superseded.
GONE: LiteralString = """
    {pairs},
    went AS (
        SELECT item_id, min(revision_id) AS revision_id, min(counterpart_item_id) AS counterpart_item_id
        FROM pairs WHERE what = 'went'
        GROUP BY item_id HAVING NOT EXISTS (SELECT FROM new WHERE new.item_id = pairs.item_id)
    )
    SELECT i.public_id, CASE WHEN n.erased_at IS NULL THEN n.external_id END, CASE
        WHEN n.erased_at IS NOT NULL THEN 'erased'
        WHEN w.why IS NOT NULL THEN w.why
        WHEN EXISTS (
            SELECT FROM annotation_item t JOIN annotation_interaction e ON e.id = t.interaction_id
            WHERE t.id = went.counterpart_item_id AND e.erased_at IS NOT NULL
        ) THEN 'counterpart_erased'
        WHEN n.is_evaluation <> (%(purpose)s = 'evaluation') THEN 'moved_to_evaluation'
        WHEN i.status IN ('withdrawn', 'flagged') THEN 'item_withdrawn'
        WHEN v.reason_id IS NULL OR i.status <> 'resolved' THEN 'undecided'
        WHEN v.reason_id <> o.reason_id THEN 'consensus_changed'
        ELSE 'left_out'
    END
    FROM went
    JOIN annotation_item i ON i.id = went.item_id
    JOIN annotation_interaction n ON n.id = i.interaction_id
    LEFT JOIN LATERAL (
        SELECT d.why FROM annotation_exportwithdrawal d
        WHERE d.item_id = i.id AND d.export_id = ANY(%(chain)s::bigint[])
        ORDER BY d.export_id DESC LIMIT 1
    ) w ON true
    LEFT JOIN annotation_consensusrevision o ON o.id = went.revision_id
    LEFT JOIN LATERAL (
        SELECT c.reason_id FROM annotation_consensusrevision c
        WHERE c.item_id = i.id AND c.resolved_at <= %(at)s AND (c.superseded_at IS NULL OR c.superseded_at > %(at)s)
        ORDER BY c.number LIMIT 1
    ) v ON true
    ORDER BY i.id
    LIMIT %(most)s
"""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How many rows of a new version came, went and changed beside an old one.

    `by_reason`: (`kind: code`, its title, came, went, changed). `by_split`: (split, came, went, changed).
    """

    came: int
    went: int
    changed: int
    by_reason: tuple[tuple[str, str, int, int, int], ...]
    by_split: tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Difference(Counted):
    """The counts, and what went.

    `withdrawn`: of the first NAMED items that went with all their rows the item's id, the sender's id of the
    interaction (None where it was erased) and why, a code of `since.WHY`. `identical`: the same rows to the byte, but
    for `exported_at`.
    """

    withdrawn: tuple[tuple[str, str | None, str], ...]
    identical: bool


def compare(*, old: Export, new: Export) -> Difference:
    """Both must be done; what was asked for may differ."""
    counted = _count(old, new)
    return Difference(
        **vars(counted),
        withdrawn=_gone(old, new) if counted.went else (),
        identical=old.since_id is None and new.since_id is None and old.content_sha256 == new.content_sha256,
    )


def previous(*, export: Export) -> Export | None:
    """What an export is to be laid beside: the one that it goes on from, else the latest done one before it of the same
    feature, format, purpose and filters."""
    if export.since is not None:
        return export.since
    like = {f"request__{name}": export.request[name] for name in ("format", "purpose", "filters")}
    done = Export.objects.filter(feature=export.feature_id, status=Export.Status.DONE).exclude(pk=export.pk)
    alike = done.filter(**like)
    if export.exported_at is not None:
        alike = alike.filter(exported_at__lt=export.exported_at)
    return alike.order_by("-exported_at", "-pk").first()


def in_manifest(export: Export) -> dict[str, Any] | None:
    """The previous version and the difference to it, as the manifest says it."""
    before = previous(export=export)
    if before is None:
        return None
    found = _count(before, export)
    counts = ("added", "removed", "changed")
    return {
        "id": before.public_id,
        **dict(zip(counts, (found.came, found.went, found.changed), strict=True)),
        "by_reason": {code: dict(zip(counts, told, strict=True)) for code, _, *told in found.by_reason},
        "by_split": {split: dict(zip(counts, told, strict=True)) for split, *told in found.by_split},
    }


_WHAT: Final = ("came", "went", "changed")


def _count(old: Export, new: Export) -> Counted:
    pairs, at = _pairs(old, new)
    counts = loading.fetched(sql.SQL(COUNTS).format(pairs=pairs), at)
    came, went, changed = _totals((what, (), count) for what, *_, count in counts).get((), (0, 0, 0))
    by_reason = _totals((what, (code, title), count) for what, code, title, _, count in counts)
    by_split = _totals((what, (split,), count) for what, _, _, split, count in counts)
    return Counted(
        came=came,
        went=went,
        changed=changed,
        by_reason=tuple((*key, *told) for key, told in sorted(by_reason.items())),
        by_split=tuple((*key, *by_split[key]) for key in sorted(by_split, key=_order)),
    )


def _gone(old: Export, new: Export) -> tuple[tuple[str, str | None, str], ...]:
    pairs, at = _pairs(old, new)
    found = loading.fetched(sql.SQL(GONE).format(pairs=pairs), at | _told_by(new))
    return tuple((item, interaction, why) for item, interaction, why in found)


def _pairs(old: Export, new: Export) -> tuple[sql.Composed, dict[str, Any]]:
    told = {"stands_on": sql.SQL(STANDS_ON), "labels": sql.SQL(LABELS)}
    held = {
        name: chains.rows(export=name, is_increment=export.since_id is not None)
        for name, export in (("old", old), ("new", new))
    }
    return sql.SQL(PAIRS).format(**held, **told), {"old": old.pk, "new": new.pk}


def _told_by(new: Export) -> dict[str, Any]:
    """What says why an item went."""
    chain = chains.ids(new)
    return {"purpose": new.request["purpose"], "at": new.exported_at, "chain": chain, "most": NAMED}


def _totals(found: Iterable[tuple[str, Any, int]]) -> dict[Any, tuple[int, int, int]]:
    """By key: how many came, went and changed."""
    totals: dict[Any, dict[str, int]] = {}
    for what, key, count in found:
        told = totals.setdefault(key, dict.fromkeys(_WHAT, 0))
        told[what] += count
    return {key: (told["came"], told["went"], told["changed"]) for key, told in totals.items()}


def _order(key: tuple[str]) -> int:
    return SPLITS.index(key[0])
