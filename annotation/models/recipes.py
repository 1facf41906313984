"""Saved requests for datasets, each time one was fired, and who is told when a dataset is done."""

from __future__ import annotations

import operator
from functools import reduce

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.backlog import Alarm
from annotation.models.jobs import Job
from annotation.models.triggers import Trigger


def _one_of(*names: str) -> Q:
    """Exactly one of these is set."""
    return reduce(operator.or_, (Q(**{f"{name}__isnull": name != one for name in names}) for one in names))


class Recipe(models.Model):
    """A request that is made again and again: by hand, by command, by schedule, or by what else fires it.

    `request` is what `exports.wanted.ExportRequest` reads, without `since`: an `incremental` recipe asks since its
    last finished export. `next_at`: when its schedule fires next, null without one. Hours are UTC, `weekday` 0 is
    Monday, and `day` ends at 28, which every month has.
    """

    class Schedule(models.TextChoices):
        NONE = "", _("only by hand")
        DAILY = "daily", _("every day")
        WEEKLY = "weekly", _("every week")
        MONTHLY = "monthly", _("every month")

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="recipes")
    name = models.CharField(max_length=60)
    request = models.JSONField()
    is_incremental = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    schedule = models.CharField(max_length=7, choices=Schedule.choices, default=Schedule.NONE, blank=True)
    hour = models.PositiveSmallIntegerField(default=0)
    weekday = models.PositiveSmallIntegerField(default=0)
    day = models.PositiveSmallIntegerField(default=1)
    next_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)

    class Meta:
        ordering = ["feature", "name"]
        constraints = [
            models.UniqueConstraint(fields=["feature", "name"], name="recipe_name_once"),
            models.CheckConstraint(
                condition=Q(hour__lte=23, weekday__lte=6, day__gte=1, day__lte=28), name="recipe_times"
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="recipe_due", condition=Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return self.name


class Firing(Job):
    """One time that a recipe was fired, and what came of it: an export, or why none was asked for. The row is the job.

    `about` says more of the cause, in ids, codes and counts. `due_at` is the time that a schedule stood for.
    """

    class Cause(models.TextChoices):
        PAGE = "page", _("by hand, on the page")
        API = "api", _("by hand, over the API")
        COMMAND = "command", _("by a command")
        SCHEDULE = "schedule", _("by its schedule")
        TRIGGER = "trigger", _("by a trigger")

    class Skip(models.TextChoices):
        NONE = "", _("not skipped")
        UNCHANGED = "nothing_changed", _("nothing changed since its last export")
        NOTHING = "nothing_matches", _("nothing matches its request")
        STILL_MADE = "still_made", _("its last export was still being made")

    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, db_index=False, related_name="firings")
    cause = models.CharField(max_length=8, choices=Cause.choices)
    about = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)
    requested_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)
    token = models.ForeignKey("annotation.ApiToken", on_delete=models.PROTECT, null=True)
    skip = models.CharField(max_length=15, choices=Skip.choices, default=Skip.NONE, blank=True)
    export = models.OneToOneField("annotation.Export", on_delete=models.PROTECT, null=True, related_name="firing")

    class Meta:
        constraints = [
            # However many beats there are, a recipe is fired once for each time of its schedule.
            models.UniqueConstraint(
                fields=["recipe", "due_at"], condition=Q(due_at__isnull=False), name="firing_once_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | (Q(export__isnull=False) ^ ~Q(skip="")), name="firing_made_or_skipped"
            ),
        ]
        indexes = [
            models.Index(fields=["recipe", "-created_at"], name="firing_recent"),
            models.Index(
                fields=["heartbeat_at"], name="firing_unfinished", condition=Q(status__in=["pending", "running"])
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="ended_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["done", "failed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"firing {self.pk} of {self.recipe_id}"


class Webhook(models.Model):
    """Where a recipe's exports are told of, a trigger's firings, or an alarm's alerts. The secret is no column: it is
    made from the installation's key, the id and `secret_number`, which grows when a new one is made."""

    public_id = models.CharField(max_length=24, unique=True)
    recipe = models.OneToOneField(Recipe, on_delete=models.PROTECT, null=True, related_name="webhook")
    trigger = models.OneToOneField("annotation.Trigger", on_delete=models.PROTECT, null=True, related_name="webhook")
    alarm = models.OneToOneField("annotation.Alarm", on_delete=models.PROTECT, null=True, related_name="webhook")
    url = models.CharField(max_length=2000)
    secret_number = models.PositiveIntegerField(default=1)
    is_enabled = models.BooleanField(default=True)
    # Only what ends from then on is told: a webhook that is switched on again doesn't tell of months.
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_one_of("recipe", "trigger", "alarm"), name="webhook_of_one_owner")
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def owner(self) -> Recipe | Trigger | Alarm:
        """Whose it is."""
        found = self.recipe or self.trigger or self.alarm
        assert found is not None
        return found


class Delivery(models.Model):
    """One message to a webhook about an export, a trigger's firing or an alert; or to a `person`, as a mail, about an
    alert. It is the same message, with the same id,
    however often it is sent.

    `attempt` counts the sendings of this round, which ends `delivered` or `given_up`; `next_at` is when the next one
    is due, also if whoever is at it dies. What the other side answered last: `answer_status` and the beginning of its
    text, or `problem`, why there was no answer.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        DELIVERED = "delivered", _("delivered")
        GIVEN_UP = "given_up", _("given up")

    class Problem(models.TextChoices):
        NONE = "", _("answered")
        FORBIDDEN = "forbidden", _("its address leads into a network that is not allowed")
        UNKNOWN_HOST = "unknown_host", _("its host has no address")
        UNREACHABLE = "unreachable", _("its server was not reached")
        TIMED_OUT = "timed_out", _("no answer in time")
        CUT_OFF = "cut_off", _("the connection was cut")
        OFF = "off", _("the webhook was switched off")
        NO_MAIL = "no_mail", _("no mail server is set up, or the account has ended")
        REFUSED = "refused", _("the mail server refused it")

    public_id = models.CharField(max_length=24, unique=True)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, null=True, db_index=False, related_name="deliveries")
    person = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True, related_name="+")
    export = models.ForeignKey("annotation.Export", on_delete=models.PROTECT, null=True, related_name="deliveries")
    trigger_firing = models.ForeignKey(
        "annotation.TriggerFiring", on_delete=models.PROTECT, null=True, related_name="deliveries"
    )
    alert = models.ForeignKey("annotation.Alert", on_delete=models.PROTECT, null=True, related_name="deliveries")
    event = models.CharField(max_length=20)
    payload = models.JSONField()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    attempt = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    answer_status = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=500, default="", blank=True)
    problem = models.CharField(max_length=12, choices=Problem.choices, default=Problem.NONE, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "export"], name="delivery_once"),
            models.UniqueConstraint(fields=["webhook", "trigger_firing"], name="delivery_once_a_firing"),
            models.UniqueConstraint(
                fields=["alert", "webhook", "person"],
                nulls_distinct=False,
                condition=Q(alert__isnull=False),
                name="delivery_once_an_alert",
            ),
            models.CheckConstraint(
                condition=_one_of("export", "trigger_firing", "alert"), name="delivery_about_one_thing"
            ),
            models.CheckConstraint(condition=_one_of("webhook", "person"), name="delivery_to_one"),
            models.CheckConstraint(condition=Q(person=None) | Q(alert__isnull=False), name="delivery_mails_alerts"),
            models.CheckConstraint(
                condition=Q(status="pending", next_at__isnull=False) | ~Q(status="pending"), name="delivery_pending_due"
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="delivery_due", condition=Q(status="pending"))]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.public_id
