"""One at a time in the audit of a feature: the lock ends with the transaction."""

from __future__ import annotations

from typing import Final

from annotation import loading

TRY: Final = "SELECT pg_try_advisory_xact_lock(hashtext('validity'), $1::int4)"
WAIT: Final = "SELECT pg_advisory_xact_lock(hashtext('validity'), $1::int4)"


def have(feature_id: int) -> bool:
    """Whether the feature is ours now; if not, somebody else is at it."""
    ((got,),) = loading.asked(TRY, [feature_id])
    return bool(got)


def wait(feature_id: int) -> None:
    loading.asked(WAIT, [feature_id])
