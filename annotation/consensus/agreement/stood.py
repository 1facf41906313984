"""Which items and which labels agreement is measured on: one place for each question."""

from __future__ import annotations

from typing import LiteralString


def fixed_overlap() -> LiteralString:
    """The condition, on an item `i` and its queue `q`, that how many people label it was fixed beforehand.

    Where overlap grows with disagreement, items on which people disagree have more labels than others, and agreement
    measured on them is too low.
    """
    return "i.needed > 1 AND (i.full_overlap OR q.overlap = q.overlap_max OR q.consensus <> 'dawid_skene')"


NOT_PUT_ASIDE: LiteralString = "(standing <> 'quarantined' OR received_at < standing_from)"


def labels(chosen: LiteralString, *, whose: LiteralString = NOT_PUT_ASIDE) -> LiteralString:
    """CTEs that end in `stood`: the labels of people on the items of the query `chosen` (their `id` and one column of
    the caller's, `unit`), as they were before review touched their item; at most one of a person on an item. Beside the
    label's own columns: `code` and `signal_kind` of its reason, `unit`, and `known`, the code that gold gave.

    Of a label that a new taxonomy version has mapped the heir counts. `whose`: a condition on the label and its rater's
    standing; by default labels of people in quarantine don't count from its beginning on. Needs the parameter `since`:
    older labels are left out.

    What is needed of an item's other labels is gathered by windows. The planner can't tell how many rows a CTE has, and
    would sooner or later compare every label with every other one.
    """
    return f"""
    chosen AS ({chosen}), noted AS (
        SELECT item_id, min(sent_at) AS at FROM annotation_reviewnote GROUP BY item_id
    ), said AS (
        SELECT l.*, reason.code, reason.signal_kind, chosen.unit, r.kind, r.standing, r.standing_from,
            least(noted.at, min(l.received_at) FILTER (WHERE l.role = 'adjudicator') OVER item) AS until,
            max(reason.code) FILTER (WHERE r.kind = 'gold' AND l.superseded_at IS NULL) OVER item AS known
        FROM chosen
        JOIN annotation_label l ON l.item_id = chosen.id
        JOIN annotation_rater r ON r.id = l.rater_id
        JOIN annotation_reason reason ON reason.id = l.reason_id
        LEFT JOIN noted ON noted.item_id = l.item_id
        WHERE l.received_at >= %(since)s OR r.kind = 'gold'
        WINDOW item AS (PARTITION BY l.item_id)
    ), stood AS (
        SELECT DISTINCT ON (item_id, rater_id) * FROM said
        WHERE kind = 'human' AND role = 'annotator' AND {whose} AND received_at < coalesce(until, 'infinity')
          AND (superseded_at IS NULL OR superseded_at >= until)
        ORDER BY item_id, rater_id, id DESC
    )
    """  # noqa: S608 - of constants alone
