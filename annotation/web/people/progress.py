"""How far the deciding anew of somebody's items is, in words: pure, from the row and the time."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from annotation.lib import reading
from annotation.models import Redecision
from annotation.web.progress import Progress, is_silent, waiting


def of(one: Redecision, *, has_worker: bool, now: datetime) -> Progress:
    if one.status == Redecision.Status.PENDING:
        return waiting(has_worker=has_worker, of=one.items_total)
    return Progress(
        title=_("Deciding items anew"),
        text=_pace(one, now),
        done=min(one.items_done, one.items_total),
        of=one.items_total,
        trouble=_trouble(one, now),
    )


def _pace(one: Redecision, now: datetime) -> str:
    """Items so far, and once there are some, their rate and the time that the rest needs at it."""
    text = _("%(done)s of %(total)s items.") % {"done": f"{one.items_done:,}", "total": f"{one.items_total:,}"}
    seconds = (now - one.started_at).total_seconds() if one.started_at else 0.0
    if not one.items_done or seconds <= 0:
        return text
    rate = one.items_done / seconds
    left = max(one.items_total - one.items_done, 0)
    said = {"rate": f"{rate:,.0f}", "left": reading.span(left / rate)}
    return f"{text} {_('%(rate)s a second, about %(left)s left.') % said}"


def _trouble(one: Redecision, now: datetime) -> str:
    if not is_silent(heartbeat_at=one.heartbeat_at, now=now):
        return ""
    return _("Its worker gives no sign of life. If it has died, another one goes on where it stopped, within a minute.")
