"""Forget a batch of interactions: inside one transaction, whose locks keep away whoever could add to them.

Ingest has the feature's gate, datasets have theirs, labels lock their item. What remains are keys of our own, times,
codes and numbers, so that counts stay true; a keyed hash stands in for the sender's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from annotation import loading
from annotation.erasure.statements import run
from annotation.exports import erased
from annotation.ingest import identity
from annotation.models import Export, Feature

# Interactions that stay, and of whose evidence a part may be words of what goes: earlier turns of the same
# conversation quote the next one. Those that may repeat it themselves: later turns that were sent with what was said
# before, and the answers made instead of each other.
NEIGHBORS: LiteralString = """
    WITH gone AS (SELECT * FROM annotation_interaction WHERE id = ANY(%(ids)s::bigint[]))
    SELECT n.id, false FROM gone JOIN annotation_interaction n
        ON n.feature_id = gone.feature_id AND n.conversation_id = gone.conversation_id
       AND (n.occurred_at, n.id) < (gone.occurred_at, gone.id)
    WHERE n.user_hash IS DISTINCT FROM %(user)s::bytea AND n.id <> ALL(%(ids)s::bigint[])
    UNION
    SELECT n.id, true FROM gone JOIN annotation_interaction n
        ON n.feature_id = gone.feature_id AND n.conversation_id = gone.conversation_id
       AND (n.occurred_at, n.id) > (gone.occurred_at, gone.id)
    JOIN annotation_interactioncontent x ON x.interaction_id = n.id AND jsonb_typeof(x.input) <> 'string'
    WHERE n.user_hash IS DISTINCT FROM %(user)s::bytea AND n.id <> ALL(%(ids)s::bigint[])
    UNION
    SELECT n.id, true FROM gone JOIN annotation_interaction n
        ON n.feature_id = gone.feature_id AND n.replaces = gone.external_id
    WHERE n.user_hash IS DISTINCT FROM %(user)s::bytea AND n.id <> ALL(%(ids)s::bigint[])
    UNION
    SELECT n.id, true FROM gone JOIN annotation_interaction n
        ON n.feature_id = gone.feature_id AND n.external_id = gone.replaces
    WHERE n.user_hash IS DISTINCT FROM %(user)s::bytea AND n.id <> ALL(%(ids)s::bigint[])
"""

# In the order of their ids, as everybody does who locks several items.
LOCK_ITEMS: LiteralString = """
    SELECT id FROM annotation_item WHERE interaction_id = ANY(%(ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE
"""

# A signal that waits to become an item: whoever is at it has its row, and we see the item once it is made.
DELAYED: LiteralString = """
    DELETE FROM annotation_delayedsignal d USING annotation_signal s
    WHERE s.id = d.signal_id AND s.interaction_id = ANY(%(ids)s::bigint[])
"""

# The fingerprint goes too: it is of the content.
MARK: LiteralString = """
    UPDATE annotation_interaction i
    SET external_id = k.new_name, fingerprint = decode(repeat('00', 16), 'hex'), conversation_id = NULL,
        user_hash = NULL, replaces = NULL, exposure_set = NULL, settle_at = NULL, erased_at = %(now)s
    FROM unnest(%(ids)s::bigint[], %(new_names)s::text[]) AS k (id, new_name)
    WHERE i.id = k.id
"""

TOMBSTONES: LiteralString = """
    INSERT INTO annotation_tombstone (feature_id, external_id_hash, erased_at)
    SELECT %(feature)s::bigint, hash, %(now)s FROM unnest(%(tombstones)s::bytea[]) AS hash
    ORDER BY hash
    ON CONFLICT DO NOTHING
"""

# Others name it as what they were made instead of.
NAMED_BY_OTHERS: LiteralString = """
    UPDATE annotation_interaction i SET replaces = k.new_name
    FROM unnest(%(names)s::text[], %(new_names)s::text[]) AS k (name, new_name)
    WHERE i.feature_id = %(feature)s AND i.replaces = k.name
"""

# A signal's id is the sender's, and may name anybody.
SIGNALS: LiteralString = """
    UPDATE annotation_signal SET external_id = 'erased_' || id WHERE interaction_id = ANY(%(ids)s::bigint[])
"""

# Calls that came in parts and are not whole yet, so that they are no interactions.
PARTS_OF_USER: LiteralString = "DELETE FROM annotation_partialcall WHERE user_hash = %(user)s"
PARTS_NAMED: LiteralString = "DELETE FROM annotation_partialcall WHERE external_id = ANY(%(names)s::text[])"

CONTENTS: tuple[LiteralString, ...] = (
    "DELETE FROM annotation_interactioncontent WHERE interaction_id = ANY(%(ids)s::bigint[])",
    "DELETE FROM annotation_signature WHERE interaction_id = ANY(%(ids)s::bigint[])",
    "DELETE FROM annotation_evidencedue WHERE interaction_id = ANY(%(ids)s::bigint[])",
    "DELETE FROM annotation_responseid WHERE interaction_id = ANY(%(ids)s::bigint[])",
    PARTS_NAMED,
    """DELETE FROM annotation_signalcontent x USING annotation_signal s
       WHERE s.id = x.signal_id AND s.interaction_id = ANY(%(ids)s::bigint[])""",
    """DELETE FROM annotation_evidence x USING annotation_signal s
       WHERE s.id = x.signal_id AND s.interaction_id = ANY(%(ids)s::bigint[])""",
    """DELETE FROM annotation_flagcontent x USING annotation_flag f, annotation_item i
       WHERE f.id = x.flag_id AND i.id = f.item_id AND i.interaction_id = ANY(%(ids)s::bigint[])""",
    """DELETE FROM annotation_draft x USING annotation_item i
       WHERE i.id = x.item_id AND i.interaction_id = ANY(%(ids)s::bigint[])""",
    """DELETE FROM annotation_judgecallcontent x USING annotation_judgecall c, annotation_judgeask a, annotation_item i
       WHERE c.id = x.call_id AND a.id = c.ask_id AND i.id = a.item_id AND i.interaction_id = ANY(%(ids)s::bigint[])""",
    """DELETE FROM annotation_reviewnotecontent x USING annotation_reviewnote n, annotation_item i
       WHERE n.id = x.note_id AND i.id = n.item_id AND i.interaction_id = ANY(%(ids)s::bigint[])""",
)

LABEL_TEXTS: LiteralString = """
    DELETE FROM annotation_labelcontent x USING annotation_label l, annotation_item i
    WHERE l.id = x.label_id AND i.id = l.item_id AND i.interaction_id = ANY(%(ids)s::bigint[])
"""

# Counted while they are locked out: codes, which stay.
LABELS: LiteralString = """
    SELECT count(*) FROM annotation_label l JOIN annotation_item i ON i.id = l.item_id
    WHERE i.interaction_id = ANY(%(ids)s::bigint[]) AND l.superseded_at IS NULL
"""

WAITING: LiteralString = """
    DELETE FROM annotation_waitingsignal
    WHERE feature_id = %(feature)s AND interaction_external_id = ANY(%(names)s::text[])
"""

# Whoever labeled stays among the takers; whoever holds it has nothing left to look at.
ITEMS: LiteralString = """
    WITH ended AS (
        DELETE FROM annotation_lease l USING annotation_item i
        WHERE i.id = l.item_id AND i.interaction_id = ANY(%(ids)s::bigint[])
        RETURNING l.item_id, l.rater_id
    ), held AS (
        SELECT item_id, array_agg(rater_id) AS raters FROM ended GROUP BY item_id
    )
    UPDATE annotation_item i
    SET status = CASE WHEN i.status = 'resolved' THEN i.status ELSE 'withdrawn' END,
        taken = ARRAY(
            SELECT rater FROM unnest(i.taken) rater
            WHERE rater <> ALL (COALESCE((SELECT raters FROM held WHERE held.item_id = i.id), '{}'))
        )
    WHERE i.interaction_id = ANY(%(ids)s::bigint[])
      AND (i.status NOT IN ('resolved', 'withdrawn') OR i.id IN (SELECT item_id FROM held))
    RETURNING i.status
"""

# Evidence is kept by versions that are never changed; the next one is made without what is gone.
NEIGHBORS_EVIDENCE: tuple[LiteralString, ...] = (
    """UPDATE annotation_signalcontent x SET facts = NULL FROM annotation_signal s
       WHERE s.id = x.signal_id AND s.interaction_id = ANY(%(neighbors)s::bigint[]) AND x.facts IS NOT NULL""",
    """UPDATE annotation_evidence x SET facts = '[]' FROM annotation_signal s
       WHERE s.id = x.signal_id AND s.interaction_id = ANY(%(neighbors)s::bigint[])""",
    """INSERT INTO annotation_evidencedue (interaction_id, due_at)
       SELECT id, %(now)s FROM unnest(%(neighbors)s::bigint[]) AS id""",
)


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What one batch did. `mates`: interactions that stay and may repeat what was said."""

    interactions: int
    signals: int
    waiting_signals: int
    items_withdrawn: int
    labels_kept: int
    label_texts: int
    mates: list[int]
    exports: list[Export]


def batch(
    *, feature: Feature, found: Sequence[tuple[int, str]], user_hash: bytes | None, now: datetime
) -> tuple[list[bytes], Forgotten]:
    """Forget these interactions, (id, the sender's id) each, whose rows the caller has locked. Returns tombstones."""
    names = [name for _, name in found]
    tombstones = [identity.tombstone(feature=feature.slug, interaction_id=name) for name in names]
    values: dict[str, Any] = {
        "feature": feature.pk,
        "ids": [pk for pk, _ in found],
        "names": names,
        "new_names": [stand_in(one) for one in tombstones],
        "tombstones": tombstones,
        "user": user_hash,
        "now": now,
    }
    return tombstones, _forget(values, now)


def bury(*, feature: Feature, names: Sequence[str], tombstones: Sequence[bytes], now: datetime) -> int:
    """Refuse these from now on, whether they are here or not. Returns how many signals waited for them."""
    values = {"feature": feature.pk, "names": list(names), "tombstones": list(tombstones), "now": now}
    run(TOMBSTONES, values)
    run(PARTS_NAMED, values)
    return run(WAITING, values)


def parts_of_user(user_hash: bytes) -> None:
    """What was said in calls of this user that are no interactions yet."""
    run(PARTS_OF_USER, {"user": user_hash})


def stand_in(tombstone: bytes) -> str:
    """What stands where the sender's id stood."""
    return f"erased_{tombstone.hex()}"


def _forget(values: dict[str, Any], now: datetime) -> Forgotten:
    run(DELAYED, values)
    run(LOCK_ITEMS, values)
    neighbors = loading.fetched(NEIGHBORS, values)
    exports = erased.withdraw(values["ids"], now=now)
    interactions = run(MARK, values)
    run(TOMBSTONES, values)
    run(NAMED_BY_OTHERS, values)
    for statement in CONTENTS:
        run(statement, values)
    for statement in NEIGHBORS_EVIDENCE:
        run(statement, values | {"neighbors": sorted({pk for pk, _ in neighbors})})
    return Forgotten(
        interactions=interactions,
        signals=run(SIGNALS, values),
        waiting_signals=run(WAITING, values),
        items_withdrawn=sum(status == "withdrawn" for (status,) in loading.fetched(ITEMS, values)),
        labels_kept=loading.fetched(LABELS, values)[0][0],
        label_texts=run(LABEL_TEXTS, values),
        mates=sorted({pk for pk, repeats in neighbors if repeats}),
        exports=exports,
    )
