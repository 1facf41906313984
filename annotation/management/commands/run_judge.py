"""Ask for a run of a judge and watch it: the same run as on the page."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from annotation import audit, jobs, tasks
from annotation.ingest import cases
from annotation.labels.judge import chosen, request
from annotation.labels.judge.chosen import Choice
from annotation.labels.judge.request import Limits
from annotation.management.base import FlywheelCommand, features
from annotation.management.progress import Progress
from annotation.models import Feature, JudgeRun, JudgeVersion

POLL_SECONDS = 0.2
STATUSES = [str(status) for status in chosen.STATUSES]


class Command(FlywheelCommand):
    help = (
        "Let a judge label: manage.py run_judge --judge Tone --feature email-drafts --status resolved --cap 5. "
        "A worker does the work; Ctrl-C leaves it at that, --watch ID comes back to it, --cancel ID ends it. "
        "Asked for again, it takes only what is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--judge", metavar="NAME", help="the judge's name, as on the page /manage/judges/")
        which.add_argument("--watch", metavar="ID", help="a run that was asked for before")
        which.add_argument("--cancel", metavar="ID", help="a run that is no longer wanted")
        parser.add_argument("--version-number", type=int, metavar="N", help="else the latest version")
        parser.add_argument("--feature", help="the feature's short name")
        parser.add_argument("--queue", action="append", default=[], help="may be repeated; else all")
        parser.add_argument("--kind", action="append", default=[], help="kind of signal; may be repeated; else all")
        parser.add_argument("--status", action="append", default=[], choices=STATUSES, help="may be repeated; else all")
        parser.add_argument("--share", type=float, default=1.0, help="of these items, up to 1")
        parser.add_argument("--limit", type=int, help="items at most")
        parser.add_argument("--per-second", type=float, default=Limits.per_second, help="calls a second at most")
        parser.add_argument("--concurrency", type=int, default=Limits.concurrency, help="calls at once at most")
        parser.add_argument("--tries", type=int, default=Limits.tries, help="calls for one item at most")
        parser.add_argument("--cap", metavar="COST", help="what the run may cost at most; needed to start one")
        parser.add_argument("--dry-run", action="store_true", help="say how many items and what cost; ask nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cancel"]:
            ended = request.cancel(run=_known(options["cancel"]), actor=audit.FLYWHEEL, now=timezone.now())
            self.stdout.write(f"{ended.public_id}: cancelled, or about to be.")
            return
        run: JudgeRun | None = _known(options["watch"]) if options["watch"] else self._ask(options)
        if run is None:
            return
        try:
            self._watch(run)
        except KeyboardInterrupt:
            self._leave(run)
            return
        self._tell(run)

    def _ask(self, options: dict[str, Any]) -> JudgeRun | None:
        if not options["feature"]:
            raise CommandError("--feature is missing: say whose items are asked about.")
        (feature,) = features([options["feature"]])
        version = _version(options["judge"], options["version_number"])
        choice = Choice(
            queues=options["queue"],
            kinds=options["kind"],
            statuses=options["status"],
            share=options["share"],
            limit=options["limit"],
        )
        limits = _limits(options)
        request.check(choice, limits)
        if options["dry_run"]:
            self._estimate(version, feature, choice, limits)
            return None
        run = request.create(
            version=version, feature=feature, choice=choice, limits=limits, actor=audit.FLYWHEEL, now=timezone.now()
        )
        tasks.ring(run)
        self.stderr.write(f"{run.public_id}: asked for.")
        if not jobs.workers_alive(now=timezone.now()):
            self.stderr.write("No worker runs, so it waits. Start one: celery -A flywheel_app worker")
        return run

    def _estimate(self, version: JudgeVersion, feature: Feature, choice: Choice, limits: Limits) -> None:
        found = chosen.estimate(
            version=version,
            feature=feature,
            choice=choice,
            per_second=limits.per_second,
            concurrency=limits.concurrency,
            look=cases.of,
        )
        self.stdout.write(
            f"{version}: {found.items:,} items, about {found.cost:.4f} and never more than {found.most:.4f}, "
            f"about {found.seconds:,.0f} s. Nothing was asked."
        )

    def _watch(self, run: JudgeRun) -> None:
        """Show the progress until the run has ended."""
        progress: Progress | None = None
        while run.status in jobs.UNFINISHED:
            time.sleep(POLL_SECONDS)
            run.refresh_from_db()
            if run.items_total and progress is None:
                progress = Progress(stream=self.stderr, label=run.public_id, total=run.items_total)
            if progress:
                progress.advance(to=_done(run), count=_done(run) - progress.count)
        if progress:
            progress.end()

    def _leave(self, run: JudgeRun) -> None:
        command = "manage.py run_judge"
        self.stderr.write(f"\n{run.public_id} goes on without you. Come back: {command} --watch {run.public_id}")
        self.stderr.write(f"End it: {command} --cancel {run.public_id}")

    def _tell(self, run: JudgeRun) -> None:
        self.stderr.write(
            f"{run.answered:,} answered, {run.failed:,} without an answer, {run.skipped:,} no longer needed, of "
            f"{run.items_total:,}. Cost: {run.spent:.4f}, at most {run.committed:.4f}."
        )
        if run.status != JudgeRun.Status.DONE:
            said = "It stopped at its cap." if run.status == JudgeRun.Status.CAPPED else f"It is {run.status}."
            raise CommandError(run.error or f"{run.public_id}: {said} Run it again: it takes only what is missing.")
        self.stdout.write(run.public_id)


def _done(run: JudgeRun) -> int:
    return run.answered + run.failed + run.skipped


def _known(public_id: str) -> JudgeRun:
    related = ("version__judge", "feature")
    run = JudgeRun.objects.select_related(*related).filter(public_id=public_id).first()
    if run is None:
        raise CommandError(f"There is no run {public_id}. Mend the id; the page /manage/judges/ lists them.")
    return run


def _version(name: str, number: int | None) -> JudgeVersion:
    own = JudgeVersion.objects.filter(judge__name=name).select_related("judge", "taxonomy_version", "rater")
    found = (own.filter(number=number) if number else own).order_by("-number").first()
    if found is None:
        known = ", ".join(str(one) for one in JudgeVersion.objects.select_related("judge")) or "none yet"
        asked = f"{name} v{number}" if number else name
        raise CommandError(f"There is no judge {asked}. The judges are: {known}. /manage/judges/ makes them.")
    return found


def _limits(options: dict[str, Any]) -> Limits:
    if options["cap"] is None and not options["dry_run"]:
        raise CommandError("--cap is missing: what the run may cost at most, such as --cap 5 (0 for a free server).")
    try:
        cap = Decimal(options["cap"] or 0)
    except InvalidOperation as error:
        raise CommandError(f"--cap {options['cap']} is no number. Give one such as --cap 2.50.") from error
    names = ("per_second", "concurrency", "tries")
    return Limits(cost_cap=cap, **{name: options[name] for name in names})
