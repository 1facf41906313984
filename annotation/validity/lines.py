"""One signal as the report shows it: its figures where they can be shown, and the sentence that says them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotation.labels import raters
from annotation.lib.validity import information
from annotation.lib.validity.sequence import Interval
from annotation.lib.validity.verdict import labels_needed
from annotation.models import Cell, Feature, Reason
from annotation.validity import cells, looking, words
from annotation.validity.cells import State
from annotation.validity.figures import CLAIMS, Arm, Figures
from annotation.validity.report import Line, LookShown, Meaning, Provisional, Rate, Saving


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a refused line, or one that claims nothing, doesn't show."""

    rate: Rate | None = None
    without: Rate | None = None
    difference: Rate | None = None
    needed: int | None = None
    ratio: Rate | None = None
    bits: float | None = None


def line(
    *,
    state: State,
    feature: Feature,
    part: str,
    seconds_a_label: float | None,
    reasons: Mapping[int, Reason],
    looks: tuple[LookShown, ...],
) -> Line:
    """`reasons`: by id, those of the figures."""
    cell, figures, lack = state.cell, state.figures, state.lacks
    refused = words.refusal(lack, figures)
    shown = Shown(needed=_missing(lack, figures)) if refused else _shown(state)
    meanings = () if refused else _meanings(figures.with_, reasons)
    verdict = "refused" if refused else "no_polarity" if cell.polarity == "none" else cell.verdict
    is_worst = not refused and cell.polarity != "none" and looking.is_worst_case(figures)
    return Line(
        feature=feature.slug,
        kind=cell.signal_kind,
        title=words.title(cell.signal_kind),
        polarity=cell.polarity,
        model_version=cell.model_version,
        part=part,
        verdict=verdict,
        verdict_at=None if refused else cell.verdict_at,
        restarted_at=cell.restarted_at,
        sentence=words.sentence(
            name=_name(cell, feature, part),
            polarity=cell.polarity,
            verdict=verdict,
            refused=refused,
            rate=shown.rate,
            without=shown.without,
            labels=figures.with_.labels,
            labels_needed=shown.needed,
            is_worst_case=is_worst,
            meanings=meanings,
        ),
        refusal=refused,
        rate=shown.rate,
        rate_without=shown.without,
        difference=shown.difference,
        labels=figures.with_.labels,
        labels_without=figures.without.labels,
        labels_needed=shown.needed,
        hours_needed=_hours(shown.needed, seconds_a_label),
        effective_n=figures.with_.effective_n,
        unknowable_share=0.0 if refused else figures.with_.unknowable_share,
        is_worst_case=is_worst,
        saving=None if refused or cell.polarity == "none" else _saving(cell, figures),
        suggestions_seen=cell.suggestions_seen,
        corrections=cell.corrections,
        likelihood_ratio=shown.ratio,
        information_bits=shown.bits,
        meanings=meanings,
        provisional=_provisional(cell, is_refused=bool(refused)),
        looks=() if refused else looks,
    )


def _name(cell: Cell, feature: Feature, part: str) -> str:
    where = f", {feature.audited_key} {part}" if part else ""
    return f"{words.title(cell.signal_kind)}, {feature} {cell.model_version}{where}"


def _shown(state: State) -> Shown:
    figures = state.figures
    if not state.is_looked_at or not figures.intervals:
        return Shown()
    told, where = cells.estimates(figures), cells.bounds(figures)
    rates = {name: _rate(told[name], where[name]) for name in told}
    table = _table(figures, CLAIMS[state.cell.polarity])
    ratio = information.likelihood_ratio(table=table)
    bits = information.mutual_information(table=table)
    return Shown(
        rate=rates["with"],
        without=rates["without"],
        difference=rates["difference"],
        needed=_needed(state) if state.cell.verdict == cells.NOT_ENOUGH else None,
        ratio=Rate(value=ratio.value, low=ratio.low, high=ratio.high) if ratio else None,
        bits=max(bits.corrected, 0.0) if bits else None,
    )


def _rate(value: float, where: Interval) -> Rate:
    """The estimate of today may lie beyond what all looks so far allow: it is then shown at their edge."""
    low, high = min(where.low, where.high), max(where.low, where.high)
    return Rate(value=min(max(value, low), high), low=low, high=high)


def _missing(lack: str, figures: Figures) -> int | None:
    """How many labels a refused line lacks, where that can be counted."""
    match lack:
        case "labels":
            return looking.ENOUGH - figures.with_.labels
        case "labels_without":
            return looking.ENOUGH - figures.without.labels
    return None


def _needed(state: State) -> int | None:
    figures = state.figures
    if figures.is_betting or figures.t_star is None:
        return None
    without = figures.without.highest if looking.is_worst_case(figures) else figures.without.claimed
    found = labels_needed(
        with_=looking.steady(figures.with_.claimed, figures.with_),
        without=looking.steady(without, figures.without),
        labels=figures.with_.labels + figures.without.labels,
        t_star=figures.t_star[0],
        alpha=looking.ALPHA / state.cell.family,
    )
    return found or None


def _hours(labels: int | None, seconds_a_label: float | None) -> float | None:
    return None if labels is None or seconds_a_label is None else labels * seconds_a_label / 3600


def _table(figures: Figures, claim: str) -> information.Table:
    """Weighted, as many labels of equal weight as they count for."""
    with_, without = figures.with_, figures.without
    a, c = with_.outcomes.get(claim, 0.0), without.outcomes.get(claim, 0.0)
    table = (a, with_.inverse - a), (c, without.inverse - c)
    return information.scaled(table=table, effective_n=(with_ + without).effective_n)


def _saving(cell: Cell, figures: Figures) -> Saving | None:
    labels = figures.with_.labels
    if cell.helper_why == "none" or not labels:
        return None
    arm = figures.with_
    times = arm.unaided_variance / arm.claimed.variance if arm.claimed.variance else 1.0
    return Saving(
        helper=raters.shown(cell.helper) if cell.helper else "",
        labels=labels,
        worth=round(labels * times) if cell.helper else labels,
        is_used=not cell.helper_why,
        why_not=words.WHY_NOT.get(cell.helper_why, ""),
    )


def _meanings(arm: Arm, reasons: Mapping[int, Reason]) -> tuple[Meaning, ...]:
    """The most frequent first. A reason that several taxonomy versions have is one, and links to the newest."""
    shares: dict[str, float] = {}
    newest: dict[str, Reason] = {}
    for pk, weight in sorted(arm.reasons.items(), key=lambda pair: int(pair[0])):
        reason = reasons[int(pk)]
        shares[reason.code] = shares.get(reason.code, 0.0) + weight / arm.inverse
        newest[reason.code] = reason
    found = [
        Meaning(
            code=code,
            title=newest[code].title,
            outcome=newest[code].outcome,
            share=share,
            reason_id=newest[code].pk,
        )
        for code, share in shares.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.share, one.code)))


def _provisional(cell: Cell, *, is_refused: bool) -> Provisional | None:
    if not cell.provisional_days:
        return None
    rate = None if is_refused else cell.provisional_rate
    return Provisional(labels=cell.provisional_labels, rate=rate, days=cell.provisional_days)
