"""What is known of an interaction's words without reading them: how many, and which others say nearly the same."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from annotation.models.interactions import Interaction


class Signature(models.Model):
    """Of the user's last message and the answer together; made by a worker right after they were stored.

    `digest` is a keyed hash of the words and `bands` are MinHash keys, by which others are found that may be alike;
    null and empty for a short text, which is alike nobody. `ties`: ids of interactions, one of which stands with each
    near-duplicate too; empty while there is none. They never change but once, from nothing to the interaction itself.
    `answer_tokens`, `kept_tokens`: words of the answer, and of the text that the user kept, null where none was sent.
    """

    interaction = models.OneToOneField(
        Interaction, on_delete=models.CASCADE, primary_key=True, db_constraint=False, related_name="signature"
    )
    digest = models.BinaryField(max_length=16, null=True)
    bands = ArrayField(models.IntegerField(), default=list)
    shingles = models.PositiveIntegerField(default=0)
    ties = ArrayField(models.BigIntegerField(), default=list)
    answer_tokens = models.PositiveIntegerField()
    kept_tokens = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["digest"], name="signature_digest", condition=Q(digest__isnull=False)),
            # Filed at once: each new text would otherwise read the whole list of what is still to be filed.
            GinIndex(fields=["bands"], name="signature_bands", condition=Q(digest__isnull=False), fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"signature of interaction {self.interaction_id}"


class SignatureDue(models.Model):
    """A bell: interactions with ids from `first_id` to `last_id` came in one batch and may have no signature yet.

    Others of these ids, of a batch that isn't committed yet, have their own.
    """

    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_id__gte=models.F("first_id")), name="signature_due_range_not_empty")
        ]

    def __str__(self) -> str:
        return f"signatures due of interactions {self.first_id} to {self.last_id}"
