"""What adjudicators ask annotators: a label sent back with a note, and what came of it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q


class ReviewNote(models.Model):
    """One label was sent back to its annotator. Over once it is answered, or ended because the item was settled.

    `answer_label` is the annotator's label after the answer: the one that was sent back, where it was kept.
    """

    item = models.ForeignKey("annotation.Item", on_delete=models.PROTECT, db_index=False, related_name="notes")
    label = models.ForeignKey("annotation.Label", on_delete=models.PROTECT, db_index=False, related_name="notes")
    rater = models.ForeignKey("annotation.Rater", on_delete=models.PROTECT, db_index=False, related_name="+")
    sent_by = models.ForeignKey("annotation.Rater", on_delete=models.PROTECT, db_index=False, related_name="+")
    sent_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)
    answered_at = models.DateTimeField(null=True)
    answer_label = models.ForeignKey(
        "annotation.Label", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "rater"],
                condition=Q(answered_at__isnull=True, ended_at__isnull=True),
                name="review_note_one_open",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(ended_at__isnull=True), name="review_note_ends_once"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer_label__isnull=True)
                | Q(answered_at__isnull=False, answer_label__isnull=False),
                name="review_note_answered_with_a_label",
            ),
        ]
        indexes = [
            models.Index(fields=["item"], name="review_note_item"),
            models.Index(fields=["rater", "-sent_at"], name="review_note_rater"),
            models.Index(fields=["sent_by", "-sent_at"], name="review_note_sent_by"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="sent_is_final", exclude=["answered_at", "answer_label", "ended_at"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"note {self.pk} about item {self.item_id}"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.ended_at is None

    @property
    def is_kept(self) -> bool:
        """Whether the annotator answered and stayed with what they had said."""
        return self.answer_label is not None and self.answer_label.reason.code == self.label.reason.code


class ReviewNoteContent(models.Model):
    """What the adjudicator asked, and what the annotator said to it."""

    note = models.OneToOneField(ReviewNote, on_delete=models.CASCADE, primary_key=True, related_name="content")
    text = models.TextField()
    answer = models.TextField(default="")

    class Meta:
        triggers = [pgtrigger.ReadOnly(name="text_stays", fields=["note", "text"])]

    def __str__(self) -> str:
        return f"content of note {self.note_id}"
