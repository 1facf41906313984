"""Back up everything: rows, files, HASH_KEY."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from annotation.management.base import FlywheelCommand
from annotation.management.watching import Stages
from annotation.operations import backup
from annotation.operations.backup import making


class Command(FlywheelCommand):
    help = (
        "Back up the database as of one moment, all stored files and HASH_KEY: manage.py backup --to /backups. "
        "Flywheel goes on working meanwhile. The folder holds secrets: keep it safe. manage.py restore puts it back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="the backup is a new folder in there")

    def handle(self, *args: Any, **options: Any) -> None:
        to: Path = options["to"]
        for left in making.unfinished(to):
            self.stderr.write(f"{left} was cut short or is being made by another run; it is no backup. Remove it then.")
        try:
            folder, made = backup.make(to=to, now=timezone.now(), watch=Stages(self.stderr))
        except KeyboardInterrupt as end:
            raise CommandError("\nCut short: there is no backup, and what was written of it is removed.") from end
        rows = sum(table.rows for table in made.tables.values())
        files = len(list(made.in_("files")))
        self.stderr.write(f"{rows:,} rows of {len(made.tables)} tables, and {files:,} files.")
        if made.gone:
            self.stderr.write(f"{made.gone:,} more were removed by Flywheel before their turn came, as they were due.")
        self.stderr.write("It holds HASH_KEY and all that people said: keep it where only you can read it.")
        self.stdout.write(str(folder))
