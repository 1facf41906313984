"""How long it takes from what a user did to a changed answer, with what is still on its way counted as such."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from annotation.closure import waits
from annotation.closure.kept.passages import Durations
from annotation.closure.kept.reading import By, Only, Passages
from annotation.closure.waits import Wait
from annotation.lib.survival.incidence import Estimate, Incidence, Quantile
from annotation.models import ClosureTally, Feature, Ledger

ENOUGH_CLOSURES: Final = 30
"""Under this many no quantile and no share is shown."""

QUANTILES: Final = (0.25, 0.5, 0.75, 0.9)

EVENTS: Final[tuple[Literal["closed", "validated"], ...]] = ("closed", "validated")

Population = ClosureTally.Population


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast interactions close that one line of figures is about: `number` in the sample, `closed` of them.

    `curve`: the share closed over days since the interaction. `within`: that share after `closure_days`; `validated`:
    the share closed or, in between, trained on by a run with a validation. `elsewhere`: the share that can lead no
    further by then. Shares are of all in the sample, also of what can lead no further. None under 30 closures, and
    while nothing is old enough.
    """

    closure_days: int
    curve: Incidence
    within: Estimate | None
    validated: Estimate | None
    elsewhere: float | None

    @property
    def number(self) -> int:
        return self.curve.number

    @property
    def closed(self) -> int:
        return self.curve.events

    @property
    def is_enough(self) -> bool:
        return self.closed >= ENOUGH_CLOSURES

    def quantile(self, share: float = 0.5) -> Quantile | None:
        """After how many days this share had closed; None under 30 closures."""
        return self.curve.quantile(share) if self.is_enough else None

    @property
    def refusal(self) -> str | None:
        """Why no time to close is shown, and what would change it."""
        if not self.number:
            return (
                "No time to close yet: none of the interactions is in a sample. They are once the day on which they "
                "were queued has closed."
            )
        if self.is_enough:
            return None
        return (
            f"{self.closed:,} of {self.number:,} closed. A time to close is shown from {ENOUGH_CLOSURES} closures on."
        )

    @property
    def too_young(self) -> str | None:
        """Why no share is shown, where there are closures enough."""
        if not self.is_enough or self.within is not None:
            return None
        return (
            f"Nothing has been under way for {self.closure_days} days yet, so which share closes in that time can't be "
            f"said; {self.closed:,} of {self.number:,} have closed."
        )


@dataclass(frozen=True, kw_only=True)
class Speed:
    """The pace of a feature, or of a part of it, with where it waits. `populations` counts interactions: in the
    `sample`, `open` (of days that are still being labeled), `beyond` what was reached on its day, `apart` from samples,
    `imported` history, and those `let_go` by retention. `counted_at`: how old the kept figures are; None: there are
    none yet. `checked_at`: when all days were last counted anew, and compared with them."""

    pace: Pace
    waits: tuple[Wait, ...]
    populations: Mapping[str, int]
    counted_at: datetime | None
    checked_at: datetime | None

    @property
    def stall(self) -> Wait | None:
        return waits.stall(self.waits)

    @property
    def never_reached(self) -> int:
        """Those that people didn't get to: beside the curves, and in none."""
        return self.populations.get(Population.BEYOND, 0) + self.populations.get(Population.LET_GO, 0)

    @property
    def imported(self) -> int:
        return self.populations.get(Population.IMPORTED, 0)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One kind of signal, reason (`kind: code`; None: not resolved) or model version, and how fast that closes."""

    value: Any
    interactions: int
    pace: Pace


def speed(*, feature: Feature, now: datetime, by: Only | None = None, passages: Passages | None = None) -> Speed:
    """How fast the feature's loop closes, or that of the part of it that `by` says.

    `passages`: those of the feature as of `now`, where they are loaded already.
    """
    passages = passages or Passages(feature=feature, now=now)
    closed, validated = (passages.durations(event=event, only=by)[None] for event in EVENTS)
    ledger = Ledger.objects.filter(feature=feature).first()
    return Speed(
        pace=pace(closure_days=feature.closure_days, closed=closed, validated=validated),
        waits=waits.waits(passages, until=counted_until(closed, feature.closure_days), only=by),
        populations=passages.populations(only=by)[None],
        counted_at=ledger.counted_at if ledger else None,
        checked_at=ledger.checked_at if ledger else None,
    )


def lines(*, feature: Feature, now: datetime, by: By, passages: Passages | None = None) -> list[Line]:
    """The pace by kind of signal, reason or model version; those with most interactions first. `passages` as above."""
    passages = passages or Passages(feature=feature, now=now)
    closed, validated = (passages.durations(event=event, by=by) for event in EVENTS)
    found = [
        Line(
            value=value,
            interactions=sum(counts.values()),
            pace=pace(closure_days=feature.closure_days, closed=closed[value], validated=validated[value]),
        )
        for value, counts in passages.populations(by=by).items()
    ]
    return sorted(found, key=lambda line: (-line.interactions, str(line.value)))


def pace(*, closure_days: int, closed: Durations, validated: Durations) -> Pace:
    """The pace from how long it took to close, and to close or, in between, be validated."""
    found = waits.curve(closed)
    is_enough = found.events >= ENOUGH_CLOSURES and found.is_known(closure_days)
    return Pace(
        closure_days=closure_days,
        curve=found,
        within=found.share(closure_days) if is_enough else None,
        validated=waits.curve(validated).share(closure_days) if is_enough else None,
        elsewhere=found.elsewhere(closure_days) if is_enough else None,
    )


def counted_until(closed: Durations, closure_days: int) -> float:
    """So many days of a wait are counted at most: those allowed, while nothing is as old those that it is."""
    return min(closure_days, int(closed.hours.max(initial=0)) / waits.HOURS)
