"""What a queue's weight does just now, in words: whose rules weigh its items, or why it does nothing yet."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.lib.intervals import Share
from annotation.models import RuleVersion
from annotation.queues.weighing import LEAST, Standing


def sentences(standing: Standing) -> list[str]:
    if standing.mix == 1:
        return [_("Now all items of this queue weigh alike.")]
    if standing.is_at_work:
        said = _(
            "It is at work. An item weighs by the surest rule that holds for it, and 1 where none does: %(rules)s."
        )
        return [said % {"rules": "; ".join(_right(one) for one in standing.measured)}, *_wait(standing.others)]
    return [_("It does nothing yet: every item weighs 1."), *_why(standing)]


def _why(standing: Standing) -> list[str]:
    if standing.measured:
        names = ", ".join(one.rule.name for one in standing.measured)
        told = _(
            "Rules that are measured: %(names)s. In the past week none of them held for an item here, or that was not "
            "looked up yet; it is every ten minutes."
        )
        return [told % {"names": names}, *_wait(standing.others)]
    if standing.others:
        return _wait(standing.others)
    return [
        _(
            "No rule that is switched on gives a reason for this queue's kinds. Write one, try it and switch it on; "
            "items weigh by it once people have decided %(least)d of those that it labels."
        )
        % {"least": LEAST}
    ]


def _wait(rules: Sequence[RuleVersion]) -> list[str]:
    return [_waits(one) for one in rules]


def _waits(one: RuleVersion) -> str:
    missing = LEAST - one.judged
    said = ngettext(
        "How often %(name)s is right isn't known: people have decided %(judged)d of the items that it labeled, and "
        "%(missing)d more is needed.",
        "How often %(name)s is right isn't known: people have decided %(judged)d of the items that it labeled, and "
        "%(missing)d more are needed.",
        missing,
    )
    return said % {"name": one.rule.name, "judged": one.judged, "missing": missing}


def _right(one: RuleVersion) -> str:
    share = Share(hits=one.right, n=one.judged)
    said = _("%(name)s was right in %(right)s of %(judged)s (likely %(low)d to %(high)d %%)")
    figures = {"name": one.rule.name, "right": f"{one.right:,}", "judged": f"{one.judged:,}"}
    return said % (figures | {"low": share.low_percent, "high": share.high_percent})
