"""How far the mapping of labels is, in words: pure, from the row and the time."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from annotation.lib import reading
from annotation.models import Remap
from annotation.web.progress import Progress, is_silent, waiting


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
        trouble=_trouble(one, now),
    )


def done(one: Remap) -> int:
    return one.mapped + one.again


def _pace(one: Remap, now: datetime) -> str:
    """Labels so far, and once there are some, their rate and the time that the rest needs at it."""
    text = _("%(done)s of %(total)s labels.") % {"done": f"{done(one):,}", "total": f"{one.labels_total:,}"}
    seconds = (now - one.started_at).total_seconds() if one.started_at else 0.0
    left = one.labels_total - done(one)
    if not done(one) or seconds <= 0:
        return text
    if left <= 0:
        return f"{text} {_('Looking once more for labels that came meanwhile.')}"
    rate = done(one) / seconds
    said = {"rate": f"{rate:,.0f}", "left": reading.span(left / rate)}
    return f"{text} {_('%(rate)s a second, about %(left)s left.') % said}"


def _trouble(one: Remap, now: datetime) -> str:
    if not is_silent(heartbeat_at=one.heartbeat_at, now=now):
        return ""
    return _(
        "Its worker gives no sign of life. If it has died, another one goes on after the last labels that were "
        "written down, within a minute. Nothing is lost, and nothing is mapped twice."
    )
