"""Import files of interactions, through the same store as the API."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from annotation import audit
from annotation.ingest.files import formats, passes, reading, wishes
from annotation.ingest.files.formats import Plan
from annotation.ingest.files.reading import Batch
from annotation.ingest.outcome import Outcome
from annotation.lib.foreign.found import Wishes
from annotation.management.base import FlywheelCommand, features
from annotation.management.progress import Progress
from annotation.models import Feature
from annotation.queues import setup

LISTED = 100
SHOWN_SCORES = 30
INTERRUPTED = 130


class Command(FlywheelCommand):
    help = (
        "Import files (.gz too) of interactions as POST /api/v1/interactions takes them (JSONL, CSV, Parquet), or what "
        "Langfuse, LangSmith, Label Studio or Argilla export. Run it again after an interruption: what is there "
        "already is left as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--feature", help="the feature of records that name none, and the only one taken")
        parser.add_argument("--create-feature", action="store_true", help="make the feature if it does not exist")
        parser.add_argument("--format", choices=formats.NAMES, help="what the files are; else they are looked at")
        parser.add_argument(
            "--map", action="append", default=[], metavar="NAME:VALUE=KIND", help="what a score means; repeat it"
        )
        parser.add_argument(
            "--field", action="append", default=[], metavar="FIELD=KEY", help="where a field stands; repeat it"
        )
        parser.add_argument("--occurred-at", metavar="TIME", help="the time of records that have none (Argilla)")
        parser.add_argument("--dry-run", action="store_true", help="say what would be taken and refused; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        self.is_dry = options["dry_run"]
        self.counts: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.scores: Counter[reading.Score] = Counter()
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"There is no file {path}. Nothing was imported.")
        feature = _feature(options["feature"], create=options["create_feature"] and not self.is_dry)
        wanted = wishes.parse(
            feature=feature.slug if feature else options["feature"],
            rules=options["map"],
            fields=options["field"],
            occurred_at=options["occurred_at"],
        )
        try:
            for path in options["files"]:
                self._import(path, feature, options["format"], wanted)
        except KeyboardInterrupt as interruption:
            raise CommandError(self._interrupted(), returncode=INTERRUPTED) from interruption
        self._tell()

    def _import(self, path: Path, feature: Feature | None, format: str | None, wanted: Wishes) -> None:
        with path.open("rb") as file:
            plan = formats.plan(file=file, name=str(path), format=format, wishes=wanted)
            self._announce(path, plan, is_named=format is not None)
            progress = Progress(stream=self.stderr, label=path.name, total=path.stat().st_size)
            try:
                for batch in reading.batches(file=file, name=str(path), plan=plan):
                    self._pass(path, batch, plan, feature)
                    progress.advance(to=batch.position, count=batch.records)
            finally:
                progress.end()

    def _announce(self, path: Path, plan: Plan, *, is_named: bool) -> None:
        self.stderr.write(f"{path}: {plan.format}{'' if is_named else ', as it looks (--format says otherwise)'}")
        for sentence in plan.defaults():
            self.stderr.write(sentence)
        if plan.defaults():
            self.stderr.write("Say otherwise with --map NAME:VALUE=KIND, --field FIELD=KEY and --occurred-at TIME.")

    def _pass(self, path: Path, batch: Batch, plan: Plan, feature: Feature | None) -> None:
        now = timezone.now()
        outcome = passes.check(batch, only=feature) if self.is_dry else passes.take(batch, only=feature, now=now)
        self.counts.update(accepted=outcome.accepted, duplicates=outcome.duplicates, waiting=outcome.waiting)
        self.left_out.update(batch.left_out)
        self.scores.update(batch.scores)
        self._list_refused(path, outcome, plan)

    def _list_refused(self, path: Path, outcome: Outcome, plan: Plan) -> None:
        unit = "" if plan.container.unit == "line" else f"{plan.container.unit} "
        for refused in outcome.refused:
            self.counts["refused"] += 1
            if self.counts["refused"] <= LISTED:
                name = f" {refused.id}" if refused.id else ""
                self.stderr.write(f"{path}:{unit}{refused.index}:{name} {refused.code}: {refused.message}")
            elif self.counts["refused"] == LISTED + 1:
                self.stderr.write("More were refused; from here on they are only counted.")

    def _tell(self) -> None:
        for (name, value, kind), count in self.scores.most_common(SHOWN_SCORES):
            self.stderr.write(f"score {name}{': ' + value if value else ''} is {kind}: {count:,}")
        told = ", ".join(f"{self.counts[name]:,} {name}" for name in ("accepted", "duplicates", "refused"))
        told += f", {self.counts['waiting']:,} waiting for their interaction" if self.counts["waiting"] else ""
        self.stdout.write(f"Nothing was written. It would be: {told}" if self.is_dry else told)
        if self.left_out:
            self.stdout.write("Left out: " + ", ".join(f"{count:,} {what}" for what, count in self.left_out.items()))
        if self.counts["refused"]:
            raise CommandError("Some records were refused; they are listed above. Mend them and run this again.")

    def _interrupted(self) -> str:
        kept = "Nothing was written." if self.is_dry else f"{self.counts['accepted']:,} records were taken and stay."
        return f"Interrupted. {kept} Go on with the same command: it takes only what is missing."


def _feature(slug: str | None, *, create: bool) -> Feature | None:
    if slug is None:
        if create:
            raise CommandError("--create-feature needs --feature SLUG: say which one to make.")
        return None
    if create:
        spec = setup.FeatureSpec(slug=slug)
        return setup.create_feature(spec=spec, actor=audit.FLYWHEEL, now=timezone.now())[0]
    return features([slug], hint=" Make it with --create-feature, or mend the name.")[0]
