"""What is stored already of what a batch names: read in few statements, whatever the batch's size."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from annotation import loading
from annotation.ingest import identity
from annotation.models import Feature, Signal, Tombstone, WaitingSignal

Key = tuple[int, str]
"""(feature id, the sender's id of an interaction)"""

# Key by key: a join of many looks cheaper to the planner by reading the whole table, and isn't.
KNOWN = """
SELECT k.feature_id, k.external_id, one.id, one.fingerprint, one.random_number, one.settle_at
FROM unnest($1::bigint[], $2::text[]) AS k (feature_id, external_id) CROSS JOIN LATERAL (
    SELECT i.id, i.fingerprint, i.random_number, i.settle_at FROM annotation_interaction i
    WHERE i.feature_id = k.feature_id AND i.external_id = k.external_id
    LIMIT 1
) one
"""

KEPT = """
SELECT EXISTS (SELECT FROM annotation_tombstone WHERE feature_id = ANY($3::bigint[])),
    EXISTS (SELECT FROM annotation_waitingsignal WHERE feature_id = ANY($3::bigint[])),
    EXISTS (SELECT FROM annotation_erasure WHERE feature_id = ANY($3::bigint[]) AND subject = 'user'),
    ARRAY(SELECT nextval('annotation_interaction_id_seq') FROM generate_series(1, $4::int - heard.count)),
    ARRAY(SELECT nextval('annotation_signal_id_seq') FROM generate_series(1, $5::int) WHERE $4 > heard.count)
FROM (SELECT count(*)::int FROM known) heard
"""

# One row even where nothing is known; ids only where something is new.
OPENING = f"WITH known AS ({KNOWN}) SELECT * FROM ({KEPT}) kept LEFT JOIN known ON true"  # noqa: S608 - our own texts

TURNS = """
SELECT i.feature_id, i.conversation_id, count(*)
FROM annotation_interaction i JOIN unnest($1::bigint[], $2::text[]) AS k (feature_id, conversation_id)
    USING (feature_id, conversation_id)
GROUP BY i.feature_id, i.conversation_id
"""

WAITING = """
(t.feature_id, t.interaction_external_id) IN (SELECT * FROM unnest($1::bigint[], $2::text[])) ORDER BY t.id
"""


class Known(NamedTuple):
    """A stored interaction, as far as what comes later needs to know it."""

    id: int
    fingerprint: bytes
    random_number: float
    settle_at: datetime | None


class Kept(NamedTuple):
    """What there is at all of some features: most have none of it, and then nothing is looked up.

    `erasures` are those of users. The ids are new, and taken by asking.
    """

    tombstones: bool
    waiting: bool
    erasures: bool
    interaction_ids: list[int]
    signal_ids: list[int]


def interactions(keys: Collection[Key]) -> dict[Key, Known]:
    return _known(loading.asked(KNOWN, loading.pairs(keys)))


def opening(
    keys: Collection[Key], feature_ids: Collection[int], *, interaction_ids: int = 0, signal_ids: int = 0
) -> tuple[dict[Key, Known], Kept]:
    """What every batch asks first, in one statement; and new ids, which few records are best given at once.

    There are so many interactions; of these, known ones get no id, and where all are known no signal does.
    """
    answer = loading.asked(OPENING, [*loading.pairs(keys), list(feature_ids), interaction_ids, signal_ids])
    of_kept = len(Kept._fields)
    return _known(row[of_kept:] for row in answer if row[of_kept] is not None), Kept(*answer[0][:of_kept])


def _known(rows: Iterable[tuple[Any, ...]]) -> dict[Key, Known]:
    return {(row[0], row[1]): Known(row[2], bytes(row[3]), row[4], row[5]) for row in rows}


def turns(conversations: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """By (feature id, conversation id): how many turns are stored; none where there is no turn."""
    if not conversations:
        return {}
    answer = loading.asked(TURNS, loading.pairs(conversations))
    return {(feature_id, name): count for feature_id, name, count in answer}


def erased(keys: Collection[Key], features: Mapping[int, Feature]) -> set[Key]:
    """Those of the keys that were erased."""
    hashes = {
        (feature_id, identity.tombstone(feature=features[feature_id].slug, interaction_id=name)): (feature_id, name)
        for feature_id, name in keys
    }
    rows = Tombstone.objects.filter(
        feature_id__in=features, external_id_hash__in=[digest for _, digest in hashes]
    ).values_list("feature_id", "external_id_hash")
    return {hashes[found] for feature_id, digest in rows if (found := (feature_id, bytes(digest))) in hashes}


def signal_kinds(interaction_ids: Collection[int]) -> dict[tuple[int, str], str]:
    """By (interaction id, signal's id): the kind of each stored signal."""
    rows = Signal.objects.filter(interaction_id__in=interaction_ids)
    return {(one, name): kind for one, name, kind in rows.values_list("interaction_id", "external_id", "kind")}


def waiting(keys: Collection[Key]) -> dict[Key, list[WaitingSignal]]:
    """What waits for these interactions, the oldest first."""
    found: dict[Key, list[WaitingSignal]] = {}
    for one in loading.rows(WaitingSignal, WAITING, loading.pairs(keys)):
        found.setdefault((one.feature_id, one.interaction_external_id), []).append(one)
    return found
