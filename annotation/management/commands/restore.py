"""Put a backup back into an empty place."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from annotation.errors import Refusal
from annotation.management.watching import Stages
from annotation.operations import backup


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty database and an empty storage: manage.py restore /backups/flywheel-…. What was "
        "erased since, as the storage's log says, is erased again. Run it before web, workers and beat are started."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="what manage.py backup said at its end")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            done = backup.restore(folder=folder, clock=timezone.now, watch=Stages(self.stderr))
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        except KeyboardInterrupt as end:
            raise CommandError(f"\nCut short. Go on with the same command: manage.py restore {folder}") from end
        self.stdout.write(
            f"{done.rows:,} rows and {done.files:,} files are back. Interactions erased again: {done.erased:,}. "
            "Start web, workers and beat."
        )
