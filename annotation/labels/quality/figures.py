"""What is known of how people label: check questions, others on the same items, variety, speed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np

from annotation import loading
from annotation.labels import pace
from annotation.labels.quality import statements
from annotation.lib.intervals import Share
from annotation.lib.quality import gold, habits
from annotation.lib.quality.gold import Followed
from annotation.lib.quality.habits import Speed, Times, Variety
from annotation.models import Rater

DAYS = 90
"""How far back labels count: what one did long ago is not what one does."""

Asked = dict[str, Any]
Counted = Mapping[int, Mapping[str, Mapping[str, int]]]
"""How often, by person, kind and reason."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A label of an item whose reason is known."""

    at: datetime
    is_right: bool


@dataclass(frozen=True, kw_only=True)
class Checks:
    """Check questions in their order, and what the sequential test makes of them."""

    asked: Sequence[Check]
    followed: Followed

    @property
    def right(self) -> int:
        return sum(one.is_right for one in self.asked)

    @property
    def alarms(self) -> list[datetime]:
        return [self.asked[place].at for place in self.followed.alarms]


@dataclass(frozen=True, kw_only=True)
class Habit:
    """How varied a person's reasons are, and the one they gave most, by kind and code."""

    variety: Variety
    signal_kind: str
    code: str


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of one person, over the last `DAYS` days. `met`: how often others gave the same reason, over items that somebody
    else labeled too. `habit` and `speed` are None where too little can be compared."""

    rater: Rater
    labels: int
    last_labeled_at: datetime | None
    checks: Checks
    met: Share
    habit: Habit | None
    speed: Speed | None


def of_people(*, raters: Sequence[Rater], now: datetime) -> list[Figures]:
    """Of these people, in their order."""
    asked: Asked = {"raters": [one.pk for one in raters], "since": since(now)}
    counted = {pk: (labels, last) for pk, labels, last in loading.fetched(statements.COUNTED, asked)}
    met = _met(asked)
    reasons = _reasons(asked)
    times = _times(asked)
    return [
        Figures(
            rater=one,
            labels=counted.get(one.pk, (0, None))[0],
            last_labeled_at=counted.get(one.pk, (0, None))[1],
            checks=met.get(one.pk, _NOTHING)[1],
            met=met.get(one.pk, _NOTHING)[0],
            habit=_habit(one.pk, reasons),
            speed=_speed(one.pk, times),
        )
        for one in raters
    ]


def checks_of(*, rater: Rater, now: datetime) -> Checks:
    """One person's alone."""
    asked: Asked = {"raters": [rater.pk], "since": since(now)}
    return _met(asked).get(rater.pk, _NOTHING)[1]


def since(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date() - timedelta(days=DAYS), time.min, UTC)


def followed(asked: Sequence[Check]) -> Checks:
    return Checks(asked=asked, followed=gold.follow([one.is_right for one in asked]))


_NOTHING = Share(hits=0, n=0), followed(())


def _met(asked: Asked) -> dict[int, tuple[Share, Checks]]:
    """By person, what others said of the same items, and what gold did."""
    return {
        pk: (Share(hits=hits, n=items), _checks(times or (), right or ()))
        for pk, hits, items, times, right in loading.fetched(statements.MET, asked)
    }


def _checks(times: Sequence[datetime], right: Sequence[bool]) -> Checks:
    return followed([Check(at=at, is_right=one) for at, one in zip(times, right, strict=True)])


def _reasons(asked: Asked) -> Counted:
    found: dict[int, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for pk, kind, code, labels in loading.fetched(statements.REASONS, asked):
        found[pk][kind][code] = labels
    return found


def _habit(pk: int, reasons: Counted) -> Habit | None:
    own = reasons.get(pk, {})
    codes = [(kind, sorted({code for one in reasons.values() for code in one.get(kind, {})})) for kind in sorted(own)]
    mine = [np.array([own[kind].get(code, 0) for code in of_kind]) for kind, of_kind in codes]
    others = [
        np.array([sum(one.get(kind, {}).get(code, 0) for who, one in reasons.items() if who != pk) for code in of_kind])
        for kind, of_kind in codes
    ]
    variety = habits.variety(mine, others)
    if variety is None:
        return None
    kind, of_kind = codes[variety.most[0]]
    return Habit(variety=variety, signal_kind=kind, code=of_kind[variety.most[1]])


def _times(asked: Asked) -> dict[int, dict[tuple[str, int], Times]]:
    found: dict[int, dict[tuple[str, int], Times]] = defaultdict(dict)
    longest = int(pace.LONGEST / timedelta(milliseconds=1))
    for pk, kind, length, count, total, squares in loading.fetched(statements.TIMES, asked | {"longest": longest}):
        found[pk][kind, int(length)] = Times(count=count, total=float(total), squares=float(squares))
    return found


def _speed(pk: int, times: Mapping[int, Mapping[tuple[str, int], Times]]) -> Speed | None:
    own = times.get(pk, {})
    return habits.speed([(mine, _others(pk, where, times)) for where, mine in own.items()])


def _others(pk: int, where: tuple[str, int], times: Mapping[int, Mapping[tuple[str, int], Times]]) -> Times:
    found = [one[where] for who, one in times.items() if who != pk and where in one]
    return Times(
        count=sum(one.count for one in found),
        total=sum(one.total for one in found),
        squares=sum(one.squares for one in found),
    )
