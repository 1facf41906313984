"""What the progress of any job is on a page, and what is said of every one of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


def is_silent(*, heartbeat_at: datetime | None, now: datetime) -> bool:
    """Whether the job's worker has said nothing for a while."""
    return heartbeat_at is not None and now - heartbeat_at >= QUIET_AFTER
