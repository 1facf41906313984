"""What happens to every simulated feature: answers arrive, people label them, a model is trained on them and deployed.

All goes through the same doors as everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from annotation import access, audit, closure
from annotation.exports import job, request
from annotation.exports.wanted import ExportRequest
from annotation.ingest import store
from annotation.labels import imported
from annotation.models import Export, Feature, Item, Label, Rater, User
from annotation.queues import setup


class NotTaken(Exception):
    """A door refused what the sample sent: a defect."""


class Said(NamedTuple):
    """What `person`, who has no account, says of an item."""

    person: str
    reason: str
    duration_ms: int | None = None


def feature(*, slug: str, name: str, settle_hours: int, watched_by: Sequence[User], now: datetime) -> Feature:
    """A feature of the sample that engineers see; nobody is asked to label it."""
    made, _ = setup.create_feature(
        spec=setup.FeatureSpec(slug=slug, name=name, settle_hours=settle_hours, is_sample=True),
        actor=audit.FLYWHEEL,
        now=now,
    )
    for user in watched_by:
        access.give(user=user, roles=[access.ENGINEER], features=[made], actor=audit.FLYWHEEL, now=now)
    return made


def arrive(records: Iterable[Mapping[str, Any]], *, now: datetime) -> None:
    outcome = store.interactions(records=list(enumerate(records)), now=now)
    if outcome.refused:
        raise NotTaken(outcome.refused[0])


def label(*, feature: Feature, said: Callable[[Item], Said], now: datetime, most: int | None = None) -> None:
    """Answer what is open, in the order of the queue: all of it, or so many."""
    items = Item.objects.filter(feature=feature, status=Item.Status.OPEN, key__isnull=False).order_by("key", "pk")
    labels = [_sent(feature, item, said(item), now) for item in items.select_related("interaction", "signal")[:most]]
    for answer in imported.store(labels=labels, now=now):
        if not isinstance(answer, Label):
            raise NotTaken(answer)


def export(*, feature: Feature, wanted: ExportRequest, key: str, actor: audit.Actor, now: datetime) -> Export:
    """The dataset with this key: asked for once, and made at once, as a worker would."""
    asked, _ = request.create(feature=feature, request=wanted, actor=actor, idempotency_key=key, now=now)
    job.run(export_id=asked.pk, by="sample", clock=lambda: now)
    return asked


def train(
    *,
    feature: Feature,
    name: str,
    exports: Sequence[Export],
    makes: str,
    actor: audit.Actor,
    now: datetime,
    **more: Any,
) -> None:
    """Report a run that succeeded now. `more`: what else `closure.RunReport` holds."""
    names = [one.public_id for one in exports]
    report = closure.RunReport(
        name=name, status="succeeded", exports=names, model_version=makes, finished_at=now, **more
    )
    closure.report_run(feature=feature, report=report, actor=actor, now=now)


def deploy(*, feature: Feature, version: str, actor: audit.Actor, now: datetime, share: float = 1) -> None:
    report = closure.DeploymentReport(model_version=version, deployed_at=now, share=share)
    closure.report_deployment(feature=feature, report=report, actor=actor, now=now)


def _sent(feature: Feature, item: Item, said: Said, now: datetime) -> imported.Sent:
    return imported.Sent(
        feature=feature,
        interaction_id=item.interaction.external_id,
        signal_kind=item.signal_kind,
        source=Rater.Kind.HUMAN,
        source_name=said.person,
        reason=said.reason,
        labeled_at=now,
        duration_ms=said.duration_ms,
    )
