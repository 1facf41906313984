"""How many bad answers were mended, of those that somebody judged: from values to values.

The unit is the bad answer. Where several later ones stand beside it, or several people judged, it counts with their
mean: fractions of one, for which Wilson's interval is rather too wide than too narrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from annotation.lib.intervals import Share

ENOUGH: Final = 30
"""From so many judged bad answers on, a rate is said."""


class Case(NamedTuple):
    """One drawn bad answer. `pairs`: later answers beside it, of which `judged` got a verdict that counts and `apart`
    turned out to be asked something else. `mended`, `same`, `worse`: the mean over the judged ones, 1 together."""

    model_version: str
    signal_kind: str
    reason: str
    title: str
    pairs: int
    judged: int
    apart: int
    mended: float
    same: float
    worse: float


@dataclass(frozen=True, kw_only=True)
class Rate:
    """The verified-fix rate of one model version, or of one reason in it (`signal_kind`, `reason`; else empty).

    `population`: bad interactions that the model was trained on. Of the `drawn`, `judged` have a verdict, `waiting`
    a comparable later answer that nobody judged yet, and `without` no comparable case yet: they are in no rate.
    `mended`, `same`, `worse`: sums over the judged, with fractions.
    """

    model_version: str
    signal_kind: str = ""
    reason: str = ""
    title: str = ""
    population: int
    drawn: int
    judged: int
    waiting: int
    without: int
    mended: float
    same: float
    worse: float

    @property
    def fixed(self) -> Share | None:
        """The share that was mended; None under ENOUGH."""
        return self._share(self.mended)

    @property
    def unchanged(self) -> Share | None:
        return self._share(self.same)

    @property
    def harmed(self) -> Share | None:
        """The share where the later answer is worse; None under ENOUGH."""
        return self._share(self.worse)

    @property
    def missing(self) -> int:
        """How many more judged bad answers a rate needs."""
        return max(0, ENOUGH - self.judged)

    @property
    def refusal(self) -> str:
        """Why no rate is said, and what would change that; empty where one is."""
        if not self.missing:
            return ""
        said = f"No rate yet: it is said from {ENOUGH} judged bad answers on, and {self._judged_so_far}."
        if self.waiting >= self.missing:
            return f"{said} {self.waiting:,} more wait to be judged, which is enough."
        return f"{said} {self._what_is_missing}"

    @property
    def sentence(self) -> str:
        if self.fixed is None or self.harmed is None:
            return self.refusal
        return (
            f"Of {self.judged:,} bad answers that were judged, {self.model_version} answered a similar prompt better "
            f"in {_percent(self.fixed)} and worse in {_percent(self.harmed)}."
        )

    @property
    def _judged_so_far(self) -> str:
        return "none is" if not self.judged else "one is" if self.judged == 1 else f"{self.judged} are"

    @property
    def _what_is_missing(self) -> str:
        if not self.drawn:
            return "No bad answer that this model was trained on is followed yet."
        waiting = f"{self.waiting:,} {'waits' if self.waiting == 1 else 'wait'} to be judged"
        return f"Of the others {waiting}, and {self.without:,} have no comparable case yet: more traffic brings some."

    def _share(self, hits: float) -> Share | None:
        return None if self.missing else Share(hits=hits, n=self.judged)


def of(cases: Iterable[Case], *, model_version: str, population: int, signal_kind: str = "", reason: str = "") -> Rate:
    """The rate over these cases, all of one model version (and of one reason, where it is named)."""
    held = list(cases)
    judged = [one for one in held if one.judged]
    waiting = [one for one in held if not one.judged and one.pairs > one.apart]
    return Rate(
        model_version=model_version,
        signal_kind=signal_kind,
        reason=reason,
        title=held[0].title if reason and held else "",
        population=population,
        drawn=len(held),
        judged=len(judged),
        waiting=len(waiting),
        without=len(held) - len(judged) - len(waiting),
        mended=sum(one.mended for one in judged),
        same=sum(one.same for one in judged),
        worse=sum(one.worse for one in judged),
    )


def by_reason(cases: Sequence[Case], *, model_version: str, population: dict[tuple[str, str], int]) -> list[Rate]:
    """One rate a reason, those with the most drawn first."""
    reasons = sorted({(one.signal_kind, one.reason) for one in cases})
    rates = [
        of(
            [one for one in cases if (one.signal_kind, one.reason) == key],
            model_version=model_version,
            population=population.get(key, 0),
            signal_kind=key[0],
            reason=key[1],
        )
        for key in reasons
    ]
    return sorted(rates, key=lambda rate: -rate.drawn)


def _percent(share: Share) -> str:
    return f"{share.percent} in 100 (likely {share.low_percent} to {share.high_percent})"
