"""What is known of somebody's labels, in sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.labels.quality.figures import DAYS, Figures
from annotation.labels.quality.judging import MIN_CHECKS, MIN_MET, Judged
from annotation.lib import intervals, sentences


def judged(one: Judged) -> list[str]:
    """All that can be said, in the order in which it weighs."""
    found = [checks(one), met(one.figures), habit(one.figures), speed(one.figures)]
    if not one.is_enough:
        found.insert(0, _not_enough(one.figures))
    if one.is_held_back:
        found.append(_held_back())
    return [said for said in found if said]


def short(one: Judged) -> str:
    """What stands out, in a few words; empty where nothing does."""
    told = [_("sign of change")] if one.alarms else []
    if one.figures.habit and one.figures.habit.variety.stands_out:
        told.append(_("nearly always one answer"))
    if one.figures.speed and one.figures.speed.stands_out:
        told.append(_("much faster than others"))
    return ", ".join(told)


def checks(one: Judged) -> str:
    found = one.figures.checks
    asked = len(found.asked)
    if not asked:
        return _("No check question so far.")
    right = ngettext(
        "%(right)s of %(asked)s check question right", "%(right)s of %(asked)s check questions right", asked
    )
    said = right % {"right": f"{found.right:,}", "asked": f"{asked:,}"}
    if asked < MIN_CHECKS:
        return f"{said}{_('; a share is said from %(least)s on.') % {'least': MIN_CHECKS}}"
    low, high = intervals.jeffreys(found.right, asked)
    likely = _(" (likely %(low)s–%(high)s %%)") % {"low": round(100 * low), "high": round(100 * high)}  # noqa: RUF001
    return f"{said}{likely}; {_change(one)}"


def met(figures: Figures) -> str:
    share = figures.met
    if not share.n:
        return _("Nobody else labeled the same items.")
    items = ngettext("%(items)s item", "%(items)s items", share.n) % {"items": f"{share.n:,}"}
    if share.n < MIN_MET:
        return _("%(items)s labeled by somebody else too; a share is said from %(least)s on.") % {
            "items": items,
            "least": MIN_MET,
        }
    said = {"items": items, "value": share.percent, "low": share.low_percent, "high": share.high_percent}
    text = _("Others gave the same reason in %(value)s %% (likely %(low)s–%(high)s %%) of %(items)s.")  # noqa: RUF001
    return text % said


def habit(figures: Figures) -> str:
    found = figures.habit
    if found is None or not found.variety.stands_out:
        return ""
    said = {"code": found.code, "kind": found.signal_kind, "share": sentences.percent(found.variety.share)}
    return (
        _(
            "A hint, no verdict: %(share)s of the answers to %(kind)s are %(code)s, far more alike than others' "
            "answers to the same signal. Look at a few of them."
        )
        % said
    )


def speed(figures: Figures) -> str:
    found = figures.speed
    if found is None or not found.stands_out:
        return ""
    said = {"ratio": sentences.percent(found.ratio), "labels": f"{found.labels:,}"}
    return (
        _(
            "A hint, no verdict: %(labels)s answers took %(ratio)s of the time that others take on answers as long. "
            "Experts are fast, too."
        )
        % said
    )


def _change(one: Judged) -> str:
    if not one.alarms:
        return _("no sign of change this month.")
    latest = {"at": f"{max(one.alarms):%Y-%m-%d}"}
    if one.figures.rater.standing:
        return (
            _("a sign of change on %(at)s, after what was decided last: too many wrong answers came together.") % latest
        )
    return _("a sign of change on %(at)s: too many wrong answers came together.") % latest


def _not_enough(figures: Figures) -> str:
    return _(
        "Not judged yet: that takes %(checks)s check questions, or %(met)s items that somebody else labeled too, in "
        "%(days)s days."
    ) % {"checks": MIN_CHECKS, "met": MIN_MET, "days": DAYS}


def _held_back() -> str:
    return _(
        "The next step would be to put the labels aside. The rule doesn't propose it: it never does for more than one "
        "in twenty people. You may decide it all the same."
    )
