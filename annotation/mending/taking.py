"""Which pair comes next, and to whom: held by no more people than it needs, and blind to everybody who gets it.

Nobody gets a pair of whose answers they have labeled one: they would know which is which. Nor a second pair of one bad
answer: it would be the one that comes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from django.db import connection, transaction

from annotation import loading
from annotation.mending import standing
from annotation.models import Feature, MendedLease, MendedPair, Rater

MINUTES: Final = 30
"""So long a pair is held."""

_OF_PAIR: Final[LiteralString] = """
    annotation_mendedpair p
    JOIN annotation_mendedcase c ON c.id = p.case_id
    JOIN annotation_mendedsearch s ON s.id = c.search_id
"""

MINE: LiteralString = f"""
    SELECT p.id FROM {_OF_PAIR} JOIN annotation_mendedlease l ON l.pair_id = p.id
    WHERE l.rater_id = %(rater)s AND l.expires_at > %(now)s AND p.feature_id = ANY(%(features)s::bigint[])
      AND {standing.CASE} AND {standing.TEXTS}
    ORDER BY l.id DESC LIMIT 1
"""  # noqa: S608 - our own text

BLIND: LiteralString = """
    NOT p.taken @> ARRAY[%(rater)s::bigint]
    AND NOT EXISTS (
        SELECT FROM annotation_mendedpair o
        WHERE o.case_id = p.case_id AND o.id <> p.id AND o.taken @> ARRAY[%(rater)s::bigint]
    )
    AND NOT EXISTS (
        SELECT FROM annotation_item i JOIN annotation_label b ON b.item_id = i.id AND b.rater_id = %(rater)s
        WHERE i.interaction_id IN (c.interaction_id, p.later_id)
    )
"""

FREE: LiteralString = f"""
    FROM {_OF_PAIR}
    WHERE cardinality(p.taken) < p.needed AND p.feature_id = ANY(%(features)s::bigint[])
      AND {BLIND} AND {standing.CASE} AND {standing.TEXTS}
"""

# What stands on the locked row is checked again after the wait for its lock.
NEXT: LiteralString = f"SELECT p.id {FREE} ORDER BY p.rank, p.draw, p.id LIMIT 1 FOR UPDATE OF p SKIP LOCKED"
THIS: LiteralString = f"SELECT p.id {FREE} AND p.id = %(pair)s FOR UPDATE OF p"
LEFT: LiteralString = f"SELECT count(*) {FREE}"

OPEN: LiteralString = f"""
    SELECT count(*) FROM {_OF_PAIR}
    WHERE cardinality(p.taken) < p.needed AND p.feature_id = ANY(%(features)s::bigint[])
      AND {standing.CASE} AND {standing.TEXTS}
"""  # noqa: S608

EXPIRE: LiteralString = """
    WITH stale AS (
        SELECT p.id, l.id AS lease_id FROM annotation_mendedlease l JOIN annotation_mendedpair p ON p.id = l.pair_id
        WHERE l.expires_at <= %(now)s
        ORDER BY p.id FOR UPDATE OF p SKIP LOCKED
    ), ended AS (
        DELETE FROM annotation_mendedlease l USING stale WHERE l.id = stale.lease_id AND l.expires_at <= %(now)s
        RETURNING l.pair_id, l.rater_id
    ), gone AS (
        SELECT pair_id, array_agg(rater_id) AS raters FROM ended GROUP BY pair_id
    )
    UPDATE annotation_mendedpair p
    SET taken = ARRAY(SELECT rater FROM unnest(p.taken) rater WHERE rater <> ALL (gone.raters))
    FROM gone WHERE p.id = gone.pair_id
"""


@transaction.atomic
def take(*, rater: Rater, features: Sequence[Feature], now: datetime) -> MendedPair | None:
    """The pair that this rater holds, the one taken up last, else the next free one. None: there is none for them.

    First come the nearest of all cases, in the random order of their draw, then the second nearest.
    """
    expire(now=now)
    asked = _asked(rater, features) | {"now": now}
    mine = loading.fetched(MINE, asked)
    if mine:
        return of(mine[0][0])
    free = loading.fetched(NEXT, asked)
    return hold(pair=of(free[0][0]), rater=rater, now=now) if free else None


def hold(*, pair: MendedPair, rater: Rater, now: datetime) -> MendedPair:
    """Write the lease of a pair whose row the caller has locked and found free for this rater."""
    if rater.pk not in pair.taken:
        pair.taken = [*pair.taken, rater.pk]
        pair.save(update_fields=["taken"])
    until = {"expires_at": now + timedelta(minutes=MINUTES)}
    MendedLease.objects.update_or_create(pair=pair, rater=rater, defaults=until)
    return pair


def is_free(*, pair: MendedPair, rater: Rater) -> bool:
    """Whether this very pair could be theirs; its row is locked."""
    asked = _asked(rater, [pair.feature]) | {"pair": pair.pk}
    return bool(loading.fetched(THIS, asked))


def left(*, rater: Rater, features: Sequence[Feature]) -> int:
    """How many pairs this rater could still take."""
    return int(loading.fetched(LEFT, _asked(rater, features))[0][0])


def open_pairs(*, features: Sequence[Feature]) -> int:
    """How many pairs wait, for whomever."""
    return int(loading.fetched(OPEN, {"features": [one.pk for one in features]})[0][0])


def expire(*, now: datetime) -> int:
    """Give back what is held past its time, and return how many pairs came free."""
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"now": now})
        return int(cursor.rowcount)


def of(pk: int) -> MendedPair:
    related = ("feature", "case__interaction__content", "later__content")
    return MendedPair.objects.select_related(*related).get(pk=pk)


def _asked(rater: Rater, features: Sequence[Feature]) -> dict[str, Any]:
    return {"rater": rater.pk, "features": [one.pk for one in features]}
