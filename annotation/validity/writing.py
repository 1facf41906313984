"""What closed cohorts contribute to the estimates, written once."""

from __future__ import annotations

from datetime import datetime


def write_terms(*, now: datetime) -> int:
    """Write the terms of the next cohorts that are closed and settled. Returns how many; call again until it is 0."""
    return 0
