"""One row of a dataset: the user's action behind it, and what was trained on it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from ninja import Path, Router, Schema

from annotation.api import auth, problems
from annotation.api.auth import ApiRequest
from annotation.api.exports import UnknownExport
from annotation.exports.finished import lineage
from annotation.models import Export

router = Router(tags=["Datasets"])

Ordinal = Annotated[int, Path(ge=1, lt=2**63)]


class LabelTraced(Schema):
    """`counts`: the consensus was made of it."""

    rater: str
    source: str
    role: str
    reason: str
    title: str
    outcome: str
    labeled_at: datetime
    counts: bool


class ConsensusTraced(Schema):
    """`superseded_at`: people have come to another reason since."""

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


class AnswerTraced(Schema):
    """One answer of the row. Of an erased one the ids are null. `decided` is null in a row of a single label."""

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
    labels: list[LabelTraced]
    decided: ConsensusTraced | None


class DeploymentTraced(Schema):
    """`first_changed` is the id of the first interaction that this deployment answered."""

    deployed_at: datetime
    share: float
    first_changed_at: datetime | None
    first_changed: str | None


class RunTraced(Schema):
    name: str
    status: str
    base_model: str
    model_version: str
    finished_at: datetime
    deployments: list[DeploymentTraced]


class LineageShown(Schema):
    """`line` counts from 1 within `file`. `runs` name the export; they learn from rows of the split train alone."""

    export: str
    ordinal: int
    row_kind: str
    split: str
    group: str
    weight: float | None
    exported_at: datetime | None
    file: str | None
    line: int | None
    own: AnswerTraced
    counterpart: AnswerTraced | None
    runs: list[RunTraced]


@router.get(
    "/exports/{id}/rows/{ordinal}/lineage",
    auth=auth.scope("export"),
    response=problems.responses({200: LineageShown}, 404, 422),
    summary="Trace one row",
)
def row_lineage(request: ApiRequest, id: str, ordinal: Ordinal) -> dict[str, Any]:
    """From the user's action behind it over what people said of it to the models that were trained on it.

    `ordinal` counts from 1 over all splits, in the order train, validation, test. A pair of two answers has a
    `counterpart`, the one that is chosen.
    """
    export = auth.visible(request, Export.objects.select_related("feature")).filter(public_id=id).first()
    if export is None:
        raise UnknownExport(id=id[:100])
    return asdict(lineage.of_row(export=export, ordinal=ordinal))
