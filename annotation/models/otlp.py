"""What only OpenTelemetry's senders need: calls that come in parts, and the ids that model providers give."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class PartialCall(models.Model):
    """A model call whose span came without what was said, or the other way round, until both are there.

    `sender` is the feature that the token is bound to (0: none): nobody adds to the calls of another. `call` is what
    the span tells, `parts` what was said, by keys that are the same for the same event sent again; `is_whole`: one of
    the parts tells the whole call. Once stored, the texts are gone, and keys and digest tell duplicates from what came
    too late.
    """

    sender = models.PositiveBigIntegerField(default=0)
    external_id = models.TextField()
    call = models.JSONField(null=True)
    call_digest = models.BinaryField(max_length=16, null=True)
    user_hash = models.BinaryField(max_length=16, null=True)
    parts = models.JSONField(default=dict)
    has_output = models.BooleanField(default=False)
    is_whole = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    stored_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "external_id"], name="partial_call_once")]
        indexes = [
            models.Index(
                fields=["updated_at"], name="partial_call_due", condition=Q(has_output=True, stored_at__isnull=True)
            ),
            models.Index(fields=["received_at"], name="partial_call_age"),
        ]

    def __str__(self) -> str:
        return self.external_id


class ResponseId(models.Model):
    """The id that a model provider gave an answer, by which signals may name their interaction."""

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    response_id = models.TextField()
    interaction = models.ForeignKey(
        "annotation.Interaction",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="response_ids",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feature", "response_id"], name="response_id_once")]

    def __str__(self) -> str:
        return self.response_id
