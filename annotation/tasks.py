"""Every Celery task: ids in, load, one call. Running one twice is harmless."""

from __future__ import annotations

import logging

from celery import Task, shared_task
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from annotation import (
    backlog,
    closure,
    compounding,
    erasure,
    jobs,
    loops,
    mending,
    recipes,
    rewards,
    triggers,
    validity,
)
from annotation.access import accounts, letters, passwords
from annotation.backlog import alarms
from annotation.consensus.runs import job as consensus_job
from annotation.consensus.runs import request as consensus_runs
from annotation.exports import job as export_job
from annotation.exports.finished import keep as exports_kept
from annotation.exports.finished import rewriting
from annotation.ingest import cases, gathering, partial, responses, retention, settle, signatures, waiting
from annotation.ingest.imports import job as import_job
from annotation.ingest.imports import keep
from annotation.labels import gold
from annotation.labels.judge import job as judge_job
from annotation.labels.quality import job as redecision_job
from annotation.labels.remap import job as remap_job
from annotation.labels.rules import backfill, measuring, sweep
from annotation.models import (
    ConsensusRun,
    DelayedOutcome,
    Delivery,
    Export,
    Firing,
    Import,
    ItemMove,
    Job,
    JudgeRun,
    Redecision,
    Remap,
    Rewriting,
    RuleRun,
    User,
)
from annotation.queues import cohorts, fill, lease, moving, second_looks, weighing
from annotation.queues import gold as gold_copies
from annotation.webhooks import deliveries

logger = logging.getLogger(__name__)

HELPER_EXPIRES = 30.0
"""Seconds after which a call for help is void; who needs it calls again at each shard."""

SIGNATURE_STEPS = 100
"""Pieces of one bell, about a minute of work: after an upgrade much is left, and others want the worker too."""


@shared_task
def expire_leases() -> None:
    """Give back what is held past its time."""
    while lease.expire(now=timezone.now()):
        pass


@shared_task
def fill_due_signals() -> None:
    """Make items of the signals whose queue's delay has passed."""
    while fill.due(now=timezone.now()):
        pass


@shared_task
def settle_interactions() -> None:
    """Make `no_signal` items of the interactions whose settle time has ended."""
    while settle.settle(now=timezone.now()):
        pass


@shared_task
def gather_evidence() -> None:
    """Tell anew what later turns and signals changed."""
    while gathering.refresh(now=timezone.now()):
        pass


@shared_task
def make_signatures() -> None:
    """Find which of the new interactions say nearly the same as others. The next bell goes on with what is left."""
    for _ in range(SIGNATURE_STEPS):
        if not signatures.answer():
            return


@shared_task
def drop_waiting_signals() -> None:
    """Forget the signals whose interaction never came, and the model calls of which only a part came."""
    responses.attach_all(now=timezone.now())
    waiting.drop_old(now=timezone.now())
    partial.drop_old(now=timezone.now())


@shared_task
def store_quiet_calls() -> None:
    """Store the model calls of which no more came for a while."""
    while partial.sweep(now=timezone.now()):
        pass


@shared_task
def let_go() -> None:
    """Delete what features no longer keep."""
    retention.apply(now=timezone.now())


@shared_task
def go_on_with_erasure(erasure_id: int) -> None:
    """Bring an erasure to its end that was too much for one answer, or whose process died."""
    erasure.go_on(erasure_id=erasure_id, clock=timezone.now)


@shared_task
def finish_erasures() -> None:
    """Ring for the erasures that nobody works on: one that can't go on keeps no other waiting."""
    for erasure_id in erasure.unfinished(now=timezone.now()):
        go_on_with_erasure.delay(erasure_id)


@shared_task
def close_cohorts() -> None:
    """Close the cohorts that are done or past their limit, and fix their samples."""
    cohorts.close_due(now=timezone.now())


@shared_task
def audit_signals() -> None:
    """Write what closed cohorts contribute to the estimates, and say what open ones do so far."""
    while validity.write_terms(now=timezone.now()):
        pass
    validity.refresh(now=timezone.now())


@shared_task
def check_audits() -> None:
    """Compute all figures of signals anew, and compare them with those that were kept up."""
    validity.check(now=timezone.now())


@shared_task
def compare_versions() -> None:
    """Compare model versions anew where labels, deployments or training runs came."""
    compounding.refresh(now=timezone.now())


@shared_task
def measure_loops() -> None:
    """Look in each feature whether the wheel feeds on itself."""
    loops.refresh(now=timezone.now())


@shared_task
def audit_outcomes() -> None:
    """Compare early signals with what became of it later."""
    rewards.refresh(now=timezone.now())


@shared_task
def audit_outcome(outcome_id: int) -> None:
    """The same for one that was named just now."""
    rewards.measure(outcome_id=outcome_id, now=timezone.now())


@shared_task
def count_closures() -> None:
    """Count anew the days of which something has changed."""
    closure.refresh(now=timezone.now())


@shared_task
def check_closures() -> None:
    """Count all days anew, and compare them with those that were kept up."""
    closure.check(now=timezone.now())


@shared_task
def count_backlog() -> None:
    """Fold what was counted as items came and went."""
    while backlog.fold():
        pass


@shared_task
def watch_backlog() -> None:
    """Raise the alarms whose figure has passed its bound, and say which are over."""
    if alarms.watch(now=timezone.now()):
        send_webhooks()


@shared_task
def check_backlog() -> None:
    """Count what waits anew, and compare it with what was kept up."""
    backlog.check(now=timezone.now())


@shared_task
def pair_with_later() -> None:
    """Find later answers that stand beside bad ones, and give back the pairs that nobody judged in time."""
    mending.expire(now=timezone.now())
    while mending.look(now=timezone.now()):
        pass


@shared_task
def make_second_looks() -> None:
    """Give a share of what people decided to somebody else."""
    second_looks.make(now=timezone.now())


@shared_task
def mix_in_gold() -> None:
    """Take what was settled as known answers, and give queues as many copies to ask about as they are to have."""
    while gold.feed(now=timezone.now()):
        pass
    gold_copies.stock(now=timezone.now())


@shared_task
def apply_rules() -> None:
    """Let the rules that are switched on look at what is new."""
    while sweep.new_items(now=timezone.now()):
        pass


@shared_task
def measure_rules() -> None:
    """Count how often rules are right, where queues weigh new items by it."""
    measuring.refresh()
    weighing.refresh(now=timezone.now())


@shared_task(bind=True)
def run_export(self: Task[..., None], export_id: int) -> None:
    """Make an export, or go on with it."""

    def ring(helpers: int) -> None:
        _call_helpers(export_id, helpers)

    export_job.run(export_id=export_id, by=self.request.hostname or "", clock=timezone.now, ring=ring)
    send_webhooks()


@shared_task(bind=True)
def assist_export(self: Task[..., None], export_id: int) -> None:
    """Write shards of an export that another worker makes."""
    export_job.assist(export_id=export_id, by=self.request.hostname or "", clock=timezone.now)


@shared_task(bind=True)
def run_rewriting(self: Task[..., None], rewriting_id: int) -> None:
    """Write an export's files again, or go on with it."""
    rewriting.run(rewriting_id=rewriting_id, by=self.request.hostname or "", clock=timezone.now)


@shared_task
def keep_exports() -> None:
    """Remove the files of exports that are older than they are kept, and what dead processes left behind."""
    exports_kept.expire(now=timezone.now())
    exports_kept.tidy(now=timezone.now())


@shared_task
def fire_recipes() -> None:
    """Fire the recipes whose time has come."""
    for firing in recipes.fire_due(now=timezone.now()):
        ring(firing)


@shared_task(bind=True)
def run_firing(self: Task[..., None], firing_id: int) -> None:
    """Make the export of a recipe that was fired, or skip it."""
    recipes.run(firing_id=firing_id, by=self.request.hostname or "", clock=timezone.now)
    for export in Export.objects.filter(firing=firing_id, status=Export.Status.PENDING):
        ring(export)


@shared_task
def watch_triggers() -> None:
    """Ring for the triggers that are to look: one that can't keeps no other waiting."""
    for trigger_id in triggers.due(now=timezone.now()):
        watch_trigger.delay(trigger_id)


@shared_task
def watch_trigger(trigger_id: int) -> None:
    """Look whether a trigger's condition has come true, and fire it if so."""
    fired = triggers.watch(trigger_id=trigger_id, now=timezone.now())
    if fired is not None and fired.firing is not None:
        ring(fired.firing)


@shared_task
def send_webhooks() -> None:
    """Write what is to be told of exports that ended and triggers that fired, and ring for what is due."""
    deliveries.note(now=timezone.now())
    for delivery_id in deliveries.due(now=timezone.now()):
        send_webhook.delay(delivery_id)


@shared_task
def send_webhook(delivery_id: int) -> None:
    """Send one message once, if it is due."""
    deliveries.send(delivery_id=delivery_id, clock=timezone.now)


@shared_task(bind=True)
def run_import(self: Task[..., None], import_id: int) -> None:
    """Check an uploaded file, or take it, or go on with either."""
    import_job.run(import_id=import_id, by=self.request.hostname or "", clock=timezone.now)


@shared_task(bind=True)
def run_remap(self: Task[..., None], remap_id: int) -> None:
    """Bring labels to a new taxonomy version, or go on with it."""
    remap_job.run(remap_id=remap_id, by=self.request.hostname or "", clock=timezone.now)


@shared_task(bind=True)
def run_consensus(self: Task[..., None], run_id: int) -> None:
    """Decide a queue's items anew, or go on with it."""
    consensus_job.run(run_id=run_id, by=self.request.hostname or "", clock=timezone.now)


@shared_task
def decide_anew() -> None:
    """Ask for the runs over queues that are due, and ring for them."""
    for run in consensus_runs.ask_due(now=timezone.now()):
        ring(run)


@shared_task(bind=True)
def run_redecision(self: Task[..., None], redecision_id: int) -> None:
    """Decide anew what somebody labeled, or go on with it."""
    redecision_job.run(redecision_id=redecision_id, by=self.request.hostname or "", clock=timezone.now)


@shared_task(bind=True)
def run_move(self: Task[..., None], move_id: int) -> None:
    """Move items to another queue, or go on with it."""
    moving.run(move_id=move_id, by=self.request.hostname or "", clock=timezone.now)


@shared_task(bind=True)
def run_judge(self: Task[..., None], run_id: int) -> None:
    """Ask a judge about the items of a run, or go on with it."""
    judge_job.run(run_id=run_id, by=self.request.hostname or "", clock=timezone.now, look=cases.of)


@shared_task(bind=True)
def run_rule(self: Task[..., None], run_id: int) -> None:
    """Let a rule label past items, or go on with it."""
    backfill.run(run_id=run_id, by=self.request.hostname or "", clock=timezone.now)


@shared_task(autoretry_for=(OSError,), max_retries=5, retry_backoff=10)
def send_password_link(user_id: int | None) -> None:
    """Mail somebody the link for a new password. None: an address without an account, for which as much is done."""
    user = None if user_id is None else User.objects.filter(pk=user_id).first()
    if user is not None and settings.MAIL_FROM:
        address = reverse("choose_password", args=[passwords.link_of(user)])
        letters.send_password(user, url=f"{settings.PUBLIC_URL}{address}")


@shared_task
def drop_ended_sessions() -> None:
    """Forget the browsers that are signed in no more."""
    accounts.drop_ended_sessions(now=timezone.now())


@shared_task
def drop_abandoned_imports() -> None:
    """Delete the uploaded files that nobody came back for."""
    keep.drop_abandoned(now=timezone.now())


JOBS: dict[jobs.JobModel, Task[..., None]] = {
    ConsensusRun: run_consensus,
    Export: run_export,
    Firing: run_firing,
    Import: run_import,
    ItemMove: run_move,
    JudgeRun: run_judge,
    Redecision: run_redecision,
    Remap: run_remap,
    Rewriting: run_rewriting,
    RuleRun: run_rule,
}


@shared_task
def ring_silent_jobs() -> None:
    """Ring again for the jobs that nobody works on."""
    for kind, task in JOBS.items():
        for pk in jobs.unattended(kind, now=timezone.now()):
            task.delay(pk)


def ring(job: Job) -> None:
    """Ring for a job once it is committed. A bell that finds no broker is rung again by the sweep."""
    _delay(JOBS[type(job)], job.pk)


def ring_outcome(outcome: DelayedOutcome) -> None:
    """Ring for an outcome once it is committed; the night finds what this bell doesn't reach."""
    _delay(audit_outcome, outcome.pk)


def ring_webhook(delivery: Delivery) -> None:
    """Ring for a message once it is committed; the sweep finds what this bell doesn't reach."""
    _delay(send_webhook, delivery.pk)


def _delay(task: Task[..., None], pk: int) -> None:
    def delay() -> None:
        # Named, since Django tells by its name which call failed: a `partial` has none, and would crash there.
        task.delay(pk)

    transaction.on_commit(delay, robust=True)


def _call_helpers(export_id: int, count: int) -> None:
    """Who is called and comes too late finds nothing to do. Without a broker the export is made by one worker."""
    try:
        for _ in range(count):
            assist_export.apply_async((export_id,), expires=HELPER_EXPIRES)
    except BrokerError as error:
        logger.warning("export %s gets no help: %s", export_id, error)
