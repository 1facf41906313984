"""Verdicts and terms of statistics as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.lib import reading
from annotation.validity import Line, Saving


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`tone` is the class of its chip; `counted` is how it is called beside a number."""

    title: str | Promise
    counted: str | Promise
    tone: str
    sentence: str | Promise


VERDICTS: Mapping[str, Verdict] = {
    "valid": Verdict(
        title=gettext_lazy("valid"),
        counted=gettext_lazy("valid"),
        tone="good",
        sentence=gettext_lazy("It means what it seems to mean, well beyond the margin."),
    ),
    "inverted": Verdict(
        title=gettext_lazy("inverted"),
        counted=gettext_lazy("inverted"),
        tone="bad",
        sentence=gettext_lazy("It means the opposite of what it seems to mean."),
    ),
    "noise": Verdict(
        title=gettext_lazy("noise"),
        counted=gettext_lazy("noise"),
        tone="bad",
        sentence=gettext_lazy("With it or without it, answers are about as often what it claims: it tells nothing."),
    ),
    "not_enough": Verdict(
        title=gettext_lazy("not enough evidence"),
        counted=gettext_lazy("not decided"),
        tone="unknowable",
        sentence=gettext_lazy("The labels so far fit more than one verdict."),
    ),
    "no_polarity": Verdict(
        title=gettext_lazy("claims nothing"),
        counted=gettext_lazy("claim nothing"),
        tone="",
        sentence=gettext_lazy("It claims neither good nor bad, so it gets no verdict: what it meant stands here."),
    ),
    "refused": Verdict(
        title=gettext_lazy("no figure yet"),
        counted=gettext_lazy("no figure yet"),
        tone="",
        sentence=gettext_lazy("What is labeled can't carry a figure, so none is shown."),
    ),
}

CHOICES: Mapping[str, str | Promise] = {
    "train": gettext_lazy("yes"),
    "avoid": gettext_lazy("no"),
    "wait": gettext_lazy("not yet"),
    "read": gettext_lazy("not by itself"),
}
"""Train on it?"""

OUTCOMES: Mapping[str, str | Promise] = {
    "good": gettext_lazy("good"),
    "bad": gettext_lazy("bad"),
    "not_about_model": gettext_lazy("not about the model"),
    "unknowable": gettext_lazy("can't be known"),
}

UNDECIDED = gettext_lazy("Nobody decided it")

TERMS: Sequence[tuple[str | Promise, str | Promise]] = (
    (
        gettext_lazy("Valid"),
        gettext_lazy(
            "Where the signal is given, answers are what it claims at least 10 times in 100 more often than where it "
            "is not, even at the low end of the interval."
        ),
    ),
    (
        gettext_lazy("Inverted"),
        gettext_lazy(
            "The reverse: where the signal is given, answers are what it claims at least 10 times in 100 less often."
        ),
    ),
    (
        gettext_lazy("Noise"),
        gettext_lazy(
            "It makes less than 10 times in 100 of a difference up or down, and that is sure: learning from it is "
            "learning from chance."
        ),
    ),
    (
        gettext_lazy("Not enough evidence"),
        gettext_lazy("The interval still reaches over the margin, so more than one verdict could be true. Label on."),
    ),
    (
        gettext_lazy("Margin"),
        gettext_lazy(
            "10 points: the difference from which a signal is worth learning from. It is the shaded band in the "
            "pictures; a verdict is given when the interval lies wholly inside it or beyond it."
        ),
    ),
    (
        gettext_lazy("Interval, as (87\N{EN DASH}94)"),
        gettext_lazy(
            "Where the true figure lies. It holds however often one looks: of all intervals shown over all days, 95 in "
            "100 hold the truth at every look, so a verdict can't be had by looking again and again."
        ),
    ),
    (
        gettext_lazy("Points"),
        gettext_lazy("A difference between two shares: from 60 in 100 to 91 in 100 is 31 points."),
    ),
    (
        gettext_lazy("Per conversation"),
        gettext_lazy(
            "Of each conversation only the first such answer counts, or a few long conversations would speak for all."
        ),
    ),
    (
        gettext_lazy("Weighted"),
        gettext_lazy(
            "The queue prefers some items. Each label counts for as many as had its chance to be drawn, so the rates "
            "are those of all traffic and not of what happened to be labeled."
        ),
    ),
    (
        gettext_lazy("Effective sample"),
        gettext_lazy(
            "How many evenly drawn labels would tell as much as these weighted ones do. Under 50 nothing is shown."
        ),
    ),
    (
        gettext_lazy("Likelihood ratio"),
        gettext_lazy(
            "How many times more often the signal comes with an answer that is what it claims than with another one. "
            "1 tells nothing, 2 doubles the odds."
        ),
    ),
    (
        gettext_lazy("Bits of information"),
        gettext_lazy(
            "How much knowing the signal tells about whether the answer was good: 0 is nothing, 1 bit would be all."
        ),
    ),
    (
        gettext_lazy("Unknowable"),
        gettext_lazy(
            "People looked and could not tell, or nobody answered in time. It counts among all, never as what the "
            "signal claims."
        ),
    ),
    (
        gettext_lazy("Worst case"),
        gettext_lazy(
            "Where 20 in 100 or more can't be known, all of them are counted against the signal, and the verdict must "
            "hold even so."
        ),
    ),
    (
        gettext_lazy("Provisional"),
        gettext_lazy(
            "From days that are still being labeled: what is answered first is not like what is answered last, so no "
            "verdict comes from it."
        ),
    ),
    (
        gettext_lazy("Saving by a judge or rule"),
        gettext_lazy(
            "A judge or rule guesses, people check a part, and the guesses are corrected by what people found "
            "(prediction-powered). It is checked on every human label and ignored when it stops helping."
        ),
    ),
    (
        gettext_lazy("Pure enough"),
        gettext_lazy(
            "To imitate answers, 90 in 100 must be good at the low end of the interval; to tell good from bad, 80. An "
            "export below that asks for a reason and records it."
        ),
    ),
    (
        gettext_lazy("Began anew"),
        gettext_lazy(
            "More than 2 in 100 of the answers that a figure rests on were corrected afterwards, so it is computed "
            "from the corrected ones, and its verdict had to be reached again."
        ),
    ),
)


BEHIND: Mapping[str, str | Promise] = {
    "with": gettext_lazy("The conversations with this signal that were drawn and labeled, newest first."),
    "without": gettext_lazy(
        "What this signal is compared with: conversations without it that were drawn and labeled, newest first."
    ),
    "unknowable": gettext_lazy("Those of which nobody could tell what the answer was, or nobody answered in time."),
    "undecided": gettext_lazy("Those that were shown to people, and nobody decided before their day closed."),
    "corrected": gettext_lazy(
        "Those, with the signal or compared with it, that were decided otherwise after they had been counted."
    ),
    "open": gettext_lazy("What is labeled of days that are still open. It is provisional and in no rate yet."),
}
"""What the list of items behind a figure holds."""

METHOD: Sequence[str | Promise] = (
    gettext_lazy(
        "People labeled what the queue gave them in an order drawn by lot, so that each item's chance to be labeled is "
        "known, and each label counts for as many items as had that chance."
    ),
    gettext_lazy(
        "A signal is judged by the difference it makes: how often answers are what it claims in conversations with it, "
        "less how often in those without it, one answer a conversation."
    ),
    gettext_lazy(
        "Only people and known answers decide what an answer was; rules and judges may narrow an interval, and are "
        "corrected by every human label."
    ),
    gettext_lazy(
        "Each interval holds the truth at every look of every day with a probability of 95 %, and a verdict is given "
        "when it lies wholly beyond the margin of 10 points, or wholly inside it."
    ),
    gettext_lazy(
        "No figure is shown from under 100 labels with the signal or without it, from an effective sample under 50, or "
        "where one item carries more than 10 % of the weight."
    ),
)
"""What the report says of how its figures came about."""


def hour(line: Line) -> str:
    """What an hour of labeling would settle, at the pace of the people there; "" where labels settle nothing."""
    if line.verdict == "refused" and line.labels_needed:
        return _first_figure(line.labels_needed, line.hours_needed)
    if line.verdict != "not_enough":
        return ""
    if line.labels_needed is None:
        return _("How many more labels would settle it can't be said yet.")
    return _settled(line.labels_needed, line.hours_needed)


def _settled(labels: int, hours: float | None) -> str:
    if hours is None:
        text = ngettext(
            "About %(labels)s more label would settle it; how long that takes is said once people label here.",
            "About %(labels)s more labels would settle it; how long that takes is said once people label here.",
            labels,
        )
        return text % {"labels": f"{labels:,}"}
    if hours <= 1:
        text = ngettext(
            "An hour of labeling would settle it: about %(labels)s more label, %(hours)s at the usual pace.",
            "An hour of labeling would settle it: about %(labels)s more labels, %(hours)s at the usual pace.",
            labels,
        )
    else:
        text = _(
            "An hour of labeling brings about %(part)s of the %(labels)s labels that would settle it; all take "
            "%(hours)s at the usual pace."
        )
    return text % _told(labels, hours)


def _first_figure(labels: int, hours: float | None) -> str:
    """Before any figure is shown nobody knows what would settle it."""
    text = ngettext(
        "%(labels)s more label in the queue's order brings a first figure.",
        "%(labels)s more labels in the queue's order bring a first figure.",
        labels,
    )
    if hours is not None:
        text += " " + _("At the usual pace labels of its kind take %(hours)s.")
    return text % _told(labels, hours or 1)


def _told(labels: int, hours: float) -> dict[str, str]:
    part = max(round(labels / max(hours, 1)), 1)
    return {"labels": f"{labels:,}", "part": f"{part:,}", "hours": hours_of(hours)}


def hours_of(hours: float) -> str:
    """Hours of work in one figure: nobody knows a forecast to the minute."""
    return reading.span(round(hours * 60) * 60) if hours < 10 else _("%(hours)s hours") % {"hours": f"{round(hours):,}"}


def saving(found: Saving) -> str:
    if not found.is_used:
        return f"{found.helper}: {found.why_not}" if found.helper else found.why_not
    return _(
        "%(helper)s lets %(labels)s labels do the work of %(worth)s. It is checked on every human label and ignored "
        "when it stops helping."
    ) % {"helper": found.helper, "labels": f"{found.labels:,}", "worth": f"{found.worth:,}"}
