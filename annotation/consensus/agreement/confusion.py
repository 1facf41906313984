"""Which reasons get confused, and whether to merge them or to say better what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from django.utils.translation import gettext as _

from annotation.consensus.agreement.loading import Stratum
from annotation.consensus.agreement.measure import hundredths, merged
from annotation.lib import agreement
from annotation.lib.agreement import MIN_UNITS, OfPair
from annotation.lib.agreement.coefficients import Floats
from annotation.lib.sentences import coefficient
from annotation.models import Reason

MERGE, SHARPEN, KEEP, WAIT = "merge", "sharpen", "keep", "wait"

LEAST_TOGETHER = 5
"""Items on which both were chosen. Fewer are slips."""

MOST_PAIRS = 6

HARDLY_APART = 0.5
"""Two reasons whose alpha lies below this for certain are one to those who label."""

WELL_APART = 0.8

PAIRS_LOOKED_AT = 20
"""Of each kind, the commonest."""


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Of one kind: `shares` (reasons x reasons) of the labels with one reason by what another person said about the
    same item. `chosen`: labels with each."""

    signal_kind: str
    reasons: Sequence[Reason]
    units: int
    chosen: Sequence[int]
    shares: Sequence[Sequence[float]]


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """Two reasons of a kind, the commoner first. `share` of all disagreements of the kind are between these two.
    `alpha` of the kind, and `alpha_merged` if they were one."""

    one: Reason
    other: Reason
    pair: OfPair
    share: float
    alpha: float | None
    alpha_merged: float | None
    proposal: str

    @property
    def is_same_use(self) -> bool:
        """Whether nothing but the name would be lost if they were one."""
        return _is_same_use(self.one, self.other)

    @property
    def figures(self) -> str:
        said = {"items": f"{self.pair.units:,}", "met": f"{self.pair.met:,}", "share": hundredths(self.share)}
        text = _(
            "Both were chosen on %(items)s of %(met)s items where two people or more chose one or the other; "
            "that is %(share)s %% of all disagreement about this signal."
        )
        return f"{text % said} {self._apart()}".rstrip()

    def _apart(self) -> str:
        apart = self.pair.apart
        if apart is None:
            return ""
        said = {"value": coefficient(apart.value), "low": coefficient(apart.low), "high": coefficient(apart.high)}
        return _("People tell them apart with alpha %(value)s (%(low)s to %(high)s).") % said

    @property
    def advice(self) -> str:
        if self.proposal == WAIT:
            return _("Nothing is proposed yet: that takes %(least)s such items.") % {"least": MIN_UNITS}
        if self.proposal == KEEP:
            return _("People tell them apart well. Leave them as they are.")
        if self.proposal == SHARPEN:
            return self._sharpen()
        return _(
            "Merge them: people can hardly tell them apart, and both stand for the same outcome and the same uses. "
            "Alpha of this signal would be %(merged)s and not %(alpha)s."
        ) % {"merged": coefficient(self.alpha_merged or 0), "alpha": coefficient(self.alpha or 0)}

    def _sharpen(self) -> str:
        if self.one.outcome != self.other.outcome:
            return _(
                "Sharpen the guideline: say with an example what tells them apart. They stand for different outcomes "
                "(%(one)s, %(other)s), so it decides what a model learns."
            ) % {"one": self.one.get_outcome_display().lower(), "other": self.other.get_outcome_display().lower()}
        if not self.is_same_use:
            return _(
                "Sharpen the guideline: say with an example what tells them apart. They permit different uses in "
                "training, which merging would lose."
            )
        return _("Sharpen the guideline: say with an example what tells them apart.")


def of_kind(stratum: Stratum) -> Confusion:
    found = agreement.coincidences(stratum.counts, times=stratum.times)
    chosen = found.sum(axis=1)
    shares = found / chosen.clip(min=1)[:, None]
    return Confusion(
        signal_kind=stratum.signal_kind,
        reasons=stratum.reasons,
        units=stratum.units,
        chosen=[round(float(one)) for one in chosen],
        shares=[[float(cell) for cell in row] for row in shares],
    )


def mixed(strata: Sequence[Stratum]) -> list[Mixed]:
    """The commonest pairs of all kinds that have enough items, the most confused first."""
    found = [pair for one in strata if one.units >= MIN_UNITS for pair in _of_kind(one)]
    return sorted(found, key=lambda one: (-one.pair.units, one.one.signal_kind, one.one.code))[:MOST_PAIRS]


def _of_kind(stratum: Stratum) -> list[Mixed]:
    found = agreement.coincidences(stratum.counts, times=stratum.times)
    off = float(found.sum() - found.trace())
    places = sorted(combinations(range(len(stratum.reasons)), 2), key=lambda pair: -found[pair])[:PAIRS_LOOKED_AT]
    return [
        told
        for first, second in places
        if found[first, second] > 0
        and (told := _mixed(stratum, first, second, found, off)).pair.units >= LEAST_TOGETHER
    ]


def _mixed(stratum: Stratum, first: int, second: int, found: Floats, off: float) -> Mixed:
    if found[second].sum() > found[first].sum():
        first, second = second, first
    one, other = stratum.reasons[first], stratum.reasons[second]
    pair = agreement.of_pair(stratum.counts, first, second, times=stratum.times)
    return Mixed(
        one=one,
        other=other,
        pair=pair,
        share=2 * float(found[first, second]) / off,
        alpha=_alpha(stratum),
        alpha_merged=_alpha(merged(stratum, first, second)),
        proposal=_proposal(pair, is_same_use=_is_same_use(one, other)),
    )


def _proposal(pair: OfPair, *, is_same_use: bool) -> str:
    if pair.met < MIN_UNITS or pair.apart is None:
        return WAIT
    if pair.apart.high < HARDLY_APART and is_same_use:
        return MERGE
    return KEEP if pair.apart.low >= WELL_APART else SHARPEN


def _is_same_use(one: Reason, other: Reason) -> bool:
    return one.outcome == other.outcome and set(one.uses) == set(other.uses)


def _alpha(stratum: Stratum) -> float | None:
    found = agreement.of(stratum.counts, times=[stratum.times])
    return found.alpha if found else None
