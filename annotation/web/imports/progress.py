"""How far an unfinished import is, in words: pure, from the row and the time."""

from __future__ import annotations

import math
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.lib import reading
from annotation.models import Import
from annotation.web.progress import Progress, trouble, waiting


def of(one: Import, *, has_worker: bool, now: datetime) -> Progress:
    if one.status == Import.Status.PENDING:
        return waiting(has_worker=has_worker, of=1)
    if one.cancel_asked_at is not None:
        return Progress(title=_("Stopping"), text=_("Its worker stops after the records that it is at."), of=1)
    is_check = one.stage == Import.Stage.CHECK
    return Progress(
        title=_("Checking the file; nothing is stored yet") if is_check else _("Taking the records"),
        text=_pace(one, now),
        done=one.bytes_done,
        of=one.bytes_total,
        trouble=trouble(one, now=now, rest=_("Nothing is lost, and nothing is taken twice.")),
    )


def _pace(one: Import, now: datetime) -> str:
    """Records so far, and once there are some, their rate and the time that the rest needs at it."""
    count = records(one)
    share = one.bytes_done / one.bytes_total
    said = ngettext("%(count)s record, %(share)s of the file.", "%(count)s records, %(share)s of the file.", count)
    text = said % {"count": f"{count:,}", "share": f"{100 * share:.0f} %"}
    seconds = (now - one.started_at).total_seconds() if one.started_at else 0.0
    if not share or seconds <= 0:
        return text
    left = reading.span(math.ceil(seconds / share - seconds))
    return f"{text} {_('%(rate)s a second, about %(left)s left.') % {'rate': f'{count / seconds:,.0f}', 'left': left}}"


def records(one: Import) -> int:
    return one.accepted + one.duplicates + one.waiting + one.refused
