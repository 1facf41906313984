"""Two sides of a feature's traffic, such as two model versions: how often each is good, on one mix of groups.

Fed sheet by sheet in the order in which terms were written, so that all of it can be done anew and comes out the same.
The mix and the clock of the sequence are fixed at the first look, before which nothing is said. Pure: no database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from annotation.lib import compounding
from annotation.lib.compounding import HEAVY as MOST_LEFT_OUT
from annotation.lib.validity.sequence import DIFFERENCES, Interval
from annotation.validity import looking
from annotation.validity.figures import Arm, arm
from annotation.validity.looking import ALPHA, EFFECTIVE, ENOUGH, EXPECTED_DAYS, HEAVIEST_SHARE, MANY_UNKNOWABLE
from annotation.validity.terms import Row, Terms

CLAIM: Final = "good"

RARE: Final = 20.0
"""From one chance in so many on, an item that also outweighs the others is one that the intervals can't carry: they
were seen to hold up to there. A single day on which people got to few stays under it."""

Lack = Literal["", "labels", "apart", "thin", "effective", "heavy"]
"""What a comparison lacks to be shown; "": nothing. `apart`: the sides have too few groups in common."""

Arms = Mapping[str, Arm]


class Vote(NamedTuple):
    """The first sample item of an interaction, which is counted once for it. `is_new`: on which side it is."""

    is_new: bool
    group: str
    conversation: str | None
    probability: float | None
    outcome: str | None
    reason_id: int | None
    f_good: float | None
    lam_good: float


@dataclass(frozen=True, kw_only=True)
class Look:
    """The change on the mix and as it meets the eye, and where each lies by all looks so far."""

    change: Interval
    worst: Interval
    crude: Interval


@dataclass(kw_only=True)
class Contest:
    """Both sides so far. `mix`: by group its share, the mean of both sides' traffic at the first look."""

    old: dict[str, Arm] = field(default_factory=lambda: defaultdict(Arm))
    new: dict[str, Arm] = field(default_factory=lambda: defaultdict(Arm))
    mix: dict[str, float] = field(default_factory=dict)
    fixed_on: date | None = None
    t_star: float = 0.0
    days: int = 0
    last_day: date | None = None
    look: Look | None = None
    _counted: set[tuple[bool, str]] = field(default_factory=set)

    def take(self, votes: Iterable[Vote], *, day: date) -> None:
        """Take in a sheet, in the order in which its interactions occurred, and look."""
        found: dict[tuple[bool, str], list[Row]] = defaultdict(list)
        for vote in votes:
            if self._is_first(vote):
                found[vote.is_new, vote.group].append(_row(vote))
        for (is_new, group), rows in found.items():
            arms = self.new if is_new else self.old
            every = np.ones(len(rows), dtype=bool)
            arms[group] += arm(Terms.of(rows), every, CLAIM, arms[group].expected)
        if any(is_new for is_new, _group in found) and day != self.last_day:
            self.days, self.last_day = self.days + 1, day
        if found and not self.lack:
            self._look(day)

    @property
    def lack(self) -> Lack:
        """The first thing that is missing."""
        old, new = self._sides()
        if min(old.labels, new.labels) < ENOUGH:
            return "labels"
        cells = self.cells()
        if 1 - sum(cell.share for cell in self.shared()) > MOST_LEFT_OUT:
            return "apart"
        if compounding.too_thin(cells):
            return "thin"
        if min(old.effective_n, new.effective_n) < EFFECTIVE:
            return "effective"
        return "heavy" if any(map(_is_heavy, (old, new))) else ""

    def shared(self) -> list[compounding.Cell]:
        """The groups that both sides have labels of, each with its share of the traffic as it is now."""
        shares = _mix(self.old, self.new)
        return [_cell(name, shares[name], self.old[name], self.new[name]) for name in sorted(shares) if self._has(name)]

    def cells(self, *, worst: str = "") -> list[compounding.Cell]:
        """Those of the fixed mix, or of what it would be now. `worst`: the side of which all that is unknowable counts
        as good, and none of the other's."""
        mix = self.mix or _whole({cell.name: cell.share for cell in self.shared()})
        return [_cell(name, share, self.old[name], self.new[name], worst=worst) for name, share in sorted(mix.items())]

    @property
    def is_worst_case(self) -> bool:
        return max(side.unknowable_share for side in self._sides()) >= MANY_UNKNOWABLE

    @property
    def value(self) -> float:
        """The change on the mix, as estimated. Of a contest that has looked."""
        return sum(cell.share * (cell.new.mean - cell.old.mean) for cell in self.cells())

    @property
    def crude(self) -> float:
        old, new = self._sides()
        return new.claimed.mean - old.claimed.mean

    def as_json(self) -> dict[str, Any]:
        """Codes and numbers; figures are null where there was no look."""
        old, new = self._sides()
        told: dict[str, Any] = {"lack": self.lack, "labels": [old.labels, new.labels], "days": self.days}
        told["cells"] = [_told(cell) for cell in self.cells()]
        told["left_out"] = max(0.0, 1 - sum(cell.share for cell in self.shared()))
        if self.look is None:
            return told | {"change": None, "crude": None}
        interval = self.look.worst if self.is_worst_case else self.look.change
        return told | {
            "change": [self.value, interval.low, interval.high],
            "crude": [self.crude, self.look.crude.low, self.look.crude.high],
            "is_worst_case": self.is_worst_case,
            "fixed_on": self.fixed_on.isoformat() if self.fixed_on else None,
        }

    def _sides(self) -> tuple[Arm, Arm]:
        """The old and the new one, all groups together."""
        return sum(self.old.values(), Arm()), sum(self.new.values(), Arm())

    def _is_first(self, vote: Vote) -> bool:
        """Whether its conversation counts for the first time on its side."""
        if vote.conversation is None:
            return True
        name = (vote.is_new, vote.conversation)
        if name in self._counted:
            return False
        self._counted.add(name)
        return True

    def _has(self, group: str) -> bool:
        return min(self.old[group].labels, self.new[group].labels) >= 2

    def _look(self, day: date) -> None:
        if not self.mix:
            self.mix = _whole({cell.name: cell.share for cell in self.shared()})
            self.fixed_on, self.t_star = day, self._expected()
        found = self._seen()
        before = self.look or Look(change=DIFFERENCES, worst=DIFFERENCES, crude=DIFFERENCES)
        self.look = Look(
            change=_narrowed(before.change, found.change),
            worst=_narrowed(before.worst, found.worst),
            crude=_narrowed(before.crude, found.crude),
        )

    def _seen(self) -> Look:
        asked = {"t_star": self.t_star, "alpha": ALPHA}
        old, new = self._sides()
        return Look(
            change=compounding.standardized(self.cells(), **asked).interval,
            worst=Interval(
                compounding.standardized(self.cells(worst="old"), **asked).interval.low,
                compounding.standardized(self.cells(worst="new"), **asked).interval.high,
            ),
            crude=compounding.standardized([_cell("", 1.0, old, new)], **asked).interval,
        )

    def _expected(self) -> float:
        """Where the sequence is to be narrowest: half of so many days of the new side, like its first ones."""
        old, new = (sum(one.claimed.n for one in arms.values()) for arms in (self.old, self.new))
        return compounding.clock(old=old, new=new * max(1.0, EXPECTED_DAYS / 2 / max(self.days, 1)))


def _narrowed(before: Interval, found: Interval) -> Interval:
    """By what is seen now; where that contradicts what was seen, the latter begins anew."""
    both = before.intersect(found)
    return DIFFERENCES.intersect(found) if both.is_empty else both


def _mix(old: Arms, new: Arms) -> dict[str, float]:
    """The mean of both sides' shares of traffic, by group."""
    totals = [sum(one.claimed.n for one in arms.values()) for arms in (old, new)]
    names = {name for arms in (old, new) for name, one in arms.items() if one.claimed.n}
    none = Arm()
    return {
        name: sum(
            arms.get(name, none).claimed.n / total / 2 for arms, total in zip((old, new), totals, strict=True) if total
        )
        for name in names
    }


def _whole(shares: Mapping[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


def _cell(name: str, share: float, old: Arm, new: Arm, *, worst: str = "") -> compounding.Cell:
    return compounding.Cell(
        name=name,
        share=share,
        old=looking.steady(old.highest if worst == "old" else old.claimed, old),
        new=looking.steady(new.highest if worst == "new" else new.claimed, new),
        old_labels=old.labels,
        new_labels=new.labels,
    )


def _is_heavy(one: Arm) -> bool:
    return one.largest > HEAVIEST_SHARE * one.inverse or (one.is_heavy and one.largest > RARE)


def _told(cell: compounding.Cell) -> dict[str, Any]:
    old, new = (min(max(sums.mean, 0.0), 1.0) for sums in (cell.old, cell.new))
    return {"group": cell.name, "share": cell.share, "rates": [old, new], "labels": [cell.old_labels, cell.new_labels]}


def _row(vote: Vote) -> Row:
    return Row(
        item_id=0,
        interaction_id=0,
        signal_kind="",
        model_version="",
        part_id=None,
        is_first=True,
        kinds=[],
        counts_with=True,
        counts_without=[],
        probability=vote.probability,
        outcome=vote.outcome,
        reason_id=vote.reason_id,
        f_good=vote.f_good,
        f_bad=None,
        lam_good=vote.lam_good,
        lam_bad=0.0,
    )
