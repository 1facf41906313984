"""Training runs and deployments: told twice known once, told otherwise refused in words, retracted openly."""

from __future__ import annotations

from typing import Any

import pytest

from annotation import audit, closure
from annotation.closure import reports
from annotation.models import AuditEvent, Deployment, Export, Feature, TrainingRun
from tests import stock, worlds
from tests.worlds import day


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


@pytest.fixture
def export(drafts: Feature) -> Export:
    return worlds.export([worlds.labeled(drafts)], of=drafts, on=2)


def _report(export: Export, **changes: Any) -> tuple[TrainingRun, bool]:
    values: dict[str, Any] = {
        "name": "run-1",
        "status": "succeeded",
        "model_version": "drafts-2",
        "finished_at": day(3),
    } | changes
    values.setdefault("exports", [export.public_id])
    report = closure.RunReport(**values)
    return closure.report_run(feature=export.feature, report=report, actor=audit.FLYWHEEL, now=day(4))


def test_a_run_told_twice_is_known_once(export: Export) -> None:
    first, created = _report(export, validation={"name": "holdout", "metric": "win_rate", "value": 0.6})
    again, created_again = _report(export, validation={"name": "holdout", "metric": "win_rate", "value": 0.6})
    assert (created, created_again, again) == (True, False, first)
    assert list(first.exports.all()) == [export]
    assert AuditEvent.objects.filter(verb="training_run.reported").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model_version": "drafts-9"}, "model_version"),
        ({"base_model": "other"}, "base_model"),
        ({"finished_at": day(3.5)}, "finished_at"),
        ({"validation": {"value": 1}}, "validation"),
        ({"exports": []}, "exports"),
    ],
)
def test_a_known_run_with_other_content_is_a_conflict_that_names_the_field(
    export: Export, changes: dict[str, Any], field: str
) -> None:
    _report(export)
    with pytest.raises(reports.RunConflict, match=f"another {field},") as refused:
        _report(export, **changes)
    assert (refused.value.code, refused.value.status) == ("conflict", 409)
    assert TrainingRun.objects.get().model_version == "drafts-2"


def test_a_run_that_failed_after_all_is_retracted_once_and_on_record(export: Export) -> None:
    _report(export)
    failed, created = _report(export, status="failed", finished_at=day(5))
    assert (created, failed.status, failed.retracted_at) == (False, "failed", day(4))
    assert failed.finished_at == day(3)
    again, _ = _report(export, status="failed", finished_at=day(5))
    assert again.retracted_at == day(4)
    assert AuditEvent.objects.filter(verb="training_run.retracted").count() == 1


def test_a_retraction_that_speaks_of_another_model_is_a_conflict(export: Export) -> None:
    _report(export)
    with pytest.raises(reports.RunConflict):
        _report(export, status="failed", model_version="drafts-9")
    assert TrainingRun.objects.get().status == "succeeded"


def test_a_failed_run_never_turns_into_a_success(export: Export) -> None:
    _report(export, status="failed")
    with pytest.raises(reports.RunConflict, match="another status"):
        _report(export)
    assert TrainingRun.objects.get().retracted_at is None


def test_a_failed_run_told_with_other_times_is_a_conflict(export: Export) -> None:
    _report(export, status="failed")
    with pytest.raises(reports.RunConflict):
        _report(export, status="failed", finished_at=day(5))


def test_an_unknown_export_is_named(export: Export) -> None:
    with pytest.raises(reports.UnknownExport, match="exp_nowhere"):
        _report(export, exports=[export.public_id, "exp_nowhere"])
    assert not TrainingRun.objects.exists()


def test_an_export_of_another_feature_is_refused_in_words(drafts: Feature, export: Export) -> None:
    chat = stock.feature("chat")
    foreign = worlds.export([], of=chat, on=2)
    with pytest.raises(reports.ForeignExport, match=f"{foreign.public_id} .* another feature than {drafts.slug}"):
        _report(export, exports=[export.public_id, foreign.public_id])


def test_an_unfinished_export_is_refused_in_words(drafts: Feature, export: Export) -> None:
    running = worlds.export([], of=drafts, on=2, status="running")
    with pytest.raises(reports.UnfinishedExport, match=running.public_id):
        _report(export, exports=[running.public_id])


def test_a_run_can_t_end_before_it_started(export: Export) -> None:
    with pytest.raises(reports.EndsBeforeStart):
        _report(export, started_at=day(3.5))


def test_a_model_version_that_means_none_is_refused(drafts: Feature, export: Export) -> None:
    with pytest.raises(reports.UnnamedVersion):
        _report(export, model_version="unknown")
    with pytest.raises(reports.UnnamedVersion):
        worlds.deploy(drafts, on=4, version="unknown")


@pytest.mark.django_db(transaction=True)
def test_many_reporters_at_once_make_one_run(export: Export) -> None:
    told = stock.together(8, lambda _: _report(export)[1], [None] * 16)
    assert sum(told) == 1
    assert TrainingRun.objects.get().exports.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_retractions_at_once_are_one(export: Export) -> None:
    _report(export)
    stock.together(8, lambda _: _report(export, status="failed"), [None] * 16)
    assert AuditEvent.objects.filter(verb="training_run.retracted").count() == 1


def test_a_deployment_told_twice_is_known_once_and_may_come_before_its_run(drafts: Feature) -> None:
    first = worlds.deploy(drafts, on=4)
    assert worlds.deploy(drafts, on=4) == first
    assert AuditEvent.objects.filter(verb="deployment.reported").count() == 1


def test_a_later_deployment_of_the_same_model_is_another_one(drafts: Feature) -> None:
    worlds.deploy(drafts, on=4, share=0.1)
    worlds.deploy(drafts, on=6)
    assert Deployment.objects.count() == 2


def test_a_known_deployment_with_another_share_is_a_conflict(drafts: Feature) -> None:
    worlds.deploy(drafts, on=4, share=0.1)
    with pytest.raises(reports.DeploymentConflict, match=r"share 0\.1"):
        worlds.deploy(drafts, on=4)
    assert Deployment.objects.get().share == 0.1
