"""What raters answered. One table for people, rules, judges and gold sets; the source is the rater's kind."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from annotation.models import marks

ONLY_OF_WHAT_WAS_ERASED = """
    IF NOT EXISTS (
        SELECT FROM annotation_label l
        JOIN annotation_item i ON i.id = l.item_id
        JOIN annotation_interaction n ON n.id = i.interaction_id
        WHERE l.id = OLD.label_id AND n.erased_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'Cannot delete what was written beside a label: only erasure does, with its interaction';
    END IF;
    RETURN OLD;
"""


class Rater(models.Model):
    """Who labels. People who sign in have `user`; those known only to a sender have a namespace of their own.

    `standing` is what an admin decided about a person's labels from `standing_from` on; empty: nothing.
    """

    class Kind(models.TextChoices):
        HUMAN = "human"
        RULE = "rule"
        JUDGE = "judge"
        GOLD = "gold"

    class Standing(models.TextChoices):
        TOLD = "told"
        DOUBLE_LABELED = "double_labeled"
        QUARANTINED = "quarantined"

    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = models.CharField(max_length=200)
    user = models.OneToOneField("annotation.User", on_delete=models.PROTECT, null=True, related_name="rater")
    standing = models.CharField(max_length=14, choices=Standing.choices, default="")
    standing_from = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], condition=Q(user__isnull=True), name="rater_once"),
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(kind="human"), name="rater_with_account_is_human"
            ),
            models.CheckConstraint(
                condition=Q(standing="", standing_from=None) | (~Q(standing="") & Q(standing_from__isnull=False)),
                name="rater_standing_since",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Label(models.Model):
    """One rater's answer about one item. Append-only: current while `superseded_at` is null."""

    class Role(models.TextChoices):
        ANNOTATOR = "annotator"
        ADJUDICATOR = "adjudicator"

    item = models.ForeignKey("annotation.Item", on_delete=models.PROTECT, db_index=False, related_name="labels")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, db_index=False)
    role = models.CharField(max_length=11, choices=Role.choices, default=Role.ANNOTATOR)
    taxonomy_version = models.ForeignKey("annotation.TaxonomyVersion", on_delete=models.PROTECT, db_index=False)
    reason = models.ForeignKey("annotation.Reason", on_delete=models.PROTECT, db_index=False)
    certainty = models.PositiveSmallIntegerField(null=True)
    confidence = models.FloatField(null=True)
    labeled_at = models.DateTimeField()
    received_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    duration_ms = models.PositiveBigIntegerField(null=True)
    suggestion_seen = models.BooleanField(default=False)
    evidence_version = models.PositiveIntegerField(null=True)
    mapped_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, db_index=False)
    submission_id = models.UUIDField(unique=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "rater"], condition=Q(superseded_at__isnull=True), name="label_one_current"
            ),
            models.CheckConstraint(
                condition=Q(certainty__isnull=True) | Q(certainty__gte=1, certainty__lte=3),
                name="label_certainty_1_to_3",
            ),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=1),
                name="label_confidence_in_0_1",
            ),
        ]
        indexes = [
            models.Index(fields=["item"], name="label_item"),
            models.Index(fields=["rater", "-received_at"], name="label_rater_recent"),
            models.Index(fields=["received_at"], name="label_received"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="append_only", exclude=["superseded_at"]),
            pgtrigger.Protect(
                name="superseded_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__superseded_at__isnull=False),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            *marks.of_labels(),
        ]

    def __str__(self) -> str:
        return f"label {self.pk} of item {self.item_id}"


class LabelContent(models.Model):
    """What a rater wrote beside the reason. No row where nothing was written."""

    label = models.OneToOneField(Label, on_delete=models.PROTECT, primary_key=True, related_name="content")
    comment = models.TextField(default="")
    correction = models.TextField(default="")
    quote = models.TextField(default="")
    explanation = models.TextField(default="")

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
        return f"content of label {self.label_id}"


class Draft(models.Model):
    """What a person has typed about an item and not sent yet: it stands in the form wherever the item is opened.

    `typed_at` is when the last of it was typed, by the server's clock.
    """

    item = models.ForeignKey("annotation.Item", on_delete=models.PROTECT, db_index=False, related_name="drafts")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, db_index=False)
    comment = models.TextField(default="")
    correction = models.TextField(default="")
    quote = models.TextField(default="")
    certainty = models.PositiveSmallIntegerField(null=True)
    typed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "rater"], name="draft_once"),
            models.CheckConstraint(
                condition=Q(certainty__isnull=True) | Q(certainty__gte=1, certainty__lte=3),
                name="draft_certainty_1_to_3",
            ),
        ]

    def __str__(self) -> str:
        return f"draft about item {self.item_id}"


class Skip(models.Model):
    """The item was given back, and isn't offered to that rater again."""

    class Reason(models.TextChoices):
        CANT_JUDGE = "cant_judge", "I can't judge this one"
        NOT_MY_FIELD = "not_my_field", "Not my field"
        LANGUAGE = "language", "I don't read this language"
        CONFLICT = "conflict", "I know the people or the case"

    item = models.ForeignKey("annotation.Item", on_delete=models.PROTECT, db_index=False, related_name="skips")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, db_index=False)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    skipped_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "rater"], name="skip_once")]
        indexes = [models.Index(fields=["rater", "-skipped_at"], name="skip_rater_recent")]

    def __str__(self) -> str:
        return f"{self.reason} of item {self.item_id}"


class Flag(models.Model):
    """The item itself is broken: a person says so, an admin looks."""

    class Reason(models.TextChoices):
        GARBLED = "garbled", "The text is garbled or cut off"
        WRONG_SIGNAL = "wrong_signal", "The signal doesn't belong to this answer"
        PRIVATE = "private", "It shows what nobody should see"
        OTHER = "other", "Something else is wrong"

    item = models.ForeignKey("annotation.Item", on_delete=models.PROTECT, db_index=False, related_name="flags")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, db_index=False)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    flagged_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "rater"], name="flag_once")]

    def __str__(self) -> str:
        return f"{self.reason} of item {self.item_id}"


class FlagContent(models.Model):
    """What the person wrote about the broken item."""

    flag = models.OneToOneField(Flag, on_delete=models.CASCADE, primary_key=True, related_name="content")
    comment = models.TextField()

    def __str__(self) -> str:
        return f"content of flag {self.flag_id}"
