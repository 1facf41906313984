"""The terms of a feature, one for each interaction, as contests count them: sheet by sheet, with corrections taken in.

What the sender says of an interaction in its metadata is read here and kept nowhere:

- `flywheel.assignment`: `random` where chance decided which model version answers.
- `flywheel.arm`: `explore` where the product tried something, `greedy` where it gave what it holds to be best.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, NamedTuple

from annotation import loading
from annotation.models import Feature, Part
from annotation.models.validity import MAX_PART
from annotation.validity.contest import Vote

RANDOM: Final = "random"
GREEDY: Final = "greedy"
EXPLORE: Final = "explore"

NO_GROUP: Final = "0"
"""Of interactions without a value for the key, or of all where a feature names no key."""

SHEETS: Final = "SELECT id, day FROM annotation_termsheet WHERE feature_id = $1 ORDER BY id"

READ: Final = """
SELECT t.model_version, t.part_id, t.probability, coalesce(c.outcome, t.outcome),
    CASE WHEN c.outcome IS NULL THEN t.reason_id ELSE c.reason_id END, t.f_good, t.lam_good,
    n.conversation_id, n.occurred_at, x.metadata ->> 'flywheel.assignment', x.metadata ->> 'flywheel.arm',
    x.metadata ->> $2::text
FROM annotation_term t
LEFT JOIN annotation_interaction n ON n.id = t.interaction_id
LEFT JOIN annotation_interactioncontent x ON x.interaction_id = t.interaction_id
LEFT JOIN LATERAL (
    SELECT outcome, reason_id FROM annotation_correction WHERE term_id = t.item_id ORDER BY id DESC LIMIT 1
) c ON true
WHERE t.sheet_id = $1 AND t.is_first AND t.model_version <> 'unknown'
ORDER BY n.occurred_at, t.interaction_id
"""


class Told(NamedTuple):
    """A term, with its group by the audited key: the id of a part as text, as the vote has it."""

    vote: Vote
    model_version: str
    occurred_at: datetime | None
    assignment: str | None
    arm: str | None

    def on(self, *, is_new: bool, group: str | None = None) -> Vote:
        """The vote on that side."""
        return self.vote._replace(is_new=is_new, group=self.vote.group if group is None else group)


def by_sheet(*, feature: Feature) -> Iterator[tuple[date, list[Told]]]:
    """Each sheet's day and terms, in the order in which interactions occurred."""
    groups = _Groups(feature)
    for sheet_id, day in loading.asked(SHEETS, [feature.pk]):
        rows = loading.asked(READ, [sheet_id, feature.audited_key])
        yield day, [_told(groups, *row) for row in rows]


class _Groups:
    """By its part where a term has one; by its value where it was written before the key was named."""

    def __init__(self, feature: Feature) -> None:
        parts = Part.objects.filter(feature=feature, key=feature.audited_key) if feature.audited_key else []
        self._ids = {part.pk for part in parts}
        self._by_value = {part.value: part.pk for part in parts if not part.is_rest}

    def of(self, part_id: int | None, value: str | None) -> str:
        known = part_id if part_id in self._ids else self._by_value.get((value or "").strip()[:MAX_PART])
        return NO_GROUP if known is None else str(known)


def _told(
    groups: _Groups,
    version: str,
    part_id: int | None,
    probability: float | None,
    outcome: str | None,
    reason_id: int | None,
    f_good: float | None,
    lam_good: float,
    conversation: str | None,
    occurred_at: datetime | None,
    assignment: str | None,
    arm: str | None,
    value: str | None,
) -> Told:
    vote = Vote(
        is_new=False,
        group=groups.of(part_id, value),
        conversation=conversation,
        probability=probability,
        outcome=outcome,
        reason_id=reason_id,
        f_good=f_good,
        lam_good=lam_good,
    )
    return Told(vote, version, occurred_at, assignment, arm)
