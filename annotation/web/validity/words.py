"""Verdicts and terms of statistics as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.lib import reading
from annotation.validity import Line, Saving
from annotation.validity.words import roughly


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`tone` is the class of its chip; `counted` is how it is called beside a number."""

    title: str | Promise
    counted: str | Promise
    tone: str


VERDICTS: Mapping[str, Verdict] = {
    "valid": Verdict(
        title=gettext_lazy("valid"),
        counted=gettext_lazy("valid"),
        tone="good",
    ),
    "inverted": Verdict(
        title=gettext_lazy("inverted"),
        counted=gettext_lazy("inverted"),
        tone="bad",
    ),
    "noise": Verdict(
        title=gettext_lazy("noise"),
        counted=gettext_lazy("noise"),
        tone="",
    ),
    "not_enough": Verdict(
        title=gettext_lazy("not enough evidence"),
        counted=gettext_lazy("not enough evidence"),
        tone="unknowable",
    ),
    "no_polarity": Verdict(
        title=gettext_lazy("claims nothing"),
        counted=gettext_lazy("claim nothing"),
        tone="",
    ),
    "refused": Verdict(
        title=gettext_lazy("no figure yet"),
        counted=gettext_lazy("no figure yet"),
        tone="",
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

BEHIND: Mapping[str, str | Promise] = {
    "with": gettext_lazy("The conversations with this signal that people were asked about; what arrived last first."),
    "without": gettext_lazy(
        "What this signal is compared with: conversations without it that people were asked about; what arrived last "
        "first."
    ),
    "unknowable": gettext_lazy("Those of which nobody could tell what the answer was, or nobody answered in time."),
    "undecided": gettext_lazy("Those that were shown to people, and nobody decided before their day closed."),
    "corrected": gettext_lazy(
        "Those, with the signal or compared with it, that were decided otherwise after they had been counted."
    ),
    "open": gettext_lazy("What is labeled of days that are still open. It is provisional and in no rate yet."),
}
"""What the list of items behind a figure holds."""


def hour(line: Line, *, waiting: int) -> str:
    """What an hour of labeling would settle, at the pace of the people there; "" where no verdict is open.

    `waiting`: how many items there are to label, counted as far as any line needs.
    """
    if line.verdict != "not_enough":
        return ""
    if line.labels_needed is None:
        return _("How many more labels would settle it can't be said yet.")
    return f"{_settled(line.labels_needed, line.hours_needed)} {_supply(line, line.labels_needed, waiting)}".strip()


def _supply(line: Line, labels: int, waiting: int) -> str:
    """How many of them are labels of the signal itself, and whether so many items wait."""
    both = line.labels + line.labels_without
    own = roughly(round(labels * line.labels / both)) if both else 0
    told = _("Of any answers, as the queue brings them, about %(own)s with this signal.") % {"own": f"{own:,}"}
    if waiting >= labels:
        return told
    lack = ngettext(
        "Only %(waiting)s item waits to be labeled, so it takes new interactions too.",
        "Only %(waiting)s items wait to be labeled, so it takes new interactions too.",
        waiting,
    )
    return f"{told} {lack % {'waiting': f'{waiting:,}'}}"


def _settled(labels: int, hours: float | None) -> str:
    if hours is None:
        text = ngettext(
            "About %(labels)s more label would settle it.", "About %(labels)s more labels would settle it.", labels
        )
        return text % {"labels": f"{roughly(labels):,}"}
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


def _told(labels: int, hours: float) -> dict[str, str]:
    part = max(round(labels / max(hours, 1)), 1)
    return {"labels": f"{roughly(labels):,}", "part": f"{roughly(part):,}", "hours": hours_of(hours)}


def hours_of(hours: float) -> str:
    """Hours of work in one figure: nobody knows a forecast to the minute."""
    return reading.span(round(hours * 60) * 60) if hours < 10 else _("%(hours)s hours") % {"hours": f"{round(hours):,}"}


CLAIMS: Mapping[str, str | Promise] = {
    "positive": gettext_lazy("It claims that the answer is good."),
    "negative": gettext_lazy("It claims that the answer is bad."),
}

MEANS: Mapping[str, str | Promise] = {
    "valid": gettext_lazy(
        "It means what it seems to mean: the whole interval of the difference lies beyond the margin."
    ),
    "inverted": gettext_lazy("It points the wrong way: where it is given, answers are what it claims less often."),
    "noise": gettext_lazy("Whether it is given or not says next to nothing about the answer."),
    "not_enough": gettext_lazy(
        "The interval of the difference still reaches over the margin, so it may be a true sign or not."
    ),
}
"""What a verdict says, beside its figures."""


def saving(found: Saving) -> str:
    if not found.is_used:
        return f"{found.helper}: {found.why_not}" if found.helper else found.why_not
    return _(
        "%(helper)s lets %(labels)s labels do the work of %(worth)s. It is checked on every human label and ignored "
        "when it stops helping."
    ) % {"helper": found.helper, "labels": f"{found.labels:,}", "worth": f"{found.worth:,}"}
