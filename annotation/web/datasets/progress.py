"""How far an unfinished export is, in words: pure, from the row and the time."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.models import Export, Rewriting
from annotation.web.progress import Progress, pace, waiting
from annotation.web.progress import trouble as told


def of(export: Export, *, has_worker: bool, now: datetime) -> Progress:
    if export.status == Export.Status.PENDING:
        return waiting(has_worker=has_worker)
    trouble = told(export, now=now, rest=_("Nothing is lost: whole files stay."))
    if export.cancel_asked_at is not None:
        text = _("Its worker stops at the next few thousand rows, and removes what it has written.")
        return Progress(title=_("Stopping"), text=text, trouble=trouble)
    if export.exported_at is None or export.rows_total is None:
        text = _("Everything is read from one moment, so that the rows belong together.")
        return Progress(title=_("Choosing the rows"), text=text, trouble=trouble)
    return Progress(
        title=_("Writing the rows"),
        text=_pace(export.rows_done, export.rows_total, since=export.exported_at, now=now),
        done=export.rows_done,
        of=export.rows_total,
        trouble=trouble,
    )


def again(rewriting: Rewriting, *, has_worker: bool, now: datetime) -> Progress:
    """Of files that are made again."""
    if rewriting.status == Rewriting.Status.PENDING:
        return waiting(has_worker=has_worker)
    done, total = rewriting.rows_done, rewriting.rows_total
    return Progress(
        title=_("Making the files again"),
        text=_pace(done, total, since=rewriting.started_at, now=now),
        done=done,
        of=total,
        trouble=told(rewriting, now=now, rest=_("Nothing is lost: whole files stay.")),
    )


def _pace(done: int, total: int, *, since: datetime | None, now: datetime) -> str:
    said = ngettext("%(done)s of %(total)s row.", "%(done)s of %(total)s rows.", total)
    text = said % {"done": f"{done:,}", "total": f"{total:,}"}
    return f"{text} {pace(done=done, of=total, since=since, now=now)}".rstrip()
