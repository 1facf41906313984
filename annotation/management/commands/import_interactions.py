"""Import files of interactions, through the same store as the API."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from annotation import audit
from annotation.ingest import files, store
from annotation.ingest.files import Batch
from annotation.management.base import FlywheelCommand, features
from annotation.management.progress import Progress
from annotation.models import Feature
from annotation.queues import setup

LISTED = 100


class Command(FlywheelCommand):
    help = (
        "Import JSONL files (.gz too), one interaction a line, as POST /api/v1/interactions takes them. "
        "Run it again after an interruption: what is there already is left as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--feature", help="the feature of records that name none, and the only one taken")
        parser.add_argument("--create-feature", action="store_true", help="make the feature if it does not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"There is no file {path}. Nothing was imported.")
        feature = _feature(options["feature"], create=options["create_feature"])
        counts = {"accepted": 0, "duplicates": 0, "refused": 0}
        for path in options["files"]:
            self._import(path, feature, counts)
        self.stdout.write(", ".join(f"{count:,} {name}" for name, count in counts.items()))
        if counts["refused"]:
            raise CommandError("Some records were refused; they are listed above. Mend them and run this again.")

    def _import(self, path: Path, feature: Feature | None, counts: dict[str, int]) -> None:
        progress = Progress(stream=self.stderr, label=path.name, total=path.stat().st_size)
        try:
            for batch in files.batches(path=path, feature=feature.slug if feature else None):
                self._store(path, batch, feature, counts)
                progress.advance(to=batch.position, count=len(batch.records))
        finally:
            progress.end()

    def _store(self, path: Path, batch: Batch, feature: Feature | None, counts: dict[str, int]) -> None:
        outcome = store.interactions(records=batch.records, only=feature, now=timezone.now())
        counts["accepted"] += outcome.accepted
        counts["duplicates"] += outcome.duplicates
        for refused in outcome.refused:
            counts["refused"] += 1
            if counts["refused"] <= LISTED:
                name = f" {refused.id}" if refused.id else ""
                self.stderr.write(f"{path}:{refused.index}:{name} {refused.code}: {refused.message}")
            elif counts["refused"] == LISTED + 1:
                self.stderr.write("More were refused; from here on they are only counted.")


def _feature(slug: str | None, *, create: bool) -> Feature | None:
    if slug is None:
        if create:
            raise CommandError("--create-feature needs --feature SLUG: say which one to make.")
        return None
    if create:
        spec = setup.FeatureSpec(slug=slug)
        return setup.create_feature(spec=spec, actor=audit.FLYWHEEL, now=timezone.now())[0]
    return features([slug], hint=" Make it with --create-feature, or mend the name.")[0]
