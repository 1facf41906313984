"""The web process with a clock that a test sets: now is what stands in the file that SIMULATED_CLOCK names."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from django.utils import timezone

_CLOCK = Path(os.environ["SIMULATED_CLOCK"])


def _now() -> datetime:
    return datetime.fromisoformat(_CLOCK.read_text())


timezone.now = _now

from flywheel_app.wsgi import application  # noqa: E402 - what it loads reads the clock

__all__ = ["application"]
