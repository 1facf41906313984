"""Judges: models that are asked what a signal meant, the runs that ask them, and what each call cost."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.models.jobs import Job

ONLY_OF_WHAT_WAS_ERASED = """
    IF NOT EXISTS (
        SELECT FROM annotation_judgecall c
        JOIN annotation_judgeask a ON a.id = c.ask_id
        JOIN annotation_item i ON i.id = a.item_id
        JOIN annotation_interaction n ON n.id = i.interaction_id
        WHERE c.id = OLD.call_id AND n.erased_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'Cannot delete what a judge answered: only erasure does, with its interaction';
    END IF;
    RETURN OLD;
"""


def _money(**more: object) -> models.DecimalField:  # type: ignore[type-arg]
    """In the currency of the server's prices, whichever that is."""
    return models.DecimalField(max_digits=24, decimal_places=12, **more)  # type: ignore[arg-type]


class Judge(models.Model):
    """A name under which versions of a prompt and a model follow each other."""

    name = models.CharField(max_length=100, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class JudgeVersion(models.Model):
    """What a judge is: its answers are labels of `rater`. Never changed: its accuracy is that of these words.

    `temperature` null: not sent. Prices are for a million tokens.
    """

    judge = models.ForeignKey(Judge, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    rater = models.OneToOneField("annotation.Rater", on_delete=models.PROTECT, related_name="judge_version")
    taxonomy_version = models.ForeignKey("annotation.TaxonomyVersion", on_delete=models.PROTECT)
    model = models.CharField(max_length=200)
    prompt = models.TextField()
    temperature = models.FloatField(null=True)
    max_tokens = models.PositiveIntegerField()
    price_in = models.DecimalField(max_digits=12, decimal_places=6)
    price_out = models.DecimalField(max_digits=12, decimal_places=6)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)

    class Meta:
        ordering = ["judge", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["judge", "number"], name="judge_version_once"),
            models.CheckConstraint(condition=Q(price_in__gte=0, price_out__gte=0), name="judge_version_prices"),
            models.CheckConstraint(condition=Q(max_tokens__gte=1), name="judge_version_answers"),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.judge} v{self.number}"


class JudgeRun(Job):
    """One version asked about chosen items of a feature. The row is the job.

    `choice` is what `annotation.labels.judge.chosen.Choice` reads. Once `selected_at` is set, the items are fixed.
    `committed` is what was spent or may have been: calls that are out or were lost count by their worst case, so it
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        DONE = "done"
        CAPPED = "capped"
        FAILED = "failed"
        CANCELLED = "cancelled"

    public_id = models.CharField(max_length=24, unique=True)
    version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="runs")
    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="judge_runs")
    requested_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)
    choice = models.JSONField(default=dict)
    per_second = models.FloatField()
    concurrency = models.PositiveSmallIntegerField()
    tries = models.PositiveSmallIntegerField()
    cost_cap = _money()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    selected_at = models.DateTimeField(null=True)
    items_total = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    committed = _money(default=0)
    spent = _money(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(status__in=["pending", "running"]), name="judge_run_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "running"]) | Q(finished_at__isnull=False),
                name="judge_run_ended_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(per_second__gt=0, concurrency__gte=1, tries__gte=1, cost_cap__gte=0),
                name="judge_run_has_limits",
            ),
            models.CheckConstraint(
                condition=Q(items_total__gte=F("answered") + F("failed") + F("skipped")),
                name="judge_run_counts_no_item_twice",
            ),
        ]
        indexes = [
            models.Index(fields=["version", "-created_at"], name="judge_run_recent"),
            models.Index(
                fields=["heartbeat_at"], name="judge_run_unfinished", condition=Q(status__in=["pending", "running"])
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def stands(self) -> int:
        """Failed ones are not told: calls that were out when a worker died are among them."""
        return self.answered + self.skipped


class JudgeAsk(models.Model):
    """One item of a run, and what became of it. `tries`: calls that ended without a usable answer.

    `problem`: the last call's outcome where it failed; `erased` or `labeled` where it was skipped.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        ANSWERED = "answered"
        FAILED = "failed"
        SKIPPED = "skipped"

    run = models.ForeignKey(JudgeRun, on_delete=models.PROTECT, db_index=False, related_name="asks")
    item = models.ForeignKey("annotation.Item", on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=20, default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "item"], name="judge_ask_once")]
        indexes = [
            models.Index(fields=["item"], name="judge_ask_item"),
            models.Index(fields=["run", "id"], name="judge_ask_waiting", condition=Q(state="waiting")),
            models.Index(fields=["run", "state", "problem"], name="judge_ask_state"),
        ]

    def __str__(self) -> str:
        return f"item {self.item_id} in run {self.run_id}"


class JudgeCall(models.Model):
    """One call of the server, written before it is sent. `outcome` is empty while it is out.

    `cost` is null where the server told none: then `reserved`, the most that the call can cost, counts.
    """

    class Outcome(models.TextChoices):
        OUT = "", _("on its way")
        ANSWERED = "answered", _("answered")
        RATE_LIMITED = "rate_limited", _("the server had too many calls (429)")
        SERVER_ERROR = "server_error", _("the server failed (5xx)")
        CUT_OFF = "cut_off", _("the connection was cut")
        TIMED_OUT = "timed_out", _("no answer in time")
        UNREACHABLE = "unreachable", _("the server was not reached")
        MALFORMED = "malformed", _("the response was no chat completion")
        REFUSED = "refused", _("the server refused the call (4xx)")
        NO_SCHEMA = "no_schema", _("the server knows no JSON schema; asked again without")
        UNPARSED = "unparsed", _("the answer was not the JSON that was asked for")
        UNKNOWN_REASON = "unknown_reason", _("the answer named a reason that does not exist")
        NO_CONFIDENCE = "no_confidence", _("the answer had no confidence from 0 to 1")
        DROPPED = "dropped", _("answered, and not needed any more")
        LOST = "lost", _("its worker died before the answer came")

    run = models.ForeignKey(JudgeRun, on_delete=models.PROTECT, db_index=False, related_name="calls")
    ask = models.ForeignKey(JudgeAsk, on_delete=models.PROTECT, related_name="calls")
    attempt = models.PositiveIntegerField()
    reserved = _money()
    cost = _money(null=True)
    tokens_in = models.PositiveIntegerField(null=True)
    tokens_out = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.OUT)
    sent_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["run", "outcome", "id"], name="judge_call_outcome")]
        triggers = [
            pgtrigger.Protect(
                name="settled_is_final",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__outcome=""),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"call {self.pk} of run {self.run_id}"


class JudgeCallContent(models.Model):
    """What came back and was no usable answer, as it came."""

    call = models.OneToOneField(JudgeCall, on_delete=models.PROTECT, primary_key=True, related_name="content")
    text = models.TextField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
            # Erasure is the one door: it marks the interaction first.
            pgtrigger.Trigger(
                name="only_erasure_deletes",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=ONLY_OF_WHAT_WAS_ERASED,
            ),
        ]

    def __str__(self) -> str:
        return f"content of call {self.call_id}"
