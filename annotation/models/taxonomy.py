"""What a signal can turn out to mean. A published version is frozen by the database."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

USES = ("sft", "sft_edit", "pair", "kto+", "kto-")

FREEZE = """
    IF EXISTS (
        SELECT FROM annotation_taxonomyversion v
        WHERE v.published_at IS NOT NULL AND v.id IN (OLD.taxonomy_version_id, NEW.taxonomy_version_id)
    ) THEN
        RAISE EXCEPTION 'taxonomy version is published and frozen: draft a new one';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


def frozen_when_published() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="frozen_when_published",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=FREEZE,
    )


class TaxonomyVersion(models.Model):
    """A draft until `published_at` is set; from then on neither it nor its kinds and reasons change."""

    number = models.PositiveIntegerField(unique=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)
    note = models.TextField(default="")

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="frozen_when_published",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class SignalKind(models.Model):
    """A kind of signal as one taxonomy version knows it."""

    class Polarity(models.TextChoices):
        POSITIVE = "positive"
        NEGATIVE = "negative"
        NONE = "none"

    taxonomy_version = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, related_name="kinds")
    kind = models.CharField(max_length=60)
    polarity = models.CharField(max_length=8, choices=Polarity.choices)
    is_queued = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["taxonomy_version", "kind"], name="signal_kind_once")]
        triggers = [frozen_when_published()]

    def __str__(self) -> str:
        return self.kind


class Reason(models.Model):
    """One meaning of one kind of signal, the outcome it stands for, and the training uses it permits.

    `examples`: what it looks like, one short text each, for who labels. Published, they are as frozen as the rest.
    """

    class Outcome(models.TextChoices):
        GOOD = "good"
        BAD = "bad"
        NOT_ABOUT_MODEL = "not_about_model"
        UNKNOWABLE = "unknowable"

    taxonomy_version = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, related_name="reasons")
    signal_kind = models.CharField(max_length=60)
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=100)
    definition = models.TextField()
    examples = ArrayField(models.TextField(), default=list)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    uses = ArrayField(models.CharField(max_length=8), default=list)
    key = models.CharField(max_length=1)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["taxonomy_version", "signal_kind", "code"], name="reason_once"),
            models.UniqueConstraint(fields=["taxonomy_version", "signal_kind", "key"], name="reason_key_once"),
            models.CheckConstraint(condition=Q(uses__contained_by=list(USES)), name="reason_uses_known"),
            models.CheckConstraint(
                condition=Q(outcome__in=["good", "bad"]) | Q(uses__len=0), name="reason_uses_need_a_verdict"
            ),
        ]
        triggers = [frozen_when_published()]

    def __str__(self) -> str:
        return f"{self.signal_kind}: {self.code}"


class ReasonMapping(models.Model):
    """What becomes of the labels with a reason of the version before: `to_reason`, or null: they are labeled again.

    Made with the draft, kept true by each change of it, frozen with it: so each label can be traced to its origin.
    """

    taxonomy_version = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, related_name="mappings")
    from_reason = models.ForeignKey(Reason, on_delete=models.PROTECT, related_name="mapped_by")
    to_reason = models.ForeignKey(Reason, on_delete=models.PROTECT, null=True, related_name="origins")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["taxonomy_version", "from_reason"], name="reason_mapped_once"),
        ]
        triggers = [frozen_when_published()]

    def __str__(self) -> str:
        return f"{self.from_reason_id} → {self.to_reason_id or 'again'}"
