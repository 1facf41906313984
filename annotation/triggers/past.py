"""A dry run: the looks that a trigger would have made, once a day over past days. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from annotation.models import Feature
from annotation.triggers import looking, marks, words
from annotation.triggers.conditions import Condition
from annotation.triggers.marks import LAG

MOST_DAYS: Final = 90


@dataclass(frozen=True, kw_only=True)
class Day:
    """The look at this time. `about` is empty while it rests after a firing; `sentence` says what was seen."""

    at: datetime
    fires: bool
    is_resting: bool
    about: Mapping[str, Any]
    sentence: str


def play(*, feature: Feature, condition: Condition, cooldown_hours: int, days: int, now: datetime) -> tuple[Day, ...]:
    """If it had been made `days` days ago (1 to 90): each day's look, oldest first; the last one is of now."""
    begin = now - timedelta(days=days)
    look, rest = looking.past(feature, condition, begin - LAG), timedelta(hours=cooldown_hours)
    held, fired_at, played = marks.begun(begin), None, list[Day]()
    for number in range(1, days + 1):
        at = begin + timedelta(days=number)
        if fired_at is not None and at < fired_at + rest:
            played.append(Day(at=at, fires=False, is_resting=True, about={}, sentence=str(words.RESTING)))
            continue
        seen = look(held, at - LAG)
        held, fired_at = seen.marks, at if seen.fires else fired_at
        sentence = words.cause(condition, seen.about)
        played.append(Day(at=at, fires=seen.fires, is_resting=False, about=seen.about, sentence=sentence))
    return tuple(played)
