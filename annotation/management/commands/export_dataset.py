"""Ask for a dataset, watch it, and copy its files: the same export as over the API or on the page."""

from __future__ import annotations

import hashlib
import json
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from annotation import audit, jobs, recipes, tasks
from annotation.exports import request, wanted
from annotation.exports.finished import keep, serve
from annotation.exports.selection import causes
from annotation.exports.wanted import ExportRequest
from annotation.management.base import FlywheelCommand, features
from annotation.management.progress import Progress
from annotation.models import Export, Feature, Firing

POLL_SECONDS = 0.2
LISTS = {
    "signal_kind": "signal_kinds",
    "outcome": "outcomes",
    "reason": "reasons",
    "source": "sources",
    "model_version": "model_versions",
}
VALUES = ("format", "container", "group_by", "split_by", "seed", "purpose", "override", "since")


class Command(FlywheelCommand):
    help = (
        "Make a dataset: manage.py export_dataset --feature email-drafts --format sft --to ./dataset. "
        "A worker does the work; Ctrl-C leaves it at that, --watch ID comes back to it, --cancel ID ends it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--feature", help="the feature's short name; the other flags say what of it")
        which.add_argument("--request", type=Path, metavar="FILE", help="JSON, as POST /api/v1/exports takes it")
        which.add_argument("--recipe", metavar="NAME", help="a saved request; FEATURE/NAME where several have the name")
        which.add_argument("--watch", metavar="ID", help="an export that was asked for before")
        which.add_argument("--cancel", metavar="ID", help="an export that is no longer wanted")
        parser.add_argument("--to", type=Path, metavar="DIR", help="copy the files there when they are done")
        parser.add_argument("--format", help="sft, preference, kto or reasons")
        parser.add_argument("--container", help="jsonl")
        for flag, name in LISTS.items():
            parser.add_argument(f"--{flag.replace('_', '-')}", action="append", dest=name, help="may be repeated")
        parser.add_argument(
            "--from", dest="from", metavar="TIME", help="occurred at or after, such as 2026-05-05T00:00:00Z"
        )
        parser.add_argument("--until", dest="to_time", metavar="TIME", help="occurred before")
        parser.add_argument("--min-confidence", type=float)
        parser.add_argument("--split", action="append", metavar="NAME=SHARE", help="such as train=0.9; repeat it")
        parser.add_argument("--group-by", help="conversation, user or component")
        parser.add_argument("--split-by", help="group, or time: the newest groups are the test")
        parser.add_argument("--seed", type=int)
        parser.add_argument("--purpose", help="training or evaluation")
        parser.add_argument(
            "--since", metavar="ID", help="an export that this one goes on from: only what is new since"
        )
        parser.add_argument("--override", help="why it is made although its signals are not valid")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cancel"]:
            export = request.cancel(export=_known(options["cancel"]), actor=audit.FLYWHEEL, now=timezone.now())
            self.stdout.write(f"{export.public_id}: cancelled, or about to be.")
            return
        export = self._export(options)
        try:
            self._watch(export)
            self._tell(export, options["to"])
        except KeyboardInterrupt:
            self._leave(export, options["to"])

    def _export(self, options: dict[str, Any]) -> Export:
        if options["watch"]:
            return _known(options["watch"])
        return self._rung(_fired(options["recipe"]) if options["recipe"] else _asked(_wanted(options)))

    def _rung(self, export: Export) -> Export:
        tasks.ring(export)
        self.stderr.write(f"{export.public_id}: asked for.")
        if not jobs.workers_alive(now=timezone.now()):
            self.stderr.write("No worker runs, so it waits. Start one: celery -A flywheel_app worker")
        return export

    def _watch(self, export: Export) -> None:
        """Show the progress until the export has ended."""
        progress: Progress | None = None
        while export.status in (Export.Status.PENDING, Export.Status.RUNNING):
            time.sleep(POLL_SECONDS)
            export.refresh_from_db()
            if export.rows_total and progress is None:
                done, total = export.rows_done, export.rows_total
                progress = Progress(stream=self.stderr, label=export.public_id, total=total, since=done)
            if progress:
                progress.advance(to=export.rows_done, count=export.rows_done - progress.position)
        if progress:
            progress.end()

    def _leave(self, export: Export, folder: Path | None) -> None:
        command = "manage.py export_dataset"
        back = f"Come back: {command} --watch {export.public_id}" + (f" --to {folder}" if folder else "")
        if export.status not in jobs.UNFINISHED:
            self.stderr.write(f"\nFiles that are in {folder} by now are whole, and not copied again. {back}")
            return
        self.stderr.write(f"\n{export.public_id} goes on without you. {back}")
        self.stderr.write(f"End it: {command} --cancel {export.public_id}")

    def _tell(self, export: Export, folder: Path | None) -> None:
        if export.status != Export.Status.DONE or export.manifest is None:
            raise CommandError(export.error or f"{export.public_id} was {export.status}; there is no dataset.")
        rows = export.manifest["rows"]
        splits = ", ".join(f"{count:,} {split}" for split, count in rows["split"].items())
        self.stderr.write(f"{rows['total']:,} rows ({splits}). {_left_out(export)}")
        for warning in export.warnings:
            self.stderr.write(f"Warning: {warning}")
        if export.warnings and not export.manifest["override"]:
            self.stderr.write("Say with --override why a dataset is made all the same: whoever trains on it reads it.")
        if folder is not None:
            self._copy(export, folder)
            self.stderr.write(f"Its files are in {folder}.")
        self.stdout.write(export.public_id)

    def _copy(self, export: Export, folder: Path) -> None:
        """Each file appears whole or not at all. What is there from before stays."""
        keep.check_files(export)
        files = serve.files(export)
        total = sum(entry["bytes"] for entry in files)
        progress = Progress(stream=self.stderr, label=f"{export.public_id}, copied", total=total)
        for entry in files:
            target = folder / entry["name"]
            if not _is_there(target, entry):
                _write(target, serve.pieces(export, entry["name"], serve.whole(entry)))
            progress.advance(to=progress.position + entry["bytes"], count=entry["rows"] or 0)
        progress.end()


def _asked(wanted: ExportRequest) -> Export:
    (feature,) = features([wanted.feature])
    export, _ = request.create(
        feature=feature, request=wanted, actor=audit.FLYWHEEL, idempotency_key=None, now=timezone.now()
    )
    return export


def _fired(name: str) -> Export:
    recipe = recipes.find(name=name, features=Feature.objects.all())
    cause = recipes.Cause(kind=Firing.Cause.COMMAND)
    firing = recipes.fire(recipe=recipe, cause=cause, actor=audit.FLYWHEEL, now=timezone.now())
    if firing.export is None:
        raise CommandError(f"{name} made no export.")
    return firing.export


def _known(public_id: str) -> Export:
    export = Export.objects.select_related("feature", "rewriting").filter(public_id=public_id).first()
    if export is None:
        raise CommandError(f"There is no export {public_id}. Mend the id; the page /datasets/ lists them.")
    return export


def _wanted(options: dict[str, Any]) -> ExportRequest:
    if options["request"]:
        try:
            return wanted.parse(json.loads(options["request"].read_text()))
        except (OSError, ValueError) as error:
            raise CommandError(
                f"{options['request']} can't be read as JSON: {error}. Nothing was asked for."
            ) from error
    if not options["format"]:
        raise CommandError("--format is missing: sft, preference, kto or reasons.")
    filters = {name: options[name] for name in LISTS.values()} | {
        "from": options["from"],
        "to": options["to_time"],
        "min_confidence": options["min_confidence"],
    }
    data = {name: options[name] for name in ("feature", *VALUES)} | {"splits": _splits(options["split"])}
    given = {name: value for name, value in data.items() if value is not None}
    return wanted.parse(given | {"filters": {name: value for name, value in filters.items() if value is not None}})


def _splits(given: list[str] | None) -> dict[str, float] | None:
    if not given:
        return None
    try:
        return {name: float(share) for name, share in (one.split("=") for one in given)}
    except ValueError as error:
        raise CommandError("--split takes a name and a share, such as --split train=0.9 --split test=0.1.") from error


def _left_out(export: Export) -> str:
    left_out = causes.sentence(export.left_out)
    return f"Left out: {left_out}." if left_out else "Nothing was left out."


def _is_there(target: Path, entry: dict[str, Any]) -> bool:
    if not target.is_file() or target.stat().st_size != entry["bytes"]:
        return False
    with target.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == str(entry["sha256"])


def _write(target: Path, pieces: Iterable[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(target.name + ".part")
    with half.open("wb") as file:
        file.writelines(pieces)
    half.replace(target)
