"""Triggers that count items as they come and go: one row a statement and hour, whose number is added to what is there.

A row is written in the transaction of what it counts, so the sum is right at any time. Nobody waits for anybody: rows
are only added, and folded by one worker at a time (`annotation.backlog.counting`).
"""

from __future__ import annotations

import pgtrigger

INTO = "INSERT INTO annotation_backlogcount (feature_id, queue_id, signal_kind, what, hour, number)"
# Whole ones since 1970, UTC.
HOUR = "floor(extract(epoch FROM {at}) / 3600)::int"
UNFINISHED = "'open', 'disputed', 'flagged'"

# First by the time itself, which all that come together share: hours are worked out for a few then.
ALIKE = """(
        SELECT feature_id, queue_id, signal_kind, status, queued_at, count(*) AS number
        FROM rows GROUP BY 1, 2, 3, 4, 5
    ) AS alike"""

CAME = f"""
    {INTO}
    SELECT feature_id, queue_id, signal_kind, counted.what, {HOUR.format(at="queued_at")}, sum(number)
    FROM {ALIKE} CROSS JOIN LATERAL (VALUES ('came'), (status)) AS counted (what)
    WHERE counted.what IN ('came', {UNFINISHED})
    GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
"""  # noqa: S608 - our own text

GONE = f"""
    {INTO}
    SELECT feature_id, queue_id, signal_kind, status, {HOUR.format(at="queued_at")}, -sum(number)
    FROM {ALIKE} WHERE status IN ({UNFINISHED})
    GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
"""  # noqa: S608 - our own text

# Decided anew it was done once, when it was first; opened again, it was not done.
CHANGED = f"""
    {INTO}
    SELECT NEW.feature_id, one.queue_id, NEW.signal_kind, one.what, one.hour, one.number
    FROM (VALUES
        (OLD.queue_id, OLD.status, {HOUR.format(at="OLD.queued_at")}, -1),
        (NEW.queue_id, NEW.status, {HOUR.format(at="NEW.queued_at")}, 1),
        (NEW.queue_id, 'done', {HOUR.format(at="COALESCE(OLD.resolved_at, NEW.resolved_at)")},
            (OLD.resolved_at IS NULL)::int - (NEW.resolved_at IS NULL)::int)
    ) AS one (queue_id, what, hour, number)
    WHERE one.number <> 0 AND one.what IN ('done', {UNFINISHED});
    RETURN NULL;
"""  # noqa: S608 - our own text


def of_items() -> list[pgtrigger.Trigger]:
    """Taking and giving back change none of these: the condition is all that they pay for."""
    return [
        _of_statements(pgtrigger.Insert, "new", name="backlog_came", func=CAME),
        _of_statements(pgtrigger.Delete, "old", name="backlog_gone", func=GONE),
        pgtrigger.Trigger(
            name="backlog_changed",
            level=pgtrigger.Row,
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__status__df=pgtrigger.F("new__status"))
            | pgtrigger.Q(old__queue__df=pgtrigger.F("new__queue")),
            func=CHANGED,
        ),
    ]


def _of_statements(operation: pgtrigger.Operation, side: str, *, name: str, func: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**{side: "rows"}),  # type: ignore[no-untyped-call]
        func=func,
    )
