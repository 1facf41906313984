"""Read the ways of interactions from the tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from annotation import loading
from annotation.closure import chain
from annotation.models import Interaction, Item

# One line for each done export, succeeded run that names it, and deployment of that run's model version. An export of
# reasons is made for analysis: it leads on only if a run names it all the same. Where a reporter's clock runs ahead,
# what is reported as of a time to come has happened by when it was reported.
TAILS = """
    SELECT export.id, export.public_id, COALESCE(export.exported_at, export.finished_at),
           run.name, run.model_version, LEAST(run.finished_at, run.reported_at),
           CASE WHEN run.validation IS NOT NULL THEN LEAST(run.finished_at, run.reported_at) END,
           LEAST(deployment.deployed_at, deployment.reported_at), changed.occurred_at, changed.external_id,
           run.finished_at, deployment.deployed_at
    FROM annotation_export export
    LEFT JOIN (annotation_trainingrun_exports named
               JOIN annotation_trainingrun run
                 ON run.id = named.trainingrun_id AND run.status = 'succeeded' AND run.retracted_at IS NULL)
           ON named.export_id = export.id
    LEFT JOIN annotation_deployment deployment
           ON deployment.feature_id = run.feature_id AND deployment.model_version = run.model_version
    LEFT JOIN LATERAL (
        SELECT occurred_at, external_id FROM annotation_interaction
        WHERE feature_id = deployment.feature_id AND model_version = deployment.model_version
          AND occurred_at >= LEAST(deployment.deployed_at, deployment.reported_at)
        ORDER BY occurred_at LIMIT 1
    ) changed ON true
    WHERE export.status = 'done' AND export.id = ANY (%s)
      AND (run.id IS NOT NULL OR export.request ->> 'format' <> 'reasons')
"""

# One line for each item and each row of a done export that holds it, as a row's own item or as its counterpart. The
# labels are those that count: current ones, and those that the exported revision was made of.
HEADS = """
    SELECT item.status, item.queued_at, label.labeled_at, revision.resolved_at, reason.uses, held.export_id, held.split
    FROM annotation_item item
    LEFT JOIN LATERAL (
        SELECT either.* FROM (
            SELECT export_id, split, revision_id FROM annotation_exportrow WHERE item_id = item.id
            UNION ALL
            SELECT export_id, split, counterpart_revision_id FROM annotation_exportrow
            WHERE counterpart_item_id = item.id
        ) either
        JOIN annotation_export export ON export.id = either.export_id AND export.status = 'done'
        WHERE either.revision_id IS NOT NULL
    ) held ON true
    LEFT JOIN annotation_consensusrevision revision
           ON revision.item_id = item.id
          AND CASE WHEN held.revision_id IS NULL THEN revision.superseded_at IS NULL
                   ELSE revision.id = held.revision_id END
    LEFT JOIN annotation_reason reason ON reason.id = revision.reason_id
    LEFT JOIN LATERAL (
        SELECT min(labeled_at) AS labeled_at FROM annotation_label label
        JOIN annotation_rater rater ON rater.id = label.rater_id AND rater.kind IN ('human', 'gold')
        WHERE label.item_id = item.id AND (label.superseded_at IS NULL OR label.id = ANY (revision.label_ids))
    ) label ON true
    WHERE item.interaction_id = %s
"""


class HeadRow(NamedTuple):
    status: str
    queued_at: datetime
    labeled_at: datetime | None
    resolved_at: datetime | None
    uses: list[str] | None
    export_id: int | None
    split: str | None


def of_interaction(*, interaction: Interaction) -> chain.Closure:
    """The closure of one interaction, along the way that leads furthest."""
    rows = [HeadRow(*row) for row in loading.fetched(HEADS, [interaction.pk])]
    tails: dict[int | None, list[chain.Tail]] = {}
    for tail in of_exports({row.export_id for row in rows if row.export_id is not None}):
        tails.setdefault(tail.export_id, []).append(tail)
    ways = [way for row in rows for way in _ways(row, tails.get(row.export_id, []))]
    return chain.close(
        occurred_at=interaction.occurred_at, ingested_at=interaction.ingested_at, ways=ways, end=_end(interaction)
    )


def of_exports(export_ids: Iterable[int]) -> list[chain.Tail]:
    """Every tail of these exports, best first. Exports that aren't done, or only for analysis, have none."""
    names = (
        "export_id",
        "export",
        "exported_at",
        "run",
        "model_version",
        "trained_at",
        "validated_at",
        "deployed_at",
        "first_changed_at",
        "first_changed",
        "trained_reported_at",
        "deployed_reported_at",
    )
    rows = loading.fetched(TAILS, [list(export_ids)])
    return sorted((chain.Tail(**dict(zip(names, row, strict=True))) for row in rows), key=lambda tail: tail.rank)


def _ways(row: HeadRow, tails: list[chain.Tail]) -> list[chain.Way]:
    head = _head(row)
    if not tails:
        return [chain.Way(head=head, tail=None)]
    return [chain.Way(head=head, tail=tail.for_split(row.split or "")) for tail in tails]


def _head(row: HeadRow) -> chain.Head:
    return chain.Head(
        queued_at=row.queued_at,
        labeled_at=row.labeled_at,
        resolved_at=row.resolved_at,
        end=_end_of_item(status=row.status, is_resolved=row.resolved_at is not None, uses=row.uses),
    )


def _end_of_item(*, status: str, is_resolved: bool, uses: list[str] | None) -> str | None:
    """Why an item that is in no export will be in none; None while it may be."""
    if status == Item.Status.WITHDRAWN:
        return "withdrawn"
    if is_resolved:
        return None if uses else "no_permitted_use"
    return "reserve" if status == Item.Status.RESERVE else None


def _end(interaction: Interaction) -> str | None:
    if interaction.erased_at is not None:
        return "erased"
    return "evaluation" if interaction.is_evaluation else None
