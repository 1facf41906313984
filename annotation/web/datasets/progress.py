"""How far an unfinished export is, in words: pure, from the row and the time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.lib import reading
from annotation.models import Export

QUIET_AFTER = timedelta(seconds=10)
"""Three missed beats: soon enough to say something, too soon to call a worker dead."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """`of` is null while the number of rows isn't known."""

    title: str
    text: str
    done: int = 0
    of: int | None = None
    trouble: str = ""

    @property
    def seen(self) -> str:
        """Tells a page that shows this from one that shows something else."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def of(export: Export, *, has_worker: bool, now: datetime) -> Progress:
    if export.status == Export.Status.PENDING:
        text = _("It starts as soon as a worker is free.") if has_worker else _("It starts as soon as a worker does.")
        return Progress(title=_("Waiting"), text=text)
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
    silent = now - export.heartbeat_at if export.heartbeat_at else timedelta()
    if silent < QUIET_AFTER:
        return ""
    return _(
        "Its worker gives no sign of life. If it has died, another one goes on from the last whole file, within a "
        "minute. Nothing is lost."
    )
