"""How many interactions of a feature reached each stage, and where most of them wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from annotation.closure import reading
from annotation.closure.chain import STAGES
from annotation.models import Deployment, Export, Feature, TrainingRun

# A score says how far something came: twice the stage's place among the nine, and 1 more while it may go on. The
# largest score of an interaction's items is its own. What is derived from exports alone comes in as arrays. What
# retention took is counted where it stood, ingested or queued; it can lead no further.
REACHED = """
    WITH tail AS (
        SELECT * FROM unnest(%(exports)s::bigint[], %(scores)s::int[], %(closed)s::timestamptz[])
                      AS tail (export_id, score, closed_at)
    ), held AS (
        SELECT item_id, max(score) AS score, min(closed_at) AS closed_at
        FROM (
            SELECT row.item_id,
                   CASE WHEN row.split = 'train' THEN tail.score ELSE 12 END AS score,
                   CASE WHEN row.split = 'train' THEN tail.closed_at END AS closed_at
            FROM annotation_exportrow row JOIN tail USING (export_id)
            WHERE row.revision_id IS NOT NULL
            UNION ALL
            SELECT row.counterpart_item_id,
                   CASE WHEN row.split = 'train' THEN tail.score ELSE 12 END,
                   CASE WHEN row.split = 'train' THEN tail.closed_at END
            FROM annotation_exportrow row JOIN tail USING (export_id)
            WHERE row.counterpart_revision_id IS NOT NULL
        ) either
        GROUP BY item_id
    ), came AS (
        SELECT item.interaction_id, min(held.closed_at) AS closed_at,
               max(CASE WHEN held.score IS NOT NULL THEN held.score
                        WHEN revision.id IS NOT NULL
                        THEN 10 + (cardinality(reason.uses) > 0 AND item.status <> 'withdrawn')::int
                        WHEN label.item_id IS NOT NULL THEN 8 + (item.status NOT IN ('withdrawn', 'reserve'))::int
                        ELSE 6 + (item.status NOT IN ('withdrawn', 'reserve'))::int END) AS score
        FROM annotation_item item
        LEFT JOIN held ON held.item_id = item.id
        LEFT JOIN annotation_consensusrevision revision
               ON revision.item_id = item.id AND revision.superseded_at IS NULL
        LEFT JOIN annotation_reason reason ON reason.id = revision.reason_id
        LEFT JOIN (
            SELECT DISTINCT label.item_id FROM annotation_label label
            JOIN annotation_rater rater ON rater.id = label.rater_id AND rater.kind IN ('human', 'gold')
            WHERE label.superseded_at IS NULL
        ) label ON label.item_id = item.id
        WHERE item.feature_id = %(feature)s
        GROUP BY item.interaction_id
    )
    SELECT reached, may_go_on, sum(number)::bigint, sum(mature)::bigint, sum(closed)::bigint
    FROM (
        SELECT COALESCE(came.score, 5) / 2 AS reached,
               COALESCE(came.score, 5) %% 2 = 1 AND NOT is_evaluation AND erased_at IS NULL AS may_go_on,
               count(*) AS number, count(*) FILTER (WHERE occurred_at <= %(mature)s) AS mature,
               count(*) FILTER (WHERE occurred_at <= %(mature)s AND closed_at <= occurred_at + %(within)s) AS closed
        FROM annotation_interaction interaction
        LEFT JOIN came ON came.interaction_id = interaction.id
        WHERE interaction.feature_id = %(feature)s
        GROUP BY 1, 2
        UNION ALL
        SELECT place, false, sum(left_here), COALESCE(sum(left_here) FILTER (
                   WHERE (day + 1)::timestamp AT TIME ZONE 'UTC' <= %(mature)s
               ), 0), 0
        FROM annotation_retentioncount
        CROSS JOIN LATERAL (VALUES (2, interactions - queued), (3, queued)) AS place (place, left_here)
        WHERE feature_id = %(feature)s AND signal_kind IS NULL
        GROUP BY place
    ) counted
    GROUP BY 1, 2
"""

WAITS_FOR = {
    "ingested": "to be queued",
    "queued": "to be labeled",
    "labeled": "for people to agree",
    "resolved": "to be exported",
    "exported": "for a training run that names their export",
    "trained": "for their model to be deployed",
    "deployed": "for the first answer of the new model",
}


@dataclass(frozen=True, kw_only=True)
class FunnelStage:
    """`reached`: interactions that came to this stage or beyond. Of them `waiting` stand here, and `ended` stand here
    and can lead no further (no permitted use, held out from training, reserve, withdrawn, evaluation, erased, no longer
    kept)."""

    stage: str
    reached: int
    waiting: int
    ended: int


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """`mature`: interactions at least `closure_days` old, of which `closed_in_time` closed within as many days."""

    stages: tuple[FunnelStage, ...]
    closure_days: int
    mature: int
    closed_in_time: int
    missing_link: str | None

    @property
    def total(self) -> int:
        return self.stages[0].reached

    @property
    def closed(self) -> int:
        return self.stages[-1].reached

    @property
    def most_wait_at(self) -> FunnelStage | None:
        """The stage where most stand and could go on; the first of several; None when nobody waits."""
        most = max(self.stages, key=lambda stage: stage.waiting)
        return most if most.waiting else None

    @property
    def sentence(self) -> str:
        """Where the wheel stands still, in words."""
        if not self.total:
            return "No interaction has arrived yet."
        most = self.most_wait_at
        if most is None:
            return "Nothing waits: every interaction has closed or can lead no further."
        return f"Most wait {WAITS_FOR[most.stage]}: {most.waiting:,} of {self.total:,} interactions."


def funnel(*, feature: Feature, now: datetime) -> Funnel:
    """Count every interaction of the feature once, at the furthest stage that any of its ways reached."""
    counted = _count(feature, now)
    stages = tuple(_stage(place, stage, counted) for place, stage in enumerate(STAGES, start=1))
    return Funnel(
        stages=stages,
        closure_days=feature.closure_days,
        mature=sum(row[3] for row in counted),
        closed_in_time=sum(row[4] for row in counted),
        missing_link=_missing_link(feature, stages),
    )


def _count(feature: Feature, now: datetime) -> list[tuple[int, bool, int, int, int]]:
    """(stage's place, whether it may go on, interactions, mature ones, those closed in time), a row for each pair."""
    done = Export.objects.filter(feature=feature, status=Export.Status.DONE).values_list("pk", flat=True)
    best = {tail.export_id: tail for tail in reversed(reading.of_exports(done))}
    within = timedelta(days=feature.closure_days)
    parameters: dict[str, Any] = {
        "feature": feature.pk,
        "exports": list(best),
        "scores": [2 * (5 + tail.reached) + 1 for tail in best.values()],
        "closed": [tail.closed_at for tail in best.values()],
        "within": within,
        "mature": now - within,
    }
    with connection.cursor() as cursor:
        cursor.execute(REACHED, parameters)
        return list(cursor.fetchall())


def _stage(place: int, stage: str, counted: list[tuple[int, bool, int, int, int]]) -> FunnelStage:
    is_last = place == len(STAGES)
    here = {may_go_on: number for reached, may_go_on, number, *_ in counted if reached == place}
    return FunnelStage(
        stage=stage,
        reached=sum(number for reached, _, number, *_ in counted if reached >= place),
        waiting=0 if is_last else here.get(True, 0),
        ended=0 if is_last else here.get(False, 0),
    )


def _missing_link(feature: Feature, stages: tuple[FunnelStage, ...]) -> str | None:
    """What has never happened at all, in words; None when every link exists or nothing has come so far."""
    nobody = next((stage.stage for stage in stages if not stage.reached), None)
    match nobody:
        case "queued":
            return "Interactions arrive, and none has ever been queued: no queue takes the kinds of their signals."
        case "labeled":
            return "Items are queued, and nobody has ever labeled one."
        case "resolved":
            return "Items are labeled, and none has ever been resolved: the labels disagree or are too few."
        case "exported":
            return "Items are resolved, and no finished export has ever held one."
        case "trained":
            return _no_training(feature)
        case "deployed":
            return "Training runs succeed, and no deployment of their model versions has ever been reported."
        case "first_changed":
            return _no_change(feature)
    return None


def _no_training(feature: Feature) -> str:
    runs = TrainingRun.objects.filter(feature=feature)
    if not runs.exists():
        return "Exports are made, and no training run has ever named one."
    if not runs.filter(status=TrainingRun.Status.SUCCEEDED).exists():
        return "Training runs are reported, and every one of them failed."
    return "Training runs are reported, and none used an export that holds rows to train on."


def _no_change(feature: Feature) -> str:
    trained = feature.training_runs.filter(status=TrainingRun.Status.SUCCEEDED).values("model_version")
    last = Deployment.objects.filter(Q(model_version__in=trained), feature=feature).latest("deployed_at")
    return (
        f"A trained model is deployed, and no interaction with the model version {last.model_version} "
        f"has arrived that happened at or after {last.deployed_at:%Y-%m-%d %H:%M} UTC."
    )
