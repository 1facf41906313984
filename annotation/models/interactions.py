"""What the product sends: answers shown to users, and what users did about them.

Keys, times, codes and numbers stand here; texts stand in the `…Content` tables, which erasure empties. Foreign keys
that cost the hot path of ingest more than they protect carry no database constraint (docs/adr/0002); tests prove
that no orphan arises.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from annotation.models import marks


class Feature(models.Model):
    """One AI feature of the user's product, and how its door treats what is sent.

    `redaction` names the rules (`annotation.lib.pii`) that are applied before anything is stored. `derive_edited_from`:
    a record that comes with `final_text` and without signals gets `edited` where more than this share of tokens was
    changed (null: never). `derive_abandoned_minutes`: an interaction that settles without a signal gets `abandoned`
    where its conversation had no further turn within so many minutes (null: never). `audited_key`: the metadata key by
    whose values signals are also judged apart (empty: none).
    """

    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    closure_days = models.PositiveSmallIntegerField(default=30)
    settle_hours = models.PositiveIntegerField(default=24)
    eval_share = models.FloatField(default=0)
    redaction = ArrayField(models.CharField(max_length=20), default=list)
    derive_edited_from = models.FloatField(null=True, default=0)
    derive_abandoned_minutes = models.PositiveIntegerField(null=True)
    retention_days = models.PositiveIntegerField(null=True)
    audited_key = models.CharField(max_length=100, default="", db_default="")
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(derive_edited_from__isnull=True) | Q(derive_edited_from__gte=0, derive_edited_from__lt=1),
                name="feature_derive_edited_in_0_1",
            ),
            models.CheckConstraint(
                condition=Q(retention_days__isnull=True) | Q(retention_days__gte=1), name="feature_retention_positive"
            ),
            models.CheckConstraint(condition=Q(eval_share__gte=0, eval_share__lt=1), name="feature_eval_share_in_0_1"),
            models.CheckConstraint(condition=Q(closure_days__gte=1), name="feature_closure_days_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class Interaction(models.Model):
    """One model answer shown to one user. Column names follow OpenTelemetry's GenAI conventions."""

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    external_id = models.TextField()
    fingerprint = models.BinaryField(max_length=16)
    conversation_id = models.TextField(null=True)  # noqa: DJ001 - absent is not empty
    conversation_rank = models.PositiveIntegerField(default=1)
    user_hash = models.BinaryField(max_length=16, null=True)
    occurred_at = models.DateTimeField()
    ingested_at = models.DateTimeField()
    model_version = models.TextField()
    request_model = models.TextField(default="")
    response_model = models.TextField(default="")
    replaces = models.TextField(null=True)  # noqa: DJ001
    exposure_set = models.TextField(null=True)  # noqa: DJ001
    exposure_rank = models.PositiveIntegerField(null=True)
    exposure_of = models.PositiveIntegerField(null=True)
    exposure_propensity = models.FloatField(null=True)
    random_number = models.FloatField()
    is_evaluation = models.BooleanField(default=False)
    clock_ahead_ms = models.BigIntegerField(default=0)
    settle_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feature", "external_id"], name="interaction_once"),
            models.CheckConstraint(
                condition=Q(random_number__gt=0, random_number__lt=1), name="interaction_random_number_in_0_1"
            ),
        ]
        indexes = [
            models.Index(
                fields=["feature", "conversation_id", "occurred_at"],
                name="interaction_conversation",
                condition=Q(conversation_id__isnull=False),
            ),
            models.Index(fields=["feature", "model_version", "occurred_at"], name="interaction_version"),
            models.Index(
                fields=["feature", "user_hash", "occurred_at"],
                name="interaction_user_time",
                condition=Q(user_hash__isnull=False),
            ),
            models.Index(
                fields=["feature", "exposure_set"],
                name="interaction_set",
                condition=Q(exposure_set__isnull=False),
            ),
            models.Index(
                fields=["feature", "replaces"], name="interaction_replaces", condition=Q(replaces__isnull=False)
            ),
            models.Index(fields=["settle_at"], name="interaction_settles", condition=Q(settle_at__isnull=False)),
            # Few, and every dataset asks which they are.
            models.Index(fields=["feature"], name="interaction_evaluation", condition=Q(is_evaluation=True)),
            BrinIndex(fields=["ingested_at"], name="interaction_ingested"),
        ]
        triggers = marks.of_interactions()

    def __str__(self) -> str:
        return self.external_id


class InteractionContent(models.Model):
    """The texts of an interaction, as sent. `input` and `output` are a string or a list of messages."""

    interaction = models.OneToOneField(
        Interaction, on_delete=models.CASCADE, primary_key=True, db_constraint=False, related_name="content"
    )
    input = models.JSONField(null=True)
    output = models.JSONField()
    final_text = models.TextField(null=True)  # noqa: DJ001
    metadata = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"content of interaction {self.interaction_id}"


LATER_RESULT = "later_result"
"""The kind of signal that tells what became of an answer later."""


class Signal(models.Model):
    """What the user did about an interaction: never a label.

    `external_id` is the sender's id, else one derived from (interaction, kind, observed_at, details), so that one
    constraint keeps both kinds single. `is_late`: it came after the interaction had settled; evidence, in no rate.
    `derived_by` names the rule that made it from raw facts; null where the sender sent it.
    """

    interaction = models.ForeignKey(
        Interaction, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="signals"
    )
    external_id = models.TextField()
    kind = models.CharField(max_length=60)
    observed_at = models.DateTimeField()
    ingested_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)
    derived_by = models.CharField(max_length=60, null=True)  # noqa: DJ001

    class Meta:
        constraints = [models.UniqueConstraint(fields=["interaction", "external_id"], name="signal_once")]
        # Few among many, and asked for by their kind alone.
        indexes = [models.Index(fields=["id"], name="signal_later_result", condition=Q(kind=LATER_RESULT))]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class SignalContent(models.Model):
    """What came with a signal, and `facts`, the first version of its evidence; both may hold words of the user."""

    signal = models.OneToOneField(
        Signal, on_delete=models.CASCADE, primary_key=True, db_constraint=False, related_name="content"
    )
    details = models.JSONField()
    facts = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"content of signal {self.signal_id}"


class Evidence(models.Model):
    """A later version of a signal's evidence, made when more became known: version 1 stands in `SignalContent.facts`.

    `facts` is a list of [code, figures]; `changes` a list of [kind, text] from the answer to what was kept, or null.
    Versions are never changed: a label names the one that was seen.
    """

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, db_index=False, related_name="evidence")
    version = models.PositiveIntegerField()
    facts = models.JSONField()
    changes = models.JSONField(null=True)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["signal", "version"], name="evidence_once"),
            models.CheckConstraint(condition=Q(version__gte=2), name="evidence_first_is_with_the_signal"),
        ]

    def __str__(self) -> str:
        return f"evidence {self.version} of signal {self.signal_id}"


class EvidenceDue(models.Model):
    """A bell: what came with this interaction changes evidence, its own or that of earlier ones. Not unique."""

    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"evidence due since {self.due_at}"


class WaitingSignal(models.Model):
    """A signal whose interaction has not arrived. It attaches when that does, within 7 days."""

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, db_index=False)
    interaction_external_id = models.TextField()
    external_id = models.TextField()
    kind = models.CharField(max_length=60)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    details = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feature", "interaction_external_id", "external_id"], name="waiting_signal_once"
            )
        ]
        indexes = [models.Index(fields=["received_at"], name="waiting_signal_age")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.interaction_external_id}"


class Tombstone(models.Model):
    """An interaction was erased; sent again, it is refused. Holds a keyed hash of the external id, and nothing else."""

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, db_index=False)
    external_id_hash = models.BinaryField(max_length=16)
    erased_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feature", "external_id_hash"], name="tombstone_once")]

    def __str__(self) -> str:
        return f"tombstone {self.pk}"
