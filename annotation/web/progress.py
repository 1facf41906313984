"""What the progress of any job is on a page, and what is said of every one of them."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.lib import reading
from annotation.models import Job

QUIET_AFTER = timedelta(seconds=10)
"""Three missed beats: soon enough to say something, too soon to call a worker dead."""

STATUSES = {
    "pending": gettext_lazy("waiting"),
    "running": gettext_lazy("running"),
    "done": gettext_lazy("done"),
    "failed": gettext_lazy("failed"),
    "cancelled": gettext_lazy("cancelled"),
}


@dataclass(frozen=True, kw_only=True)
class Progress:
    """`done` and `of` are rows, or bytes of a file; `of` is null while it isn't known."""

    title: str
    text: str
    done: int = 0
    of: int | None = None
    trouble: str = ""

    @property
    def seen(self) -> str:
        """Tells a page that shows this from one that shows something else."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def waiting(*, has_worker: bool, of: int | None = None) -> Progress:
    text = _("It starts as soon as a worker is free.") if has_worker else _("It starts as soon as a worker does.")
    return Progress(title=_("Waiting"), text=text, of=of)


def pace(*, done: int, of: int, since: datetime | None, now: datetime) -> str:
    """At which rate it goes and how long the rest takes at it; empty while that can't be told."""
    seconds = (now - since).total_seconds() if since else 0.0
    if not done or seconds <= 0:
        return ""
    rate = done / seconds
    figures = {
        "rate": f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}",
        "left": reading.span(math.ceil(max(of - done, 0) / rate)),
    }
    return _("%(rate)s a second, about %(left)s left.") % figures


def trouble(job: Job, *, now: datetime, rest: str = "") -> str:
    """What is said where the job's worker has been silent for a while; `rest`: what holds of this kind of job."""
    if job.heartbeat_at is None or now - job.heartbeat_at < QUIET_AFTER:
        return ""
    said = _("Its worker gives no sign of life. If it has died, another one goes on where it stopped, within a minute.")
    return f"{said} {rest}".rstrip()
