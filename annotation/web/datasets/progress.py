"""How far an unfinished export is, in words: pure, from the row and the time."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.lib import reading
from annotation.models import Export
from annotation.web.progress import Progress, is_silent, waiting


def of(export: Export, *, has_worker: bool, now: datetime) -> Progress:
    if export.status == Export.Status.PENDING:
        return waiting(has_worker=has_worker)
    trouble = _trouble(export, now)
    if export.cancel_asked_at is not None:
        text = _("Its worker stops at the next few thousand rows, and removes what it has written.")
        return Progress(title=_("Stopping"), text=text, trouble=trouble)
    if export.exported_at is None or export.rows_total is None:
        text = _("Everything is read from one moment, so that the rows belong together.")
        return Progress(title=_("Choosing the rows"), text=text, trouble=trouble)
    return Progress(
        title=_("Writing the rows"),
        text=_pace(export.rows_done, export.rows_total, (now - export.exported_at).total_seconds()),
        done=export.rows_done,
        of=export.rows_total,
        trouble=trouble,
    )


def _pace(done: int, total: int, seconds: float) -> str:
    """Rows so far, and once there are some, their rate and the time that the rest needs at it."""
    said = ngettext("%(done)s of %(total)s row.", "%(done)s of %(total)s rows.", total)
    text = said % {"done": f"{done:,}", "total": f"{total:,}"}
    if done == 0 or seconds <= 0:
        return text
    rate = done / seconds
    figures = {"rate": f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}", "left": reading.span((total - done) / rate)}
    return f"{text} {_('%(rate)s rows a second, about %(left)s left.') % figures}"


def _trouble(export: Export, now: datetime) -> str:
    if not is_silent(heartbeat_at=export.heartbeat_at, now=now):
        return ""
    return _(
        "Its worker gives no sign of life. If it has died, another one goes on from the last whole file, within a "
        "minute. Nothing is lost."
    )
