"""What to do about a signal, in words: train on it, don't, or label on, and why. Pure: from the lines of a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.lib.sentences import points
from annotation.lib.validity.verdict import MARGIN
from annotation.validity.report import Line, Rate
from annotation.validity.words import roughly

BARS: Final = {"sft": 0.9, "preference": 0.9, "kto": 0.8}
"""How often a signal must be right at least, by the lower bound since that is what is known: where answers are
imitated or preferred, and where good is only told from bad."""

Choice = Literal["train", "avoid", "wait", "read"]


@dataclass(frozen=True, kw_only=True)
class Advice:
    """`choice`: train on the signal, avoid it, wait for more labels, or read what it means, since it claims nothing.

    `because` is one sentence without figures that the line refuses. `uses`: the formats of exports whose bar it passes.
    """

    line: Line
    choice: Choice
    uses: tuple[str, ...]
    because: str


def about(line: Line) -> Advice:
    uses = _uses(line)
    return Advice(line=line, choice=_choice(line, uses), uses=uses, because=_because(line, uses))


def in_100(rate: Rate) -> str:
    """A share as people say it, with its interval."""
    value, high = (round(100 * one) for one in (rate.value, rate.high))
    return _("%(value)d times in 100 (%(low)s\N{EN DASH}%(high)d)") % {"value": value, "low": _low(rate), "high": high}


def _low(rate: Rate) -> str:
    """The lower end in whole ones, or where that would read as a bar that it misses, in tenths."""
    whole = round(100 * rate.low)
    misses = any(rate.low < bar <= whole / 100 for bar in BARS.values())
    return f"{int(1000 * rate.low) / 10:.1f}" if misses else f"{whole}"


def outcome(line: Line) -> str:
    """What the signal claims of an answer."""
    return _("bad") if line.polarity == "negative" else _("good")


def _uses(line: Line) -> tuple[str, ...]:
    """Bad answers are never imitated."""
    if line.verdict != "valid" or line.rate is None:
        return ()
    formats = [use for use in BARS if use != "sft" or line.polarity == "positive"]
    return tuple(use for use in formats if line.rate.low >= BARS[use])


def _choice(line: Line, uses: tuple[str, ...]) -> Choice:
    if line.verdict == "no_polarity":
        return "read"
    if line.verdict == "valid":
        return "train" if uses else "wait" if _may_be_pure(line) else "avoid"
    return "avoid" if line.verdict in ("inverted", "noise") else "wait"


def _may_be_pure(line: Line) -> bool:
    """Whether more labels may show that it passes the lowest bar, as it would if the estimate stayed."""
    return line.rate is not None and line.rate.value >= min(BARS.values())


def _because(line: Line, uses: tuple[str, ...]) -> str:
    if line.rate is None or line.rate_without is None:
        return line.refusal or _nothing_claimed(line)
    sides = _sides(line, line.rate, line.rate_without)
    told = {
        "inverted": _("it points the wrong way: %(sides)s. %(turned)s"),
        "noise": _("it tells next to nothing: %(sides)s, and that is how often they are anyway."),
        "not_enough": _("whether it is a true sign can't be told yet: %(sides)s. %(open)s %(more)s"),
        "valid": _good_for(line, uses),
    }
    words = {"sides": sides, "more": more(line), "turned": _turned(line.rate), "open": _open(line)}
    return (told.get(line.verdict, "%(sides)s.") % words).strip()


def _turned(rate: Rate) -> str:
    """Whether what it claims may be taken the other way round."""
    if 1 - rate.high >= min(BARS.values()):
        return _("Taken as the opposite it would be pure enough to tell good from bad, once people have checked that.")
    return _("Don't take it as the opposite either: too many of them are what it claims.")


def _open(line: Line) -> str:
    """What a verdict still lacks."""
    if line.difference is None:
        return ""
    return _(
        "The difference lies between %(low)s and %(high)s points, and a verdict needs it on one side of %(edge)s."
    ) % {
        "low": points(line.difference.low),
        "high": points(line.difference.high),
        "edge": f"\N{PLUS-MINUS SIGN}{100 * MARGIN:.0f}",
    }


def _nothing_claimed(line: Line) -> str:
    if line.verdict == "no_polarity":
        return _("it claims neither good nor bad, so only what people found in it can be trained on.")
    return _("nothing can be said of it yet.")


def _sides(line: Line, rate: Rate, without: Rate) -> str:
    return _("its answers are %(outcome)s %(rate)s, those without it %(without)s") % {
        "outcome": outcome(line),
        "rate": in_100(rate),
        "without": in_100(without),
    }


def _good_for(line: Line, uses: tuple[str, ...]) -> str:
    if "sft" in uses:
        return _("%(sides)s. That is pure enough to imitate.")
    if uses and line.polarity == "negative":
        return _("%(sides)s. That is pure enough for bad examples.")
    if uses:
        return _("%(sides)s. That is pure enough to tell good from bad, not to imitate: an export to imitate asks why.")
    if _may_be_pure(line):
        return _("it is a true sign, and whether it is pure enough to learn from is not sure yet: %(sides)s. Label on.")
    return _("it is a true sign, but not pure enough to learn from by itself: %(sides)s.")


def more(line: Line) -> str:
    """How many labels would settle an open verdict."""
    if line.labels_needed is None:
        return _("How many more labels would settle it can't be said yet.")
    return ngettext(
        "About %(labels)s more label would settle it.",
        "About %(labels)s more labels would settle it.",
        line.labels_needed,
    ) % {"labels": f"{roughly(line.labels_needed):,}"}
