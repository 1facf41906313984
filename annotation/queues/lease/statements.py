"""The statements that hand items out. Each is single and conditional, and locks an item before its leases.

All of them take through `_taking`, whoever asks and however: the next item, one of a filter, one by its link, one held
ahead. So no view can hand an item to more people than it needs. Those that hand out an item answer with its columns,
whether it is shown, and whether it comes alone.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from annotation import loading
from annotation.models import Item

# A further item of a signal is for somebody who has answered nothing about it (`queues.mixing.not_for`).
_NOT_MY_FIRST_LOOK: Final = """
    AND (i.purpose NOT IN ('second_look', 'gold') OR NOT EXISTS (
        SELECT FROM annotation_item o JOIN annotation_label b ON b.item_id = o.id
        WHERE o.signal_id = i.signal_id AND o.id <> i.id AND b.rater_id = %(rater)s
    ))
    AND (i.purpose <> 'gold' OR NOT EXISTS (
        SELECT FROM annotation_item o JOIN annotation_skip b ON b.item_id = o.id
        WHERE o.signal_id = i.signal_id AND b.rater_id = %(rater)s
    ))
"""

# What stands on the locked row is checked again after the wait for its lock; skips are the rater's own.
_FREE: Final = f"""
    i.status = 'open' AND cardinality(i.taken) < i.needed AND NOT i.taken @> ARRAY[%(rater)s::bigint]
    AND NOT EXISTS (SELECT FROM annotation_skip s WHERE s.item_id = i.id AND s.rater_id = %(rater)s)
    {_NOT_MY_FIRST_LOOK}
"""

_MINE: Final = """
    SELECT l.item_id, l.shown_at IS NOT NULL AS is_shown
    FROM annotation_lease l JOIN annotation_item i ON i.id = l.item_id
    WHERE l.rater_id = %(rater)s AND l.queue_id = %(queue)s AND l.expires_at > %(now)s
        AND i.status IN ('open', 'reserve') AND NOT EXISTS (SELECT FROM late) {wanted} {which}
    ORDER BY l.shown_at IS NULL, l.leased_at, l.id LIMIT 1
"""

_NEXT: Final = """
    SELECT i.id, i.interaction_id FROM annotation_item i
    WHERE i.queue_id = %(queue)s AND {free} {wanted}
        AND NOT EXISTS (SELECT FROM mine) AND NOT EXISTS (SELECT FROM late) {spare}
    ORDER BY i.key, i.id LIMIT 1
    FOR UPDATE OF i SKIP LOCKED
"""

# The one that somebody asked for by its name: waited for, since no other will do; of a closed cohort's reserve too.
_CHOSEN: Final = f"""
    SELECT i.id, i.interaction_id FROM annotation_item i
    WHERE i.id = %(item)s AND i.status IN ('open', 'reserve') AND cardinality(i.taken) < i.needed
        AND NOT i.taken @> ARRAY[%(rater)s::bigint] {_NOT_MY_FIRST_LOOK}
    FOR UPDATE OF i
"""  # noqa: S608 - our own text

# More free items than people at work: whoever holds more than the one in sight leaves one for everybody.
_SPARE: Final = "AND (SELECT items FROM free) > (SELECT raters FROM at_work)"

# They have no key: in the index of open items they stand together, after those of the sample.
_ONLY: Final = {
    "": "",
    "second_look": "AND i.key IS NULL AND i.purpose = 'second_look'",
    "gold": "AND i.key IS NULL AND i.purpose = 'gold'",
    # The queue is paused: what is held, and no more.
    "nothing": "AND false",
}

# The interactions of `turn` and around it in its conversation. Its length has no say in what this costs.
NEAR: Final = """
    SELECT id, occurred_at FROM turn
    UNION ALL
    SELECT n.id, n.occurred_at FROM turn t, LATERAL (
        SELECT n.id, n.occurred_at FROM annotation_interaction n
        WHERE n.feature_id = t.feature_id AND n.conversation_id = t.conversation_id
            AND (n.occurred_at, n.id) < (t.occurred_at, t.id)
        ORDER BY n.occurred_at DESC, n.id DESC LIMIT %(around)s
    ) n
    UNION ALL
    SELECT n.id, n.occurred_at FROM turn t, LATERAL (
        SELECT n.id, n.occurred_at FROM annotation_interaction n
        WHERE n.feature_id = t.feature_id AND n.conversation_id = t.conversation_id
            AND (n.occurred_at, n.id) > (t.occurred_at, t.id)
        ORDER BY n.occurred_at, n.id LIMIT %(around)s
    ) n
"""

# `picked` joins what was inserted, and must not read it through a UNION: where an item was changed between our reading
# and our locking it, PostgreSQL would have to insert once more to look at it again, and gives up.
_TAKING: Final = """
WITH late AS MATERIALIZED (
    SELECT FROM annotation_lease WHERE %(minds_late)s AND rater_id = %(rater)s AND expires_at <= %(now)s LIMIT 1
), at_work AS MATERIALIZED (
    SELECT count(DISTINCT rater_id) AS raters FROM annotation_lease
    WHERE queue_id = %(queue)s AND expires_at > %(now)s
), free AS MATERIALIZED (
    SELECT count(*) AS items FROM (
        SELECT FROM annotation_item i
        WHERE i.queue_id = %(queue)s AND i.status = 'open' AND cardinality(i.taken) < i.needed
        ORDER BY i.key, i.id LIMIT (SELECT raters + %(siblings)s + 1 FROM at_work)
    ) found
), mine AS ({mine}), pick AS ({pick}), turn AS (
    SELECT n.id, n.feature_id, n.conversation_id, n.occurred_at
    FROM pick JOIN annotation_interaction n ON n.id = pick.interaction_id
), near AS ({near}), beside AS (
    SELECT i.id, i.interaction_id, near.occurred_at FROM near JOIN annotation_item i ON i.interaction_id = near.id
    WHERE i.queue_id = %(queue)s AND {free} {wanted} AND i.id NOT IN (SELECT id FROM pick)
    ORDER BY abs(extract(epoch FROM near.occurred_at - (SELECT occurred_at FROM turn))), i.id
    LIMIT (SELECT greatest(0, least(%(siblings)s, free.items - 1 - at_work.raters)) FROM free, at_work)
    FOR UPDATE OF i SKIP LOCKED
), together AS (
    SELECT found.id, row_number() OVER (ORDER BY {order} found.occurred_at, found.interaction_id, found.id) AS place
    FROM (
        SELECT pick.id, pick.interaction_id, turn.occurred_at, false AS is_beside FROM pick, turn
        UNION ALL
        SELECT id, interaction_id, occurred_at, true FROM beside
    ) found
), first AS (
    INSERT INTO annotation_lease (
        item_id, rater_id, queue_id, lease_group, leased_at, shown_at, expires_at, is_ahead)
    SELECT id, %(rater)s, %(queue)s, %(lease_group)s, %(now)s, %(shown_at)s::timestamptz, %(expires_at)s, %(is_ahead)s
    FROM together WHERE place = 1
    ON CONFLICT DO NOTHING RETURNING item_id, shown_at
), others AS (
    INSERT INTO annotation_lease (
        item_id, rater_id, queue_id, lease_group, leased_at, shown_at, expires_at, is_ahead)
    SELECT id, %(rater)s, %(queue)s, %(lease_group)s, %(now)s, NULL, %(expires_at)s, false
    FROM together WHERE place > 1 AND EXISTS (SELECT FROM first) ORDER BY place
    ON CONFLICT DO NOTHING RETURNING item_id, shown_at
), picked AS (
    UPDATE annotation_item i
    SET taken = i.taken || %(rater)s::bigint, first_shown_at = coalesce(i.first_shown_at, first.shown_at)
    FROM together
    LEFT JOIN first ON first.item_id = together.id
    LEFT JOIN others ON others.item_id = together.id
    WHERE i.id = together.id AND (first.item_id IS NOT NULL OR others.item_id IS NOT NULL) RETURNING {columns}
)
SELECT {columns}, mine.is_shown, false FROM mine JOIN annotation_item i ON i.id = mine.item_id
UNION ALL
SELECT i.*, first.shown_at IS NOT NULL, {alone} FROM first JOIN picked i ON i.id = first.item_id
"""


# Then the desk has nothing more to ask about it (`labels.drafts.begun`, `together`).
_ALONE: Final = """
    NOT EXISTS (
        SELECT FROM near JOIN annotation_item o ON o.interaction_id = near.id
        WHERE o.queue_id = %(queue)s AND o.id <> i.id
    )
    AND NOT EXISTS (SELECT FROM annotation_draft d WHERE d.item_id = i.id AND d.rater_id = %(rater)s)
    AND NOT EXISTS (SELECT FROM annotation_label b WHERE b.item_id = i.id AND b.rater_id = %(rater)s)
"""


@cache
def take(wanted: str, only: str) -> str:
    """The item held and shown, else what is held and was not shown yet, else the free one with the smallest key.

    `only`: else a free one of this purpose. Nothing comes while the rater holds something past its time, if
    `%(minds_late)s`: that is given back first.
    """
    return _taking(pick=_NEXT.format(free=_FREE, wanted=wanted, spare=_ONLY[only]), wanted=wanted)


@cache
def ahead(wanted: str, only: str) -> str:
    """What else is held, as `take` orders it, else the free one as `take` has it, while there is enough for all."""
    return _taking(
        pick=_NEXT.format(free=_FREE, wanted=wanted, spare=f"{_SPARE} {_ONLY[only]}"),
        wanted=wanted,
        which="AND l.item_id <> %(beside)s",
    )


@cache
def chosen() -> str:
    """This very item, in sight before those that belong to it."""
    return _taking(pick=_CHOSEN, wanted="", which="AND false", order="found.is_beside,")


def _taking(*, pick: str, wanted: str, which: str = "", order: str = "") -> str:
    mine = _MINE.format(wanted=wanted, which=which)
    columns = loading.columns(Item, "i")
    parts = {"mine": mine, "pick": pick, "near": NEAR, "free": _FREE, "wanted": wanted, "order": order}
    return _TAKING.format(**parts, columns=columns, alone=_ALONE)


# What was taken together is held on together, but only where nobody is at it: two tabs must not wait for each other.
_HOLD_ON: Final = """
WITH locked AS (
    SELECT i.id FROM annotation_item i WHERE i.id = %(item)s {status} FOR UPDATE
), shown AS (
    UPDATE annotation_lease l
    SET shown_at = coalesce(l.shown_at, %(now)s), expires_at = greatest(l.expires_at, %(expires_at)s), is_ahead = false
    FROM locked WHERE l.item_id = locked.id AND l.rater_id = %(rater)s
    RETURNING l.item_id, l.lease_group, l.leased_at
), rest AS (
    SELECT l.id FROM annotation_lease l
    JOIN shown ON l.lease_group = shown.lease_group AND l.leased_at = shown.leased_at
    WHERE l.rater_id = %(rater)s AND l.item_id <> shown.item_id AND NOT l.is_ahead AND l.expires_at > %(now)s
    ORDER BY l.id FOR UPDATE OF l SKIP LOCKED
), extended AS (
    UPDATE annotation_lease l SET expires_at = greatest(l.expires_at, %(expires_at)s) FROM rest WHERE l.id = rest.id
)
UPDATE annotation_item i SET first_shown_at = coalesce(i.first_shown_at, %(now)s)
FROM shown WHERE i.id = shown.item_id RETURNING {columns}, true, false
"""


@cache
def show() -> str:
    return _hold_on("AND i.status IN ('open', 'reserve')")


@cache
def renew() -> str:
    return _hold_on("")


def _hold_on(status: str) -> str:
    return _HOLD_ON.format(status=status, columns=loading.columns(Item, "i"))


EXPIRE: Final = """
WITH stale AS (
    SELECT i.id, l.id AS lease_id FROM annotation_lease l JOIN annotation_item i ON i.id = l.item_id
    WHERE l.expires_at <= %(now)s AND (%(rater)s::bigint IS NULL OR l.rater_id = %(rater)s)
    ORDER BY i.id LIMIT %(batch)s
    FOR UPDATE OF i SKIP LOCKED
), ended AS (
    DELETE FROM annotation_lease l USING stale
    WHERE l.id = stale.lease_id AND l.expires_at <= %(now)s
    RETURNING l.item_id, l.rater_id
), gone AS (
    SELECT item_id, array_agg(rater_id) AS raters FROM ended GROUP BY item_id
)
UPDATE annotation_item i
SET taken = ARRAY(SELECT rater FROM unnest(i.taken) rater WHERE rater <> ALL (gone.raters))
FROM gone WHERE i.id = gone.item_id RETURNING i.id
"""

GIVE_BACK: Final = """
WITH held AS (
    SELECT i.id, l.id AS lease_id FROM annotation_lease l JOIN annotation_item i ON i.id = l.item_id
    WHERE l.queue_id = ANY(%(queues)s) AND (%(rater)s::bigint IS NULL OR l.rater_id = %(rater)s)
    ORDER BY i.id FOR UPDATE OF i
), ended AS (
    DELETE FROM annotation_lease l USING held WHERE l.id = held.lease_id RETURNING l.item_id, l.rater_id
), gone AS (
    SELECT item_id, array_agg(rater_id) AS raters FROM ended GROUP BY item_id
)
UPDATE annotation_item i
SET taken = ARRAY(SELECT rater FROM unnest(i.taken) rater WHERE rater <> ALL (gone.raters))
FROM gone WHERE i.id = gone.item_id RETURNING i.id
"""

# `rater` is who gets them. Handed over, an item is held and not in sight.
HAND_OVER: Final = f"""
WITH held AS (
    SELECT i.id, l.id AS lease_id FROM annotation_lease l JOIN annotation_item i ON i.id = l.item_id
    WHERE l.queue_id = %(queue)s AND l.rater_id = %(giver)s AND l.expires_at > %(now)s
        AND i.status IN ('open', 'reserve') AND NOT i.taken @> ARRAY[%(rater)s::bigint]
        AND NOT EXISTS (SELECT FROM annotation_skip s WHERE s.item_id = i.id AND s.rater_id = %(rater)s)
        {_NOT_MY_FIRST_LOOK}
    ORDER BY i.id FOR UPDATE OF i
), handed AS (
    UPDATE annotation_lease l
    SET rater_id = %(rater)s, shown_at = NULL, is_ahead = false, leased_at = %(now)s, expires_at = %(expires_at)s
    FROM held WHERE l.id = held.lease_id RETURNING l.item_id
)
UPDATE annotation_item i SET taken = array_replace(i.taken, %(giver)s::bigint, %(rater)s::bigint)
FROM handed WHERE i.id = handed.item_id RETURNING i.id
"""  # noqa: S608 - our own text
