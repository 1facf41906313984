"""Which items and which labels agreement is measured on: one place for each question."""

from __future__ import annotations

from typing import LiteralString


def fixed_overlap() -> LiteralString:
    """The condition, on an item `i` and its queue `q`, that how many people label it was fixed beforehand.

    Where overlap grows with disagreement, items on which people disagree have more labels than others, and agreement
    measured on them is too low.
    """
    return "i.needed > 1 AND (q.overlap = q.overlap_max OR i.needed = q.overlap_max)"


NOT_PUT_ASIDE: LiteralString = "(r.standing <> 'quarantined' OR said.received_at < r.standing_from)"


def labels(chosen: LiteralString, *, whose: LiteralString = NOT_PUT_ASIDE) -> LiteralString:
    """CTEs that end in `stood`: the labels of people on the items of the query `chosen` (of `id` and what else is
    wanted of them), as they were before review touched their item; at most one of a person on an item.

    Of a label that a new taxonomy version has mapped the heir counts. `whose`: a condition on the rater `r` and the
    label `said`; by default labels of people in quarantine don't count from its beginning on. Needs the parameter
    `since`: older labels are left out.
    """
    return f"""
    chosen AS ({chosen}), noted AS (
        SELECT item_id, min(sent_at) AS at FROM annotation_reviewnote GROUP BY item_id
    ), said AS (
        SELECT l.*, least(noted.at, min(l.received_at) FILTER (WHERE l.role = 'adjudicator') OVER item) AS until
        FROM chosen
        JOIN annotation_label l ON l.item_id = chosen.id
        LEFT JOIN noted ON noted.item_id = l.item_id
        WHERE l.received_at >= %(since)s
        WINDOW item AS (PARTITION BY l.item_id)
    ), stood AS (
        SELECT DISTINCT ON (said.item_id, said.rater_id) said.*, reason.code, reason.signal_kind
        FROM said
        JOIN annotation_rater r ON r.id = said.rater_id AND r.kind = 'human'
            AND {whose}
        JOIN annotation_reason reason ON reason.id = said.reason_id
        WHERE said.role = 'annotator' AND said.received_at < coalesce(said.until, 'infinity')
          AND (said.superseded_at IS NULL OR said.superseded_at >= said.until)
        ORDER BY said.item_id, said.rater_id, said.id DESC
    )
    """  # noqa: S608 - of constants alone
