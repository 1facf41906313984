"""Known answers: signals of which it is settled what they mean, so that people can be asked about them again."""

from __future__ import annotations

from django.db import models


class KnownAnswer(models.Model):
    """What an item was settled as is known to be right. The answer is its current consensus, whatever that becomes.

    Copies of it, of purpose `gold`, are mixed into its queue. `retired_at`: it is asked no more.
    """

    class Source(models.TextChoices):
        MARKED = "marked"
        ADJUDICATED = "adjudicated"
        SENT = "sent"

    item = models.OneToOneField("annotation.Item", on_delete=models.PROTECT, related_name="known_answer")
    queue = models.ForeignKey("annotation.Queue", on_delete=models.PROTECT, related_name="known_answers")
    source = models.CharField(max_length=11, choices=Source.choices)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        "annotation.User", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-added_at", "-id"]

    def __str__(self) -> str:
        return f"known answer of item {self.item_id}"
