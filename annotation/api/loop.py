"""The loop: which training runs used which exports, and since when their models answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from annotation import closure
from annotation.api import auth, paging, problems
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Name, Sent, Slug, Text, Time
from annotation.models import Deployment, TrainingRun

router = Router(tags=["The loop"])


class Validation(Sent):
    """How the model did on data that it was not trained on, and what it is compared with."""

    name: Name
    metric: Name
    value: float
    baseline: float | None = None
    higher_is_better: bool = True


class RunSent(Sent):
    feature: Slug
    name: Name
    status: Literal["succeeded", "failed"]
    exports: Annotated[list[Name], Field(min_length=1, max_length=1000)]
    base_model: Annotated[Text, Field(max_length=200)] = ""
    model_version: Name
    started_at: Time | None = None
    finished_at: Time
    validation: Validation | None = None


class RunShown(Schema):
    feature: str
    name: str
    status: str
    exports: list[str]
    base_model: str
    model_version: str
    started_at: datetime | None
    finished_at: datetime
    validation: dict[str, Any] | None
    reported_at: datetime
    retracted_at: datetime | None

    @staticmethod
    def resolve_feature(run: TrainingRun) -> str:
        return run.feature.slug

    @staticmethod
    def resolve_exports(run: TrainingRun) -> list[str]:
        return sorted(export.public_id for export in run.exports.all())


class RunMade(Schema):
    created: bool
    detail: str
    training_run: RunShown


class DeploymentSent(Sent):
    feature: Slug
    model_version: Name
    deployed_at: Time
    share: Annotated[float, Field(gt=0, le=1)] = 1


class DeploymentShown(Schema):
    feature: str
    model_version: str
    deployed_at: datetime
    share: float
    reported_at: datetime

    @staticmethod
    def resolve_feature(deployment: Deployment) -> str:
        return deployment.feature.slug


class DeploymentMade(Schema):
    created: bool
    detail: str
    deployment: DeploymentShown


class LoopFilter(paging.Paging):
    feature: Slug | None = None
    model_version: Name | None = None


@router.get(
    "/training-runs",
    auth=auth.scope("loop"),
    response=problems.responses({200: paging.Page[RunShown]}, 404, 422),
    summary="List training runs",
)
def training_runs(request: ApiRequest, query: Query[LoopFilter]) -> dict[str, object]:
    """The newest report first."""
    runs = TrainingRun.objects.select_related("feature").prefetch_related("exports").filter(**_wanted(request, query))
    return paging.page(request, auth.visible(request, runs), query, newest_first=True)


@router.post(
    "/training-runs",
    auth=auth.scope("loop"),
    response=problems.responses({200: RunMade, 201: RunMade}, 404, 409, *problems.WITH_BODY),
    summary="Report a training run",
)
def report_training_run(request: ApiRequest, sent: RunSent) -> Status[dict[str, Any]]:
    """Names the exports that the run used and the model version that it made. Known by feature and name: the same
    report again changes nothing, another one is a conflict. Reported again as failed, the run is retracted."""
    feature = auth.feature(request, sent.feature)
    report = closure.RunReport(**sent.dict(exclude={"feature"}))
    with problems.in_body():
        run, created = closure.report_run(feature=feature, report=report, actor=auth.actor(request), now=timezone.now())
    return Status(201 if created else 200, {"created": created, "detail": _said(run, created), "training_run": run})


@router.get(
    "/deployments",
    auth=auth.scope("loop"),
    response=problems.responses({200: paging.Page[DeploymentShown]}, 404, 422),
    summary="List deployments",
)
def deployments(request: ApiRequest, query: Query[LoopFilter]) -> dict[str, object]:
    """The newest report first."""
    rows = Deployment.objects.select_related("feature").filter(**_wanted(request, query))
    return paging.page(request, auth.visible(request, rows), query, newest_first=True)


@router.post(
    "/deployments",
    auth=auth.scope("loop"),
    response=problems.responses({200: DeploymentMade, 201: DeploymentMade}, 404, 409, *problems.WITH_BODY),
    summary="Report a deployment",
)
def report_deployment(request: ApiRequest, sent: DeploymentSent) -> Status[dict[str, Any]]:
    """Says since when a model version answers, and for what share. It may come before the report of its training run.
    Known by feature, model version and time: the same again changes nothing, another share is a conflict."""
    feature = auth.feature(request, sent.feature)
    report = closure.DeploymentReport(**sent.dict(exclude={"feature"}))
    with problems.in_body():
        deployment, created = closure.report_deployment(
            feature=feature, report=report, actor=auth.actor(request), now=timezone.now()
        )
    detail = "The deployment was recorded." if created else "The deployment is known; nothing was changed."
    return Status(201 if created else 200, {"created": created, "detail": detail, "deployment": deployment})


def _wanted(request: ApiRequest, query: LoopFilter) -> dict[str, object]:
    feature = auth.feature(request, query.feature) if query.feature is not None else None
    wanted = {"feature": feature, "model_version": query.model_version}
    return {name: value for name, value in wanted.items() if value is not None}


def _said(run: TrainingRun, created: bool) -> str:
    if created:
        return "The training run was recorded."
    return "The training run is retracted: it failed." if run.retracted_at else "The run is known; nothing was changed."
