"""Each later result of an outcome as a reward, with the interactions that led to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from django.db.models import QuerySet

from annotation import loading
from annotation.models import DelayedOutcome, Signal
from annotation.models.interactions import LATER_RESULT
from annotation.rewards.counting import VALUE

MOST_TURNS: Final = 100
"""Of a longer conversation the last ones before it."""

SAID: LiteralString = f"""
SELECT x.signal_id, {VALUE} FROM annotation_signalcontent x WHERE x.signal_id = ANY(%(signals)s)
"""  # noqa: S608 - our own text

TURNS: LiteralString = """
SELECT s.id, turn.external_id
FROM annotation_signal s JOIN annotation_interaction n ON n.id = s.interaction_id
CROSS JOIN LATERAL (
    SELECT t.external_id, t.occurred_at, t.id FROM annotation_interaction t
    WHERE t.feature_id = n.feature_id AND t.conversation_id = n.conversation_id AND t.erased_at IS NULL
        AND t.occurred_at <= s.observed_at
    ORDER BY t.occurred_at DESC, t.id DESC LIMIT %(most)s
) turn
WHERE s.id = ANY(%(signals)s) ORDER BY s.id, turn.occurred_at, turn.id
"""


@dataclass(frozen=True, kw_only=True)
class Result:
    """`reward`: 1 where it ended well, 0 where it didn't, None where its value is neither true nor false.
    `led_to_it`: the interactions of its conversation up to then, the first first; without one, its own."""

    interaction_id: str
    observed_at: datetime
    reward: int | None
    led_to_it: tuple[str, ...]


def results(*, outcome: DelayedOutcome) -> QuerySet[Signal]:
    """All of them, to be read in pages."""
    found = Signal.objects.filter(kind=LATER_RESULT, content__details__name=outcome.name)
    found = found.filter(interaction__feature=outcome.feature, interaction__erased_at=None)
    return found.select_related("interaction")


def rewarded(*, outcome: DelayedOutcome, signals: Sequence[Signal]) -> list[Result]:
    """These results, in their order."""
    ids = [signal.pk for signal in signals]
    said: dict[int, str] = dict(loading.fetched(SAID, {"signals": ids}))
    turns: dict[int, list[str]] = defaultdict(list)
    for pk, external_id in loading.fetched(TURNS, {"signals": ids, "most": MOST_TURNS}):
        turns[pk].append(external_id)
    good = "true" if outcome.good_when else "false"
    rewards = {value: int(value == good) for value in ("true", "false")}
    return [
        Result(
            interaction_id=signal.interaction.external_id,
            observed_at=signal.observed_at,
            reward=rewards.get(said.get(signal.pk, "")),
            led_to_it=tuple(turns[signal.pk]) or (signal.interaction.external_id,),
        )
        for signal in signals
    ]
