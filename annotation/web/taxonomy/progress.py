"""How far the mapping of labels is, in words: pure, from the row and the time."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from annotation.models import Remap
from annotation.web.progress import Progress, pace, trouble, waiting


def of(one: Remap, *, has_worker: bool, now: datetime) -> Progress:
    if one.status == Remap.Status.PENDING:
        return waiting(has_worker=has_worker, of=one.labels_total)
    if one.cancel_asked_at is not None:
        return Progress(title=_("Stopping"), text=_("Its worker stops after the labels that it is at."), of=1)
    number = one.taxonomy_version.number
    return Progress(
        title=_("Mapping labels to version %(number)s") % {"number": number},
        text=_pace(one, now),
        done=min(done(one), one.labels_total),
        of=one.labels_total,
        trouble=trouble(one, now=now, rest=_("Nothing is lost, and nothing is mapped twice.")),
    )


def done(one: Remap) -> int:
    return one.mapped + one.again


def _pace(one: Remap, now: datetime) -> str:
    text = _("%(done)s of %(total)s labels.") % {"done": f"{done(one):,}", "total": f"{one.labels_total:,}"}
    if done(one) >= one.labels_total:
        return f"{text} {_('Looking once more for labels that came meanwhile.')}" if done(one) else text
    return f"{text} {pace(done=done(one), of=one.labels_total, since=one.started_at, now=now)}".rstrip()
