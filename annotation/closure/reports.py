"""What trainers and deployers report. Told twice, it is known once; told otherwise, the first report stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.models import Deployment, Export, Feature, TrainingRun


class UnknownExport(Refusal):
    """There is no export {ids}. Name exports by the id that POST /api/v1/exports answered with."""

    code = "unknown_export"
    status = 422
    loc = ("exports",)


class ForeignExport(Refusal):
    """{ids} is an export of another feature than {feature}. Report the run under the feature whose exports it used."""

    code = "foreign_export"
    status = 422
    loc = ("exports",)


class UnfinishedExport(Refusal):
    """The export {ids} is not done, so nothing can have been trained on it. Wait until it is, or leave it out."""

    code = "unfinished_export"
    status = 422
    loc = ("exports",)


class UnnamedVersion(Refusal):
    """ "unknown" is how interactions without any model version are stored, and nothing can be traced to it. Report the
    model_version that the interactions carry."""

    code = "unnamed_version"
    status = 422
    loc = ("model_version",)


class EndsBeforeStart(Refusal):
    """finished_at lies before started_at. Report both by one clock, or leave started_at out."""

    code = "ends_before_start"
    status = 422
    loc = ("finished_at",)


class RunConflict(Refusal):
    """The training run {name} is known with another {fields}, and the first report stays. Report a new run by a new
    name; only the status may change, to failed."""

    code = "conflict"
    status = 409


class DeploymentConflict(Refusal):
    """This deployment of {model_version} is known with the share {share:g}, and the first report stays. Report a
    changed share as a new deployment, with the time since when it holds."""

    code = "conflict"
    status = 409


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """A training run as the contract has it. `exports` are public ids; `validation` is kept as reported."""

    name: str
    status: str
    exports: Sequence[str]
    model_version: str
    finished_at: datetime
    base_model: str = ""
    started_at: datetime | None = None
    validation: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class DeploymentReport:
    """Since `deployed_at` this model version answers this share, in (0, 1], of the feature's traffic."""

    model_version: str
    deployed_at: datetime
    share: float = 1


# The model version of interactions that came without any.
UNKNOWN = "unknown"

# What a run that failed after all may say otherwise than its first report did.
CHANGES_WITH_FAILURE = frozenset({"status", "finished_at", "validation"})


@transaction.atomic
def report_run(*, feature: Feature, report: RunReport, actor: audit.Actor, now: datetime) -> tuple[TrainingRun, bool]:
    """The run with this name, and whether it was new. A known one may turn `failed`, which retracts it."""
    _check_version(report.model_version)
    if report.started_at and report.finished_at < report.started_at:
        raise EndsBeforeStart
    exports = _exports(feature, report.exports)
    run, created = TrainingRun.objects.get_or_create(
        feature=feature, name=report.name, defaults=_values(report) | {"reported_at": now}
    )
    if created:
        run.exports.set(exports)
        _record("training_run.reported", run, actor, now)
    else:
        run = TrainingRun.objects.select_for_update().get(pk=run.pk)
        _compare(run, report, exports)
        _retract(run, report, actor, now)
    return run, created


@transaction.atomic
def report_deployment(
    *, feature: Feature, report: DeploymentReport, actor: audit.Actor, now: datetime
) -> tuple[Deployment, bool]:
    """The deployment of this model version at this time, and whether it was new. It may come before its run."""
    _check_version(report.model_version)
    deployment, created = Deployment.objects.get_or_create(
        feature=feature,
        model_version=report.model_version,
        deployed_at=report.deployed_at,
        defaults={"share": report.share, "reported_at": now},
    )
    if created:
        target = ("deployment", deployment.pk)
        audit.record(actor=actor, verb="deployment.reported", target=target, feature=feature, now=now)
    elif deployment.share != report.share:
        raise DeploymentConflict(model_version=report.model_version, share=deployment.share)
    return deployment, created


def _check_version(model_version: str) -> None:
    if model_version == UNKNOWN:
        raise UnnamedVersion


def _exports(feature: Feature, public_ids: Iterable[str]) -> list[Export]:
    wanted = sorted(set(public_ids))
    found = {export.public_id: export for export in Export.objects.filter(public_id__in=wanted)}
    if missing := [one for one in wanted if one not in found]:
        raise UnknownExport(ids=", ".join(missing))
    if foreign := [one for one in wanted if found[one].feature_id != feature.pk]:
        raise ForeignExport(ids=", ".join(foreign), feature=feature.slug)
    if unfinished := [one for one in wanted if found[one].status != Export.Status.DONE]:
        raise UnfinishedExport(ids=", ".join(unfinished))
    return list(found.values())


def _values(report: RunReport) -> dict[str, Any]:
    return {name: value for name, value in asdict(report).items() if name not in {"name", "exports"}}


def _compare(run: TrainingRun, report: RunReport, exports: Sequence[Export]) -> None:
    """Raise `RunConflict` where report and run differ, unless the report says that the run failed after all."""
    known = set(run.exports.values_list("pk", flat=True))
    differing = [name for name, value in _values(report).items() if getattr(run, name) != value]
    differing += ["exports"] if known != {export.pk for export in exports} else []
    was_retracted = run.retracted_at is not None
    turns_failed = report.status == TrainingRun.Status.FAILED and (was_retracted or run.status != report.status)
    refused = [name for name in differing if not (turns_failed and name in CHANGES_WITH_FAILURE)]
    if refused:
        raise RunConflict(name=run.name, fields=", ".join(sorted(refused)))


def _retract(run: TrainingRun, report: RunReport, actor: audit.Actor, now: datetime) -> None:
    if run.status == report.status:
        return
    run.status = TrainingRun.Status.FAILED
    run.retracted_at = now
    run.save(update_fields=["status", "retracted_at"])
    _record("training_run.retracted", run, actor, now)


def _record(verb: str, run: TrainingRun, actor: audit.Actor, now: datetime) -> None:
    data = {"status": run.status, "exports": [export.public_id for export in run.exports.all()]}
    audit.record(actor=actor, verb=verb, target=("training_run", run.pk), feature=run.feature, now=now, data=data)
