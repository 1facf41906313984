"""What changes between the closing of days: corrections, what is provisional, and by which key is audited."""

from __future__ import annotations

from datetime import datetime

from annotation.validity import corrections, parts, provisional


def refresh(*, now: datetime) -> None:
    """Count corrections, say anew what open days say, and forget the values of keys that are audited no more."""
    corrections.note(now=now)
    parts.drop_old()
    provisional.refresh(now=now)
