"""Nanoseconds since 1970 as RFC 3339."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_START = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000_000
_LAST = int((datetime(9998, 12, 31, tzinfo=UTC) - _START).total_seconds())


def rfc3339(nanoseconds: int) -> str | None:
    """To the last digit; None where no time was sent, or none of this calendar."""
    seconds, rest = divmod(nanoseconds, _SECOND)
    if nanoseconds <= 0 or seconds > _LAST:
        return None
    return f"{_START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
