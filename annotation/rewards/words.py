"""What the audit of a delayed outcome says, in plain words; where it can't, why, and what would change that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from annotation.lib.validity.surrogate import MOST_MISSING
from annotation.models import DelayedOutcome
from annotation.rewards.report import Line, Rate
from annotation.validity.looking import ENOUGH

NOT_YET: Final = "Not audited yet: that is done within minutes of naming it, and each night."

CLAIMED: Final = {"positive": "well", "negative": "badly"}

SUMMED: Final = {
    "predicts": ("{} predicts it.", "{} predict it."),
    "inverted": ("{} points the wrong way.", "{} point the wrong way."),
    "noise": ("{} doesn't predict it.", "{} don't predict it."),
}
"""What is said of one signal with this verdict, and of several."""


def outcome(*, found: DelayedOutcome, lines: Sequence[Line]) -> str:
    """What can stand in for it, and what can't."""
    figures = found.figures
    if figures is None:
        return NOT_YET
    if not figures["conversations"]:
        return _too_young(found, figures["young"])
    if not figures["good"] + figures["bad"]:
        return _unread(found, figures)
    if not lines:
        return "No early signal came with any of these conversations, so there is nothing to compare."
    said = " ".join(filter(None, (_those(lines, verdict) for verdict in SUMMED)))
    return said or "No early signal is known to predict it yet: don't train on one in its place."


def line(*, name: str, title: str, told: dict[str, Any], found: DelayedOutcome) -> str:
    """One signal: the figures, or why there are none."""
    if told["lack"]:
        return refusal(title=title, told=told, found=found)
    value, low, high = map(_signed, told["difference"])
    points = f"{value} points, {low} to {high}"
    ends = CLAIMED[told["polarity"]]
    rates = (
        f"with it {100 * told['with'][0]:.0f} of 100 conversations end {ends}, without it "
        f"{100 * told['without'][0]:.0f} ({points}, however often you look)"
    )
    match told["verdict"]:
        case "predicts":
            return f"{title} predicts “{name}”: {rates}. So far it can stand in for it."
        case "inverted":
            return f"{title} points the wrong way: {rates}. Don't train on it in place of “{name}”."
        case "noise":
            return (
                f"{title} doesn't predict “{name}”: {rates}; less than {100 * found.margin:.0f} points don't matter. "
                "Don't train on it in its place."
            )
    return f"Whether {title.lower()} predicts “{name}” is open: {rates}. {_needed(told['needed'])}"


def refusal(*, title: str, told: dict[str, Any], found: DelayedOutcome) -> str:
    known = told["known"]
    match told["lack"]:
        case "constant":
            return (
                f"{title}: can't tell. All conversations whose outcome is known ended alike, so nothing can predict "
                "it. Send false as well as true; or, if it is sent only where it happened, say that silence is false."
            )
        case "missing":
            share = max(_missing(told, place) for place in (0, 1))
            return (
                f"{title}: can't tell. Of {100 * share:.0f} of 100 conversations with or without it no outcome came in "
                f"time, and at most {100 * MOST_MISSING:.0f} may be missing: those could turn any figure. Send the "
                "outcome of all; or, if it is sent only where it happened, say that silence is false."
            )
        case "few" | "few_without":
            which, count = ("with", known[0]) if told["lack"] == "few" else ("without", known[1])
            return (
                f"{title}: can't tell yet. {count:,.0f} of the {ENOUGH} conversations that are needed {which} it are "
                f"old enough and have an outcome; {ENOUGH - count:,.0f} more change that."
            )
        case "apart":
            return (
                f"{title}: can't tell. Conversations with it and without it are of different model versions, so that "
                "one can't tell the signal from the version. Versions that have both change that."
            )
    return (
        f"{title}: can't tell. It makes less than {100 * found.margin:.0f} points of difference, as anything would, "
        f"for the rarer ending comes fewer than {100 * found.margin:.0f} times in 100. Set a smaller difference that "
        "matters."
    )


def _those(lines: Sequence[Line], verdict: str) -> str:
    titles = [one.title for one in lines if one.verdict == verdict]
    return SUMMED[verdict][len(titles) > 1].format(_listed(titles)) if titles else ""


def _listed(titles: Sequence[str]) -> str:
    rest = [titles[0], *(title.lower() for title in titles[1:])]
    return rest[0] if len(rest) == 1 else f"{', '.join(rest[:-1])} and {rest[-1]}"


def _too_young(found: DelayedOutcome, young: int) -> str:
    said = f"No conversation is {found.days} days old yet" + (f"; {young:,} are on the way." if young else ".")
    return f"{said} Until then nothing is known of how they end."


def _unread(found: DelayedOutcome, figures: dict[str, Any]) -> str:
    if figures["unreadable"]:
        return (
            f"For {figures['unreadable']:,} conversations it came with a value that is neither true nor false. Send "
            "one of these as details.value."
        )
    return (
        f"It came for none of {figures['conversations']:,} conversations that are old enough. Send a later_result with "
        "this details.name."
    )


def _needed(needed: int | None) -> str:
    if needed is None:
        return "It lies so near to the difference that matters that no number of conversations would settle it."
    return f"About {needed:,} more conversations would settle it, if it stays like this." if needed else ""


def _missing(told: dict[str, Any], place: int) -> float:
    whole = told["known"][place] + told["missing"][place]
    return float(told["missing"][place] / whole) if whole else 0.0


def _signed(difference: float) -> str:
    return f"{100 * difference:+.0f}".replace("-", "\N{MINUS SIGN}")


def rate(told: Sequence[float] | None) -> Rate | None:
    return Rate(value=told[0], low=told[1], high=told[2]) if told else None
