"""Fill the demo: with the sample that ships, or with files of one's own."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from annotation.management.base import FlywheelCommand
from annotation.sample import load, own


class Command(FlywheelCommand):
    help = "Fill a demo with sample data, once; `make demo` calls it. --data starts with files of your own instead."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", type=Path, required=True, help="JSON of the people and the token to make")
        parser.add_argument("--data", type=Path, nargs="*", default=[], metavar="FILE", help="JSONL files to load")

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = json.loads(options["accounts"].read_text())
        if options["data"]:
            refused = own.load(accounts=accounts, paths=options["data"], now=timezone.now())
            self._tell(refused)
        elif not load.is_loaded():
            load.load(accounts=accounts, start=timezone.now())

    def _tell(self, refused: list[str]) -> None:
        for line in refused[:20]:
            self.stderr.write(line)
        if refused:
            raise CommandError(
                f"{len(refused)} records were refused (the first are listed above); the others are stored. "
                "Mend the file and start again."
            )
