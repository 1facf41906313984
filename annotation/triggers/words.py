"""What a trigger watches for, what it saw, and where it can't tell, why and what would change that: in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.lib import rising
from annotation.triggers.conditions import Condition, Count, Share

VERDICTS: Final[Mapping[str, str | Promise]] = {
    "valid": gettext_lazy("valid"),
    "inverted": gettext_lazy("inverted"),
    "noise": gettext_lazy("noise"),
    "not_enough": gettext_lazy("open"),
}
RESTING: Final = gettext_lazy("It rests after it fired.")
METHOD: Final = gettext_lazy(
    "Shares are of conversations, of the sample of days that have closed, as decided when they closed, weighted by "
    "each item's chance to be asked about. A rise must be more than chance brings by Fisher's exact test, whose error "
    "of 5 % is shared among the 365 looks of a year: where nothing changes, it fires in one year of twenty at most."
)


def title(condition: Condition) -> str:
    """What is watched for."""
    if isinstance(condition, Count):
        return _counted(condition)
    if isinstance(condition, Share):
        said = _(
            "the share of %(reasons)s among %(kind)s rose by %(points)s points or more, from %(days)s days to the next"
        )
        points = f"{100 * condition.rise:g}"
        return said % {
            "reasons": _any_of(condition.reasons),
            "kind": condition.signal_kind,
            "points": points,
            "days": condition.days,
        }
    told = {"kind": condition.signal_kind, "verdicts": _any_of([str(VERDICTS[one]) for one in condition.verdicts])}
    return _("the verdict on %(kind)s became %(verdicts)s") % told


def method(condition: Condition) -> str | None:
    """How a rise is told from noise, where a share is watched."""
    return str(METHOD) if isinstance(condition, Share) else None


def cause(condition: Condition, about: Mapping[str, Any]) -> str:
    """What was seen in a look, or was the cause of a firing."""
    if isinstance(condition, Count):
        told = {"n": f"{about['count']:,}", "most": f"{about['at_least']:,}"}
        return _("%(n)s new since it last fired, of %(most)s.") % told
    if isinstance(condition, Share):
        return _lack(condition, about) if about.get("lack") else _compared(condition, about)
    changes = about.get("changes") or about.get("standing") or []
    if not changes:
        return _("No verdict yet on any model version.")
    said = _("became %(verdict)s for %(version)s") if about.get("changes") else _("%(verdict)s for %(version)s")
    told_all = [said % {"verdict": VERDICTS[one["verdict"]], "version": one["model_version"]} for one in changes]
    return f"{condition.signal_kind}: {'; '.join(told_all)}."


def _counted(condition: Count) -> str:
    count = f"{condition.at_least:,}"
    new = ngettext("%(count)s new item decided", "%(count)s new items decided", condition.at_least) % {"count": count}
    if condition.reasons:
        new = _("%(new)s as %(reasons)s") % {"new": new, "reasons": _any_of(condition.reasons)}
    if condition.signal_kinds:
        new = _("%(new)s, on %(kinds)s") % {"new": new, "kinds": _any_of(condition.signal_kinds)}
    return new


def _compared(condition: Share, about: Mapping[str, Any]) -> str:
    said = _(
        "%(share)s %% (%(low)s to %(high)s %%) of %(labels)s in the %(days)s days to %(day)s, after %(share_before)s "
        "%% (%(low_before)s to %(high_before)s %%) of %(labels_before)s. Chance alone would bring such a rise "
        "%(chance)s."
    )
    rates = ("share", "low", "high", "share_before", "low_before", "high_before")
    told = {name: f"{100 * about[name]:.0f}" for name in rates}
    counts = {name: f"{about[name]:,}" for name in ("labels", "labels_before")}
    return said % {**told, **counts, "days": condition.days, "day": about["day"], "chance": _often(about["chance"])}


def _often(chance: float) -> str:
    if chance >= 0.01:
        return _("%(n)s times in 100") % {"n": round(100 * chance)}
    return _("once in %(n)s looks") % {"n": f"{round(1 / max(chance, 1e-9)):,}"}


def _lack(condition: Share, about: Mapping[str, Any]) -> str:
    told = {"enough": rising.ENOUGH, "most": f"{100 * rising.MOST_UNDECIDED:.0f}", "days": condition.days}
    match about["lack"]:
        case "nothing":
            return _(
                "No day of this signal has closed yet. One closes when its items are decided, or its limit is over."
            )
        case "after_firing":
            return _("Both periods must lie after the last rise, so that one cause fires once: so far they don't.")
        case "reasons_changed":
            return _(
                "People chose from other reasons in one of the periods than in the other, so shares can't be compared. "
                "That ends when both lie after the change of the taxonomy."
            )
        case "labels":
            few = {"labels": about["labels"], "before": about["labels_before"]}
            return _(
                "Not told: %(labels)s decided in the last %(days)s days that have closed and %(before)s in those "
                "before, and each needs %(enough)s. More labels change that, or longer periods."
            ) % (told | few)
        case "undecided":
            return _("Not told: over %(most)s %% of what people were asked about was never decided.") % told
    return _(
        "Not told: a few items weigh very much. More labels change that, and so does a queue whose mix is nearer to 1."
    )


def _any_of(names: Sequence[str]) -> str:
    *first, last = names
    return _("%(first)s or %(last)s") % {"first": ", ".join(first), "last": last} if first else last
