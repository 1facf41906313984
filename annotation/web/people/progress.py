"""How far the deciding anew of somebody's items is, in words: pure, from the row and the time."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from annotation.models import Redecision
from annotation.web.progress import Progress, pace, trouble, waiting


def of(one: Redecision, *, has_worker: bool, now: datetime) -> Progress:
    if one.status == Redecision.Status.PENDING:
        return waiting(has_worker=has_worker, of=one.items_total)
    return Progress(
        title=_("Deciding items anew"),
        text=_pace(one, now),
        done=min(one.items_done, one.items_total),
        of=one.items_total,
        trouble=trouble(one, now=now),
    )


def _pace(one: Redecision, now: datetime) -> str:
    text = _("%(done)s of %(total)s items.") % {"done": f"{one.items_done:,}", "total": f"{one.items_total:,}"}
    return f"{text} {pace(done=one.items_done, of=one.items_total, since=one.started_at, now=now)}".rstrip()
