"""What was acknowledged is what is stored, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.soak.load import Seen

INTERACTIONS = "SELECT external_id FROM annotation_interaction WHERE external_id LIKE 's%'"
SIGNALS = """
    SELECT i.external_id, s.external_id FROM annotation_signal s
    JOIN annotation_interaction i ON i.id = s.interaction_id WHERE i.external_id LIKE 's%' AND s.kind = 'accepted'
"""
LABELS = """
    SELECT i.public_id FROM annotation_label l
    JOIN annotation_item i ON i.id = l.item_id JOIN annotation_rater r ON r.id = l.rater_id
    WHERE r.user_id IS NOT NULL
"""
SHARED = "SELECT count(*) FROM annotation_item WHERE needed = 1 AND cardinality(taken) > 1"
EXPORTS = "SELECT public_id, status FROM annotation_export"

Rows = Callable[[str], list[Any]]


def check(rows: Rows, seen: Seen) -> None:
    """Of interactions, signals, labels and datasets. Who sent was answered in the end, so nothing else is there."""
    assert Counter(name for (name,) in rows(INTERACTIONS)) == Counter(seen.interactions)
    assert Counter(rows(SIGNALS)) == Counter(seen.signals)
    assert Counter(name for (name,) in rows(LABELS)) == Counter(seen.labels)
    assert rows(SHARED) == [(0,)]
    assert {name: status.partition(":")[0] for name, status in seen.exports.items()} == dict(rows(EXPORTS))
    assert set(seen.exports.values()) <= {"done"}
