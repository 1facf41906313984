"""How many interactions of a feature reached each stage, and where most of them wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from annotation.closure.chain import STAGES
from annotation.closure.kept.reading import Passages
from annotation.models import Deployment, Feature, Interaction, TrainingRun

WAITS_FOR = {
    "ingested": "to be queued",
    "queued": "to be labeled",
    "labeled": "for people to agree",
    "resolved": "to be exported",
    "exported": "for a training run that names their export",
    "trained": "for their model to be deployed",
    "deployed": "for the first answer of the new model",
}


ARRIVED: Final = "The first interactions have arrived. They are counted within a minute, by the worker."


@dataclass(frozen=True, kw_only=True)
class FunnelStage:
    """`reached`: interactions that came to this stage or beyond. Of them `waiting` stand here, and `ended` stand here
    and can lead no further (no permitted use, held out from training, reserve, withdrawn, evaluation, erased, no longer
    kept)."""

    stage: str
    reached: int
    waiting: int
    ended: int

    @property
    def waits_for(self) -> str:
        return WAITS_FOR[self.stage]


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """`mature`: interactions at least `closure_days` old, of which `closed_in_time` closed within as many days.
    `is_new`: the first ones have arrived, and are counted within a minute."""

    stages: tuple[FunnelStage, ...]
    closure_days: int
    mature: int
    closed_in_time: int
    missing_link: str | None
    is_new: bool = False

    @property
    def total(self) -> int:
        return self.stages[0].reached

    @property
    def closed(self) -> int:
        return self.stages[-1].reached

    @property
    def next_to_reach(self) -> str | None:
        """The first stage that none has ever come to."""
        return _next_to_reach(self.stages)

    @property
    def most_wait_at(self) -> FunnelStage | None:
        """The stage where most stand and could go on; the first of several; None when nobody waits."""
        most = max(self.stages, key=lambda stage: stage.waiting)
        return most if most.waiting else None

    @property
    def sentence(self) -> str:
        """Where the wheel stands still, in words."""
        if not self.total:
            return ARRIVED if self.is_new else "No interaction has arrived yet."
        most = self.most_wait_at
        if most is None:
            return "Nothing waits: every interaction has closed or can lead no further."
        return f"Most wait {most.waits_for}: {most.waiting:,} of {self.total:,} interactions."


def funnel(*, feature: Feature, now: datetime, passages: Passages | None = None) -> Funnel:
    """Count every interaction of the feature once, at the furthest stage that any of its ways reached.

    `passages`: those of the feature as of `now`, where they are loaded already.
    """
    counted = (passages or Passages(feature=feature, now=now)).funnel(within=timedelta(days=feature.closure_days))
    stages = tuple(_stage(place, stage, counted) for place, stage in enumerate(STAGES, start=1))
    return Funnel(
        stages=stages,
        closure_days=feature.closure_days,
        mature=sum(row[3] for row in counted),
        closed_in_time=sum(row[4] for row in counted),
        missing_link=_missing_link(feature, stages),
        is_new=not counted and Interaction.objects.filter(feature=feature).exists(),
    )


def _stage(place: int, stage: str, counted: list[tuple[int, bool, int, int, int]]) -> FunnelStage:
    is_last = place == len(STAGES)
    here = {may_go_on: number for reached, may_go_on, number, *_ in counted if reached == place}
    return FunnelStage(
        stage=stage,
        reached=sum(number for reached, _, number, *_ in counted if reached >= place),
        waiting=0 if is_last else here.get(True, 0),
        ended=0 if is_last else here.get(False, 0),
    )


def _next_to_reach(stages: tuple[FunnelStage, ...]) -> str | None:
    return next((stage.stage for stage in stages if not stage.reached), None)


def _missing_link(feature: Feature, stages: tuple[FunnelStage, ...]) -> str | None:
    """What has never happened at all, in words; None when every link exists or nothing has come so far."""
    match _next_to_reach(stages):
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
