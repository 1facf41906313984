"""Dataset versions: the request, the rows fixed at selection, the files written from them."""

from __future__ import annotations

import functools
import operator

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from annotation.models import marks
from annotation.models.jobs import Held, Job

CHANGES_WHAT_WAS_MADE = functools.reduce(
    operator.or_,
    [
        pgtrigger.Q(**{f"old__{field}__df": pgtrigger.F(f"new__{field}")})
        for field in (
            "request",
            "status",
            "exported_at",
            "finished_at",
            "manifest",
            "content_sha256",
            "left_out",
            "signal_validity",
            "warnings",
        )
    ],
)


NONE_AFTER_THE_END = """
    IF EXISTS (
        SELECT FROM annotation_export e WHERE e.status = 'done' AND e.id IN (SELECT export_id FROM added)
    ) THEN
        RAISE EXCEPTION 'the export is done and its rows are final: ask for a new one';
    END IF;
    RETURN NULL;
"""


def final_with_the_export() -> list[pgtrigger.Trigger]:
    """What a selection writes is only added to, and that until the export is done."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        # Once a statement, not once a row: a selection writes a million of them.
        pgtrigger.Trigger(
            name="none_after_the_end",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=pgtrigger.Referencing(new="added"),  # type: ignore[no-untyped-call]
            func=NONE_AFTER_THE_END,
        ),
    ]


class Export(Job):
    """The job and the immutable dataset version that it made. The row is the job; Celery is only the doorbell.

    `signal_validity`, `warnings`: how its signals stood when it was asked for, and from its selection on, at selection.
    Whether its files are there: `exports.finished.keep`. `rewriting` wrote those that are handed out, where it isn't
    the export itself that did.
    """

    class Removed(models.TextChoices):
        EXPIRED = "expired"
        ASKED = "asked"

    public_id = models.CharField(max_length=24, unique=True)
    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="exports")
    taxonomy_version = models.ForeignKey("annotation.TaxonomyVersion", on_delete=models.PROTECT, null=True)
    since = models.ForeignKey("self", on_delete=models.PROTECT, null=True)
    recipe = models.ForeignKey(
        "annotation.Recipe", on_delete=models.PROTECT, null=True, db_index=False, related_name="exports"
    )
    request = models.JSONField()
    requested_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)
    token = models.ForeignKey("annotation.ApiToken", on_delete=models.PROTECT, null=True)
    idempotency_key = models.CharField(max_length=200, null=True)  # noqa: DJ001
    exported_at = models.DateTimeField(null=True)
    rows_total = models.PositiveBigIntegerField(null=True)
    rows_done = models.PositiveBigIntegerField(default=0)
    left_out = models.JSONField(default=dict)
    signal_validity = models.JSONField(null=True)
    warnings = models.JSONField(default=list)
    manifest = models.JSONField(null=True)
    content_sha256 = models.CharField(max_length=64, default="")
    files_erased_at = models.DateTimeField(null=True)
    pinned_at = models.DateTimeField(null=True)
    files_removed_at = models.DateTimeField(null=True)
    files_removed_why = models.CharField(max_length=7, choices=Removed.choices, default="")
    rewriting = models.ForeignKey("annotation.Rewriting", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["token", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="export_idempotency_key_once",
            ),
            models.UniqueConstraint(
                fields=["requested_by", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False, token__isnull=True),
                name="export_idempotency_key_once_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(manifest__isnull=False, finished_at__isnull=False),
                name="export_done_has_manifest",
            ),
        ]
        indexes = [
            models.Index(fields=["feature", "-created_at"], name="export_recent"),
            models.Index(fields=["recipe", "-id"], name="export_of_recipe", condition=Q(recipe__isnull=False)),
            models.Index(
                fields=["heartbeat_at"], name="export_unfinished", condition=Q(status__in=["pending", "running"])
            ),
        ]
        triggers = [
            # Not `ReadOnly`: it takes no condition beside its fields.
            pgtrigger.Protect(
                name="finished_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="done") & CHANGES_WHAT_WAS_MADE,
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            *marks.of_exports(),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def stands(self) -> int:
        """Rows that are fixed and files that are whole. What is written of a file is begun anew."""
        return int(self.exported_at is not None) + self.shards.filter(status=Held.Status.DONE).count()


class ExportRow(models.Model):
    """One row of a dataset, as references: what is read later to write, withdraw, trace and erase.

    `counterpart_item`, `counterpart_revision`: the answer made instead, which a pair prefers. `correction`: the label
    whose better answer stands in the row, of the same item. Neither: the answer itself, or what the user made of it.

    No key has a constraint of the database: what they name is never deleted, and checking each took as long as making
    the row. Nor has a row a number beside its place: to keep that took a fifth of it.
    """

    class Kind(models.TextChoices):
        ROW = "row"
        PAIR = "pair"
        LABEL = "label"
        CONSENSUS = "consensus"

    pk = models.CompositePrimaryKey("export", "ordinal")
    export = models.ForeignKey(
        Export, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="rows"
    )
    ordinal = models.PositiveBigIntegerField()
    row_kind = models.CharField(max_length=9, choices=Kind.choices)
    split = models.CharField(max_length=10)
    group = models.TextField()
    item = models.ForeignKey("annotation.Item", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    revision = models.ForeignKey(
        "annotation.ConsensusRevision",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="export_rows",
    )
    counterpart_item = models.ForeignKey(
        "annotation.Item", on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    counterpart_revision = models.ForeignKey(
        "annotation.ConsensusRevision",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    correction = models.ForeignKey(
        "annotation.Label", on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    label_ids = ArrayField(models.BigIntegerField(), default=list)
    weight = models.FloatField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["item"], name="export_row_item"),
            models.Index(
                fields=["counterpart_item"],
                name="export_row_counterpart",
                condition=Q(counterpart_item__isnull=False),
            ),
        ]
        triggers = final_with_the_export()

    def __str__(self) -> str:
        return f"row {self.ordinal} of export {self.export_id}"


class ExportWithdrawal(models.Model):
    """An item whose rows in the exports before this one, which it goes on from, no longer hold; `why` is a code of
    `exports.series.since`. Only our own ids: it stays true, and says nothing, after an erasure."""

    export = models.ForeignKey(Export, on_delete=models.PROTECT, db_index=False, related_name="withdrawals")
    item = models.ForeignKey("annotation.Item", on_delete=models.PROTECT, db_index=False, related_name="+")
    why = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "item"], name="export_withdrawal_once")]
        triggers = final_with_the_export()

    def __str__(self) -> str:
        return f"item {self.item_id}, withdrawn by export {self.export_id}"


class ExportShard(Held):
    """A fixed range of ordinals and the file made of it. Done when `sha256` is set; a resumed job starts after it.

    Where an export has several, several workers write them, each holding the one that it writes.
    """

    export = models.ForeignKey(Export, on_delete=models.PROTECT, db_index=False, related_name="shards")
    name = models.CharField(max_length=200)
    split = models.CharField(max_length=10)
    first_ordinal = models.PositiveBigIntegerField()
    last_ordinal = models.PositiveBigIntegerField()
    rows_done = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, default="")

    class Meta:
        ordering = ["first_ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["export", "name"], name="export_shard_once"),
            models.CheckConstraint(
                condition=Q(last_ordinal__gte=F("first_ordinal")), name="export_shard_range_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Rewriting(Job):
    """The files of a finished export, written again from its rows.

    Each has a folder of its own, so that an erasure that still deletes the former files takes none of these away.
    `manifest`: that of these files, which says less than the export's own where an erasure fell between.
    `files`: the entries of the data files that are whole.
    """

    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="rewritings")
    requested_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)
    token = models.ForeignKey("annotation.ApiToken", on_delete=models.PROTECT, null=True)
    rows_total = models.PositiveBigIntegerField()
    rows_done = models.PositiveBigIntegerField(default=0)
    files = models.JSONField(default=list)
    manifest = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["export"], condition=Q(status__in=["pending", "running"]), name="rewriting_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"rewriting {self.pk} of export {self.export_id}"

    @property
    def stands(self) -> int:
        return len(self.files)


class ExportHygiene(models.Model):
    """What its rows looked like when they were fixed: ids of our own, codes, counts (`exports.hygiene` says which)."""

    export = models.OneToOneField(Export, on_delete=models.PROTECT, primary_key=True, related_name="hygiene")
    figures = models.JSONField()

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"hygiene of export {self.export_id}"


class SplitPlan(models.Model):
    """The ratios of a feature's splits under one seed and grouping, fixed by the first export that uses them.

    `split_by`: whether groups are drawn (`group`) or go by their age (`time`), fixed likewise.
    """

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_index=False)
    seed = models.BigIntegerField()
    group_by = models.CharField(max_length=12)
    split_by = models.CharField(max_length=5, default="group", db_default="group")
    ratios = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feature", "seed", "group_by"], name="split_plan_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"splits of feature {self.feature_id}, seed {self.seed}, by {self.group_by}"


class SplitAssignment(models.Model):
    """Where one member of a group fell at its first export. Never moved. The feature is held by the plan."""

    pk = models.CompositePrimaryKey("feature", "seed", "group_by", "member")
    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    seed = models.BigIntegerField()
    group_by = models.CharField(max_length=12)
    member = models.TextField()
    split = models.CharField(max_length=10)

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.member} in {self.split}"
