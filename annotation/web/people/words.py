"""The steps of the ladder, and what each brings, in words with figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.labels import raters
from annotation.labels.quality.judging import DOUBLE_LABELED, LADDER, QUARANTINED, TOLD
from annotation.labels.quality.ladder import Effect
from annotation.models import Rater


@dataclass(frozen=True, kw_only=True)
class Step:
    """`verb`: on its button. `means`: what it is, in one line."""

    standing: str
    title: str | Promise
    verb: str | Promise
    means: str | Promise


STEPS = {
    "": Step(
        standing="",
        title=gettext_lazy("nothing decided"),
        verb=gettext_lazy("Take it back"),
        means=gettext_lazy("Labels count like anybody's."),
    ),
    TOLD: Step(
        standing=TOLD,
        title=gettext_lazy("told"),
        verb=gettext_lazy("Tell them"),
        means=gettext_lazy("They are asked on My page to look at the guideline again. Labels count as before."),
    ),
    DOUBLE_LABELED: Step(
        standing=DOUBLE_LABELED,
        title=gettext_lazy("labeled twice"),
        verb=gettext_lazy("Label twice"),
        means=gettext_lazy("Each item that they label from then on asks one more person."),
    ),
    QUARANTINED: Step(
        standing=QUARANTINED,
        title=gettext_lazy("put aside"),
        verb=gettext_lazy("Put labels aside"),
        means=gettext_lazy("Their labels from a day on are kept and decide nothing."),
    ),
}


def others(standing: str) -> list[Step]:
    """The steps that could be taken now: up the ladder, then to take back what holds."""
    found = [STEPS[one] for one in LADDER if one not in ("", standing)]
    return [*found, STEPS[""]] if standing else found


def brings(*, rater: Rater, standing: str, since: datetime, effect: Effect, recent: int) -> Sequence[str]:
    """What the step brings. `effect`: of the labels that it touches; `recent`: labels of the last four weeks."""
    if standing == TOLD:
        return [*_back(rater, effect), *_told(rater)]
    if standing == DOUBLE_LABELED:
        return [*_back(rater, effect), *_twice(rater, recent)]
    if standing == QUARANTINED:
        return _aside(rater, since, effect)
    return _back(rater, effect) or [
        _("%(name)s is told nothing more. Labels count as they did.") % {"name": raters.shown(rater)}
    ]


def _told(rater: Rater) -> list[str]:
    said = {"name": raters.shown(rater)}
    return [
        _("%(name)s reads on My page that an admin asks them to look at the guideline again.") % said,
        _("Their labels count as before. Nobody else sees it."),
    ]


def _twice(rater: Rater, recent: int) -> list[str]:
    labels = ngettext("%(labels)s label", "%(labels)s labels", recent) % {"labels": f"{recent:,}"}
    return [
        _("Each item that %(name)s labels from now on asks one more person.") % {"name": raters.shown(rater)},
        _("At the pace of the last 4 weeks (%(labels)s) that is as many more for others to label.")
        % {"labels": labels},
        _("%(name)s reads it on My page.") % {"name": raters.shown(rater)},
    ]


def _aside(rater: Rater, since: datetime, effect: Effect) -> list[str]:
    said = {"name": raters.shown(rater), "at": f"{since:%Y-%m-%d}", **_counts(effect)}
    found = [
        _("From %(at)s (UTC) on the labels of %(name)s decide nothing: %(labels)s on %(items)s so far.") % said,
    ]
    if effect.decided:
        found.append(_("Decided by such a label alone: %(decided)s. They wait for somebody else.") % said)
    if effect.exported:
        found.append(_("In datasets that were made: %(exported)s. The next incremental one holds what changed.") % said)
    return [*found, _("All labels are kept, %(name)s can go on labeling and reads it on My page.") % said]


def _back(rater: Rater, effect: Effect) -> list[str]:
    """What it brings that a harder step ends."""
    if rater.standing != QUARANTINED:
        return []
    return [_("The labels that were put aside count again: %(labels)s on %(items)s, decided anew.") % _counts(effect)]


def _counts(effect: Effect) -> dict[str, str]:
    items = {"items": effect.items, "decided": effect.decided, "exported": effect.exported}
    told = {key: ngettext("%(n)s item", "%(n)s items", count) % {"n": f"{count:,}"} for key, count in items.items()}
    labels = ngettext("%(n)s label", "%(n)s labels", effect.labels) % {"n": f"{effect.labels:,}"}
    return told | {"labels": labels}
