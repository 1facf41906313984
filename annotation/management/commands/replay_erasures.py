"""Erase again what was erased, in a database that was restored from an older state."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from annotation.erasure import replay
from annotation.management.base import FlywheelCommand


class Command(FlywheelCommand):
    help = (
        "Apply the log of erasures, which the storage keeps outside the database, to a database that was restored "
        "from an older state. Run it after each restore, before anybody comes in. Harmless when repeated."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = replay.replay(clock=timezone.now)
        self.stdout.write(
            f"Erasures in the log: {done.erasures:,}. Interactions erased again: {done.interactions:,}. "
            f"Ids that are refused again: {done.tombstones:,}."
        )
        for slug in done.unknown_features:
            self.stderr.write(f"There is no feature {slug} in this database; its erasures have nothing to act on here.")
