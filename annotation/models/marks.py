"""Triggers that mark which days' closure figures have to be counted anew: one row a statement, with its cause.

A mark is written in the transaction of what it marks, so that it is seen no earlier and no later. The table has no
constraint but its key: whoever writes waits for nobody. No trigger joins a large table: its plan would be made while
that was small. Which days the ids are of is found by who answers the marks (`annotation.closure.kept`).
"""

from __future__ import annotations

import pgtrigger

DAYS = """
    INSERT INTO annotation_closuremark (about, ids, feature_id, day)
    SELECT DISTINCT 'day', '{{}}'::bigint[], feature_id, (occurred_at AT TIME ZONE 'UTC')::date FROM {rows};
    RETURN NULL;
"""
# A mark of 1,000 ids would be compressed, which takes longer than all else about it.
IDS = """
    INSERT INTO annotation_closuremark (about, ids)
    SELECT '{about}', array_agg(id)
    FROM (SELECT {column} AS id, row_number() OVER () / 200 AS part FROM {rows}) AS named GROUP BY part;
    RETURN NULL;
"""
# Rules and judges label in bulk, and decide nothing.
BY_PEOPLE = "rows WHERE rater_id IN (SELECT id FROM annotation_rater WHERE kind IN ('human', 'gold'))"
DAYS_OF_ONE = """
    INSERT INTO annotation_closuremark (about, ids, feature_id, day)
    SELECT DISTINCT 'day', '{}'::bigint[], one.feature_id, one.day
    FROM (VALUES (OLD.feature_id, (OLD.occurred_at AT TIME ZONE 'UTC')::date),
                 (NEW.feature_id, (NEW.occurred_at AT TIME ZONE 'UTC')::date)) AS one (feature_id, day);
    RETURN NULL;
"""
ONE = """
    INSERT INTO annotation_closuremark (about, ids) VALUES ('{about}', ARRAY[NEW.{column}]);
    RETURN NULL;
"""


def of_interactions() -> list[pgtrigger.Trigger]:
    changed = ("occurred_at", "ingested_at", "model_version", "is_evaluation", "erased_at")
    return [
        _after(pgtrigger.Insert, name="closure_added", func=DAYS.format(rows="rows")),
        _after(pgtrigger.Delete, name="closure_removed", func=DAYS.format(rows="rows")),
        _of_a_row(*changed, name="closure_changed", func=DAYS_OF_ONE),
    ]


def of_items() -> list[pgtrigger.Trigger]:
    """Taking and giving back change no status: the condition is all that they pay for."""
    func = IDS.format(about="interaction", column="interaction_id", rows="rows")
    one = ONE.format(about="interaction", column="interaction_id")
    return [
        _after(pgtrigger.Insert, name="closure_added", func=func),
        _after(pgtrigger.Delete, name="closure_removed", func=func),
        _of_a_row("status", name="closure_changed", func=one),
    ]


def of_labels() -> list[pgtrigger.Trigger]:
    func = IDS.format(about="item", column="item_id", rows=BY_PEOPLE)
    return [_after(operation, name=name, func=func) for operation, name in _ADDED_OR_ENDED]


def of_revisions() -> list[pgtrigger.Trigger]:
    func = IDS.format(about="item", column="item_id", rows="rows")
    return [_after(operation, name=name, func=func) for operation, name in _ADDED_OR_ENDED]


def of_cohorts() -> list[pgtrigger.Trigger]:
    return [_of_a_row("closed_at", name="closure_closed", func=ONE.format(about="cohort", column="id"))]


def of_exports() -> list[pgtrigger.Trigger]:
    return [_of_a_row("status", name="closure_done", func=ONE.format(about="export", column="id"))]


_ADDED_OR_ENDED = ((pgtrigger.Insert, "closure_added"), (pgtrigger.Update, "closure_changed"))


def _after(operation: pgtrigger.Operation, *, name: str, func: str) -> pgtrigger.Trigger:
    side = "old" if operation == pgtrigger.Delete else "new"
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**{side: "rows"}),  # type: ignore[no-untyped-call]
        func=func,
    )


def _of_a_row(*fields: str, name: str, func: str) -> pgtrigger.Trigger:
    """A trigger that is called only for a row of which one of these fields was changed."""
    condition = pgtrigger.Q(**{f"old__{fields[0]}__df": pgtrigger.F(f"new__{fields[0]}")})
    for field in fields[1:]:
        condition |= pgtrigger.Q(**{f"old__{field}__df": pgtrigger.F(f"new__{field}")})
    return pgtrigger.Trigger(
        name=name, level=pgtrigger.Row, when=pgtrigger.After, operation=pgtrigger.Update, condition=condition, func=func
    )
