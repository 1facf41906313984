"""Small worlds in which the wheel turns: each step is one call, at a day counted from the start.

Labels, runs and deployments go through the rooms; exports and later answers are rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any
from uuid import uuid4

from annotation import audit, closure
from annotation.labels import submit
from annotation.models import (
    ConsensusRevision,
    Deployment,
    Export,
    ExportRow,
    Feature,
    Interaction,
    Item,
    Label,
    TrainingRun,
)
from annotation.queues import lease
from tests import stock
from tests.cast import NOW


def day(number: float) -> datetime:
    return NOW + timedelta(days=number)


def item(of: Feature, *, on: float = 0, kind: str = "accepted") -> Item:
    """An interaction of that day, ingested and queued at once."""
    return stock.items(of, 1, kind=kind, now=day(on))[0]


def label(item: Item, *, on: float, reason: str = "verified", by: int = 1) -> Label:
    rater = stock.rater(by)
    lease.take_chosen(rater=rater, item=item, now=day(on))
    return submit.label(
        rater=rater, item=item, answer=submit.Answer(reason_code=reason, submission_id=uuid4()), now=day(on)
    )


def labeled(of: Feature, *, on: float = 0, reason: str = "verified") -> Item:
    """An item that occurred on that day and was labeled the day after."""
    made = item(of, on=on)
    label(made, on=on + 1, reason=reason)
    return made


def export(
    items: Iterable[Item],
    *,
    of: Feature,
    on: float,
    split: str = "train",
    status: str = Export.Status.DONE,
    format: str = "sft",
    rejected: Iterable[Item] = (),
) -> Export:
    """An export of these items' current consensus, one row an item (a pair where one was rejected), in one split."""
    is_done = status == Export.Status.DONE
    made = Export.objects.create(
        public_id=f"exp_{uuid4().hex[:16]}",
        feature=of,
        request={"format": format},
        status=Export.Status.RUNNING,
        created_at=day(on),
        exported_at=day(on) if is_done else None,
        finished_at=day(on) if is_done else None,
        manifest={} if is_done else None,
    )
    for ordinal, (one, other) in enumerate(zip_longest(items, rejected)):
        _row(made, one, ordinal=ordinal, split=split, counterpart=other)
    made.status = status
    made.save(update_fields=["status"])
    return made


def _row(export: Export, item: Item, *, ordinal: int, split: str, counterpart: Item | None) -> None:
    ExportRow.objects.create(
        export=export,
        ordinal=ordinal,
        row_kind=ExportRow.Kind.PAIR if counterpart else ExportRow.Kind.ROW,
        split=split,
        group=f"group-{ordinal}",
        item=item,
        revision=_current(item),
        counterpart_item=counterpart,
        counterpart_revision=_current(counterpart) if counterpart else None,
    )


def run(*exports: Export, on: float, makes: str = "drafts-2", name: str = "run-1", **changes: Any) -> TrainingRun:
    """A run of the first export's feature, reported when it finished."""
    values: dict[str, Any] = {
        "name": name,
        "status": "succeeded",
        "model_version": makes,
        "finished_at": day(on),
    } | changes
    report = closure.RunReport(exports=[one.public_id for one in exports], **values)
    made, _ = closure.report_run(feature=exports[0].feature, report=report, actor=audit.FLYWHEEL, now=day(on))
    return made


def deploy(of: Feature, *, on: float, version: str = "drafts-2", share: float = 1) -> Deployment:
    report = closure.DeploymentReport(model_version=version, deployed_at=day(on), share=share)
    made, _ = closure.report_deployment(feature=of, report=report, actor=audit.FLYWHEEL, now=day(on))
    return made


def answer(of: Feature, *, on: float, version: str = "drafts-2") -> Interaction:
    """An interaction that this model version answered; it has no signal."""
    number = Interaction.objects.filter(feature=of).count()
    return Interaction.objects.create(
        feature=of,
        external_id=f"gen_{number:06}",
        fingerprint=number.to_bytes(16),
        occurred_at=day(on),
        ingested_at=day(on),
        model_version=version,
        random_number=0.5,
    )


def turn(of: Feature) -> Item:
    """One whole turn: occurred on day 0, labeled 1, exported 2, trained 3, deployed 4, first changed 5."""
    turned = labeled(of)
    run(export([turned], of=of, on=2), on=3)
    deploy(of, on=4)
    answer(of, on=5)
    return turned


def _current(item: Item) -> ConsensusRevision:
    return ConsensusRevision.objects.get(item=item, superseded_at=None)


def funnel(of: Feature, *, now: datetime) -> closure.Funnel:
    """As the worker would have it within a minute."""
    closure.refresh(now=now)
    return closure.funnel(feature=of, now=now)
