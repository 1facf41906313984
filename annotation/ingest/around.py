"""What is stored around some interactions: all that their evidence rests on, read with few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from annotation import loading
from annotation.lib.evidence import HABITS, Habit
from annotation.models import Interaction, Signal

AROUND = 40
"""Turns of the conversation that are read on either side of the judged one."""

TOGETHER = 20
"""Other answers of one choice whose signals are read."""

LATEST = 20
"""Earlier answers of the same user that tell of a habit."""

# What a bell changes: its own interaction, the turns before it, the answers that replaced each other or were shown
# together, and the one after which this user came back.
CHANGED = """
WITH rung AS (
    SELECT id, feature_id, external_id, conversation_id, user_hash, occurred_at, replaces, exposure_set
    FROM annotation_interaction WHERE id = ANY(%(rung)s::bigint[])
)
SELECT id FROM rung
UNION
SELECT before.id FROM rung CROSS JOIN LATERAL (
    SELECT i.id FROM annotation_interaction i
    WHERE i.feature_id = rung.feature_id AND i.conversation_id = rung.conversation_id
        AND i.occurred_at <= rung.occurred_at
    ORDER BY i.occurred_at DESC LIMIT %(around)s
) before
UNION
SELECT i.id FROM rung JOIN annotation_interaction i
    ON i.feature_id = rung.feature_id AND i.external_id = rung.replaces
UNION
SELECT i.id FROM rung JOIN annotation_interaction i
    ON i.feature_id = rung.feature_id AND i.replaces = rung.external_id
UNION
SELECT shown.id FROM rung CROSS JOIN LATERAL (
    SELECT i.id FROM annotation_interaction i
    WHERE i.feature_id = rung.feature_id AND i.exposure_set = rung.exposure_set LIMIT %(together)s
) shown
UNION
SELECT last.id FROM rung CROSS JOIN LATERAL (
    SELECT i.id, i.conversation_id FROM annotation_interaction i
    WHERE i.feature_id = rung.feature_id AND i.user_hash = rung.user_hash AND i.occurred_at < rung.occurred_at
    ORDER BY i.occurred_at DESC, i.id DESC LIMIT 1
) last
WHERE last.conversation_id <> rung.conversation_id
"""

AROUND_THEM = """
SELECT target.id, near.id FROM annotation_interaction target CROSS JOIN LATERAL (
    (SELECT i.id FROM annotation_interaction i
     WHERE i.feature_id = target.feature_id AND i.conversation_id = target.conversation_id
        AND (i.occurred_at, i.id) < (target.occurred_at, target.id)
     ORDER BY i.occurred_at DESC, i.id DESC LIMIT %(around)s)
    UNION ALL
    (SELECT i.id FROM annotation_interaction i
     WHERE i.feature_id = target.feature_id AND i.conversation_id = target.conversation_id
        AND (i.occurred_at, i.id) > (target.occurred_at, target.id)
     ORDER BY i.occurred_at, i.id LIMIT %(around)s)
) near
WHERE target.id = ANY(%(targets)s::bigint[])
"""

INSTEAD = """
SELECT target.id, i.id FROM annotation_interaction target JOIN annotation_interaction i
    ON i.feature_id = target.feature_id AND i.replaces = target.external_id
WHERE target.id = ANY(%(targets)s::bigint[]) ORDER BY i.occurred_at DESC, i.id DESC
"""

# Where the user's next question belongs to the same conversation, nobody came back: the conversation went on.
CAME_BACK = """
SELECT target.id, next.id FROM annotation_interaction target CROSS JOIN LATERAL (
    SELECT i.id, i.conversation_id FROM annotation_interaction i
    WHERE i.feature_id = target.feature_id AND i.user_hash = target.user_hash AND i.occurred_at > target.occurred_at
    ORDER BY i.occurred_at, i.id LIMIT 1
) next
WHERE target.id = ANY(%(targets)s::bigint[]) AND next.conversation_id <> target.conversation_id
"""

SHOWN_TOGETHER = """
SELECT target.id, other.id, other.exposure_rank FROM annotation_interaction target CROSS JOIN LATERAL (
    SELECT i.id, i.exposure_rank FROM annotation_interaction i
    WHERE i.feature_id = target.feature_id AND i.exposure_set = target.exposure_set LIMIT %(together)s
) other
WHERE target.id = ANY(%(targets)s::bigint[]) AND other.id <> target.id
"""

USERS_HABITS = """
SELECT s.id, count(*) FILTER (WHERE EXISTS (
    SELECT FROM annotation_signal other WHERE other.interaction_id = earlier.id AND other.kind = s.kind
)), count(*)
FROM annotation_signal s JOIN annotation_interaction target ON target.id = s.interaction_id
CROSS JOIN LATERAL (
    SELECT i.id FROM annotation_interaction i
    WHERE i.feature_id = target.feature_id AND i.user_hash = target.user_hash AND i.occurred_at < target.occurred_at
    ORDER BY i.occurred_at DESC LIMIT %(latest)s
) earlier
WHERE s.interaction_id = ANY(%(targets)s::bigint[]) AND s.kind = ANY(%(kinds)s)
GROUP BY s.id
"""


def changed(rung: Sequence[int]) -> list[int]:
    """The interactions whose evidence may have changed with these."""
    return [pk for (pk,) in _rows(CHANGED, rung=rung, around=AROUND + 1, together=TOGETHER)]


@dataclass(slots=True)
class Around:
    """All that the evidence of some interactions rests on.

    By interaction: the turns `near` it, the answer made `instead`, the user's next question where it came in another
    conversation, the answers shown `together` with it and their ranks. By signal: the user's `habits`.
    """

    targets: Sequence[int]
    near: dict[int, list[int]] = field(init=False)
    instead: dict[int, int] = field(init=False)
    came_back: dict[int, int] = field(init=False)
    together: dict[int, list[tuple[int, int | None]]] = field(init=False)
    habits: dict[int, Habit] = field(init=False)
    interactions: dict[int, Interaction] = field(init=False)
    signals: dict[int, list[Signal]] = field(init=False)

    def __post_init__(self) -> None:
        self.near = defaultdict(list)
        for target, near in _rows(AROUND_THEM, targets=self.targets, around=AROUND):
            self.near[target].append(near)
        self.instead = dict(_rows(INSTEAD, targets=self.targets))
        self.came_back = dict(_rows(CAME_BACK, targets=self.targets))
        self.together = defaultdict(list)
        for target, other, rank in _rows(SHOWN_TOGETHER, targets=self.targets, together=TOGETHER):
            self.together[target].append((other, rank))
        found = _rows(USERS_HABITS, targets=self.targets, latest=LATEST, kinds=sorted(HABITS))
        self.habits = {signal: Habit(same, of) for signal, same, of in found}
        self._read()

    def _read(self) -> None:
        near = {pk for found in self.near.values() for pk in found}
        texts = {*self.targets, *self.instead.values(), *self.came_back.values(), *near}
        rows = Interaction.objects.filter(pk__in=texts, content__isnull=False).select_related("content")
        self.interactions = {one.pk: one for one in rows}
        heard = texts | {pk for found in self.together.values() for pk, _ in found}
        self.signals = defaultdict(list)
        signals = Signal.objects.filter(interaction_id__in=heard).select_related("content")
        for signal in signals.order_by("observed_at", "pk"):
            self.signals[signal.interaction_id].append(signal)

    def turns(self, interaction: Interaction) -> tuple[list[Interaction], list[Interaction]]:
        """The turns before and after it, each in the order of time, without the answer that was made instead."""
        near = [self.interactions[pk] for pk in self.near[interaction.pk] if pk in self.interactions]
        near.sort(key=_place)
        here, other = _place(interaction), self.instead.get(interaction.pk)
        earlier = [one for one in near if _place(one) < here]
        return earlier, [one for one in near if _place(one) > here and one.pk != other]


def _place(interaction: Interaction) -> tuple[datetime, int]:
    return interaction.occurred_at, interaction.pk


def _rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    return loading.fetched(statement, values)
