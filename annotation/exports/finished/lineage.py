"""The way of one row: from what a user did, over what people said of it, to the models that were trained on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from annotation import closure
from annotation.closure import Tail
from annotation.errors import Refusal
from annotation.exports.finished import keep
from annotation.labels import raters
from annotation.models import (
    ConsensusRevision,
    Deployment,
    Evidence,
    Export,
    ExportRow,
    ExportShard,
    Item,
    Label,
    TrainingRun,
)

FOUND_AT_MOST = 50
"""Rows of one interaction that a search names; an export of reasons has one a label."""


class NoSuchRow(Refusal):
    """This export has no row {ordinal}: it has {total:,}, counted from 1."""

    code = "unknown_row"
    status = 404


@dataclass(frozen=True, kw_only=True)
class Said:
    """One label of an item as it stood when the rows were chosen. `counts`: the consensus was made of it."""

    rater: str
    source: str
    role: str
    reason: str
    title: str
    outcome: str
    labeled_at: datetime
    counts: bool


@dataclass(frozen=True, kw_only=True)
class Decided:
    """The revision that the row holds. `superseded_at`: people have come to another one since."""

    revision: int
    reason: str
    title: str
    outcome: str
    taxonomy_version: int
    method: str
    label_source: str | None
    confidence: float | None
    resolved_at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one answer of a row comes from. Of an erased one the names are null, and the times stay.

    `evidence_version` is what the label that came first had before it; version 1 came with the signal, so only later
    ones have an `evidence_at`.
    """

    interaction_id: str | None
    model_version: str
    occurred_at: datetime
    ingested_at: datetime
    erased_at: datetime | None
    signal_id: str | None
    signal_kind: str
    observed_at: datetime
    signal_ingested_at: datetime
    derived_by: str | None
    item_id: str
    queue: str
    purpose: str
    queued_at: datetime
    evidence_version: int
    evidence_at: datetime | None
    labels: tuple[Said, ...]
    decided: Decided | None


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """Since when a model version answers, and the first interaction that it answered."""

    deployed_at: datetime
    share: float
    first_changed_at: datetime | None
    first_changed: str | None


@dataclass(frozen=True, kw_only=True)
class Run:
    """A training run that names the export."""

    name: str
    status: str
    base_model: str
    model_version: str
    finished_at: datetime
    deployments: tuple[Deployed, ...]


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """`own` is what the row is about; a pair of two answers has a `counterpart`, the one that is chosen over it.

    `line` counts from 1 within `file`, which is null while none is written; of files that were made again without what
    was erased, lines are not counted.
    """

    export: str
    ordinal: int
    row_kind: str
    split: str
    group: str
    weight: float | None
    exported_at: datetime | None
    file: str | None
    line: int | None
    own: Side
    counterpart: Side | None
    runs: tuple[Run, ...]

    @property
    def is_held_out(self) -> bool:
        """Nothing is trained on what stands outside the train split."""
        return self.split != "train"

    @property
    def first_changed(self) -> Deployed | None:
        """The earliest answer of a model that was trained on the row."""
        if self.is_held_out:
            return None
        changed = [one for run in self.runs for one in run.deployments if one.first_changed_at]
        return min(changed, key=lambda one: (one.first_changed_at, one.deployed_at), default=None)


_SIDE = ("item__interaction", "item__signal", "item__queue", "revision__reason__taxonomy_version")
_OTHER = (
    "counterpart_item__interaction",
    "counterpart_item__signal",
    "counterpart_item__queue",
    "counterpart_revision__reason__taxonomy_version",
)


def of_row(*, export: Export, ordinal: int) -> Lineage:
    """Raises NoSuchRow."""
    row = ExportRow.objects.select_related(*_SIDE, *_OTHER).filter(export=export, ordinal=ordinal).first()
    if row is None:
        raise NoSuchRow(ordinal=ordinal, total=export.rows_total or 0)
    shard = ExportShard.objects.filter(export=export, first_ordinal__lte=ordinal, last_ordinal__gte=ordinal).first()
    other = row.counterpart_item
    return Lineage(
        export=export.public_id,
        ordinal=ordinal,
        row_kind=row.row_kind,
        split=row.split,
        group=row.group,
        weight=row.weight,
        exported_at=export.exported_at,
        file=shard.name if shard else None,
        line=ordinal - shard.first_ordinal + 1 if shard and _has_all_rows(export) else None,
        own=_side(row.item, row.revision, row.label_ids, export.exported_at),
        counterpart=_side(other, row.counterpart_revision, [], export.exported_at) if other else None,
        runs=runs(export=export),
    )


def find(*, export: Export, interaction_id: str) -> list[ExportRow]:
    """The rows that hold an interaction, as their own or as their counterpart, in order."""
    items = Item.objects.filter(
        interaction__feature=export.feature_id, interaction__external_id=interaction_id, interaction__erased_at=None
    )
    known = list(items.values_list("pk", flat=True))
    rows = ExportRow.objects.filter(Q(item__in=known) | Q(counterpart_item__in=known), export=export)
    return list(rows.select_related("item").order_by("ordinal")[:FOUND_AT_MOST])


def runs(*, export: Export) -> tuple[Run, ...]:
    """What was trained on an export, the first first, with what came of it. A run that failed made nothing."""
    named = list(TrainingRun.objects.filter(exports=export).order_by("finished_at", "pk"))
    tails = {(tail.run, tail.deployed_at): tail for tail in closure.of_exports([export.pk])}
    made = {run.model_version for run in named if run.status == TrainingRun.Status.SUCCEEDED}
    deployments = list(
        Deployment.objects.filter(feature=export.feature_id, model_version__in=made).order_by("deployed_at")
    )
    return tuple(_run(run, deployments, tails) for run in named)


def _has_all_rows(export: Export) -> bool:
    return "written_again" not in (keep.record(export) or {})


def _run(
    run: TrainingRun, deployments: Iterable[Deployment], tails: dict[tuple[str | None, datetime | None], Tail]
) -> Run:
    has_made = run.status == TrainingRun.Status.SUCCEEDED
    own = [one for one in deployments if has_made and one.model_version == run.model_version]
    return Run(
        name=run.name,
        status=run.status,
        base_model=run.base_model,
        model_version=run.model_version,
        finished_at=run.finished_at,
        deployments=tuple(_deployed(one, tails.get((run.name, one.deployed_at))) for one in own),
    )


def _deployed(deployment: Deployment, tail: Tail | None) -> Deployed:
    return Deployed(
        deployed_at=deployment.deployed_at,
        share=deployment.share,
        first_changed_at=tail.first_changed_at if tail else None,
        first_changed=tail.first_changed if tail else None,
    )


def _side(
    item: Item, revision: ConsensusRevision | None, label_ids: Sequence[int], exported_at: datetime | None
) -> Side:
    interaction, signal = item.interaction, item.signal
    is_named = interaction.erased_at is None
    counting = set(label_ids or (revision.label_ids if revision else ()))
    labels = _labels(item, counting, exported_at)
    version = next((one.evidence_version for one in labels if one.evidence_version), item.evidence_version)
    computed = Evidence.objects.filter(signal=signal, version=version).values_list("computed_at", flat=True).first()
    return Side(
        interaction_id=interaction.external_id if is_named else None,
        model_version=interaction.model_version,
        occurred_at=interaction.occurred_at,
        ingested_at=interaction.ingested_at,
        erased_at=interaction.erased_at,
        signal_id=signal.external_id if is_named else None,
        signal_kind=item.signal_kind,
        observed_at=signal.observed_at,
        signal_ingested_at=signal.ingested_at,
        derived_by=signal.derived_by,
        item_id=item.public_id,
        queue=item.queue.name,
        purpose=item.purpose,
        queued_at=item.queued_at,
        evidence_version=version,
        evidence_at=computed,
        labels=tuple(_said(one, counts=one.pk in counting) for one in labels),
        decided=_decided(revision) if revision else None,
    )


def _labels(item: Item, counting: set[int], exported_at: datetime | None) -> list[Label]:
    """Those that the row's reason was made of, and the others that stood when the rows were chosen."""
    stood = Q(pk__in=counting)
    if exported_at is not None:
        stood |= Q(received_at__lte=exported_at) & (Q(superseded_at=None) | Q(superseded_at__gt=exported_at))
    found = Label.objects.filter(stood, item=item).select_related("rater__user", "reason")
    return list(found.order_by("labeled_at", "pk"))


def _said(label: Label, *, counts: bool) -> Said:
    return Said(
        rater=raters.public_name(label.rater),
        source=label.rater.kind,
        role=label.role,
        reason=label.reason.code,
        title=label.reason.title,
        outcome=label.reason.outcome,
        labeled_at=label.labeled_at,
        counts=counts,
    )


def _decided(revision: ConsensusRevision) -> Decided:
    reason = revision.reason
    return Decided(
        revision=revision.number,
        reason=reason.code,
        title=reason.title,
        outcome=reason.outcome,
        taxonomy_version=reason.taxonomy_version.number,
        method=revision.method,
        label_source=revision.label_source,
        confidence=revision.confidence,
        resolved_at=revision.resolved_at,
        superseded_at=revision.superseded_at,
    )
