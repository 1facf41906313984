"""A simulated product written as the rows that the product keeps of it: as if all of it had come through the doors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from django.db import connection
from django.db.models import AutoField, BigAutoField, Model

from annotation import audit, closure
from annotation.models import (
    Cohort,
    ConsensusRevision,
    Export,
    ExportRow,
    Feature,
    Interaction,
    InteractionContent,
    Item,
    Label,
    Queue,
    Reason,
    Signal,
)
from tests import stock
from tests.simulated.figures import NOW, START
from tests.simulated.product import DAY, DAYS, Product

M = TypeVar("M", bound=Model)

CODES = {"good": "verified", "bad": "undone_later", "not_about_model": "slip"}


def at(minute: int) -> datetime:
    return START + timedelta(minutes=int(minute))


def version(turn: int) -> str:
    return f"drafts-{turn + 2}"


def write(of: Product, feature: Feature) -> None:
    """Everything up to `figures.NOW`."""
    items = _items(of, feature, _cohorts(of, feature))
    decided = _decide(of, items)
    for turn in range(len(of.exported)):
        _turn(of, feature, turn, [decided[place] for place in decided if of.turn[place] == turn])


def _copied(rows: Iterable[M]) -> list[M]:
    """The rows with their new keys, written by COPY: they are too many for parameters of statements."""
    made = list(rows)
    if not made:
        return made
    meta = made[0]._meta
    with connection.cursor() as cursor:
        if isinstance(meta.pk, AutoField | BigAutoField):
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sequence, [meta.db_table, len(made)])
            for one, (pk,) in zip(made, cursor.fetchall(), strict=True):
                one.pk = pk
        names = ", ".join(f'"{field.column}"' for field in meta.concrete_fields)
        with cursor.copy(f"COPY {meta.db_table} ({names}) FROM STDIN") as copy:
            for one in made:
                values = ((field, getattr(one, field.attname)) for field in meta.concrete_fields)
                copy.write_row([field.get_db_prep_save(value, connection) for field, value in values])
    return made


def _cohorts(of: Product, feature: Feature) -> list[Cohort]:
    queue = Queue.objects.get(feature=feature)
    return _copied(
        (
            Cohort(
                queue=queue,
                day=at(number * DAY).date(),
                closed_at=at(closed) if closed <= DAYS * DAY else None,
                threshold=threshold if closed <= DAYS * DAY else None,
            )
            for number, (closed, threshold) in enumerate(zip(of.closed, of.threshold, strict=True))
        ),
    )


def _items(of: Product, feature: Feature, cohorts: list[Cohort]) -> list[Item]:
    """One for each interaction, in their order."""
    interactions = _copied(
        (
            Interaction(
                feature=feature,
                external_id=f"gen_{place:06}",
                fingerprint=place.to_bytes(16),
                occurred_at=at(of.occurred[place]),
                ingested_at=at(of.occurred[place]),
                model_version=version(of.version[place]),
                random_number=of.random[place],
            )
            for place in range(len(of.occurred))
        ),
    )
    _copied(
        (
            InteractionContent(
                interaction=one, input="Write.", output="Yes.", metadata={"difficulty": "hard" if hard else "easy"}
            )
            for one, hard in zip(interactions, of.is_hard, strict=True)
        ),
    )
    signals = _copied(
        (
            Signal(
                interaction=one,
                external_id="s",
                kind="accepted",
                observed_at=one.occurred_at,
                ingested_at=one.occurred_at,
            )
            for one in interactions
        ),
    )
    return _copied(
        (
            Item(
                public_id=f"item_{signal.pk}",
                feature=feature,
                queue_id=cohorts[0].queue_id,
                interaction=signal.interaction,
                signal=signal,
                signal_kind=signal.kind,
                purpose=Item.Purpose.SAMPLE,
                status=_status(of, place),
                weight=of.weight[place],
                key=of.key[place],
                cohort=cohorts[of.day[place]],
                queued_at=signal.observed_at,
                resolved_at=at(of.labeled[place]) if of.labeled[place] <= DAYS * DAY else None,
            )
            for place, signal in enumerate(signals)
        ),
    )


def _status(of: Product, place: int) -> str:
    if of.labeled[place] <= DAYS * DAY:
        return Item.Status.RESOLVED
    is_beyond = of.key[place] > of.threshold[of.day[place]] and of.closed[of.day[place]] <= DAYS * DAY
    return Item.Status.RESERVE if is_beyond else Item.Status.OPEN


def _decide(of: Product, items: list[Item]) -> dict[int, ConsensusRevision]:
    """By place, what one label decided."""
    reasons = {one.code: one for one in Reason.objects.filter(signal_kind="accepted")}
    rater = stock.rater()
    places = [place for place, item in enumerate(items) if item.status == Item.Status.RESOLVED]
    means = {place: reasons[CODES[_said(of, place)]] for place in places}
    labels = _copied(
        (
            Label(
                item=items[place],
                rater=rater,
                reason=means[place],
                taxonomy_version_id=means[place].taxonomy_version_id,
                labeled_at=at(of.labeled[place]),
                received_at=at(of.labeled[place]),
                submission_id=uuid4(),
            )
            for place in places
        ),
    )
    made = _copied(
        (
            ConsensusRevision(
                item=items[place],
                number=1,
                reason=means[place],
                method="single",
                label_source="human",
                label_ids=[label.pk],
                resolved_at=label.labeled_at,
            )
            for place, label in zip(places, labels, strict=True)
        ),
    )
    return dict(zip(places, made, strict=True))


def _said(of: Product, place: int) -> str:
    if not of.is_usable[place]:
        return "not_about_model"
    return "good" if of.is_good[place] else "bad"


def _turn(of: Product, feature: Feature, turn: int, rows: list[ConsensusRevision]) -> None:
    """The export, and the run and deployment as far as they came until now."""
    exported, trained, deployed = (at(times[turn]) for times in (of.exported, of.trained, of.deployed))
    made = Export.objects.create(
        public_id=f"exp_{uuid4().hex[:16]}",
        feature=feature,
        request={"format": "kto"},
        status=Export.Status.RUNNING,
        created_at=exported,
        exported_at=exported,
        finished_at=exported,
        manifest={},
    )
    _copied(
        (
            ExportRow(
                export=made,
                ordinal=ordinal,
                row_kind=ExportRow.Kind.ROW,
                split="train",
                group=f"group-{ordinal}",
                item_id=revision.item_id,
                revision=revision,
            )
            for ordinal, revision in enumerate(rows)
        ),
    )
    Export.objects.filter(pk=made.pk).update(status=Export.Status.DONE)
    told: dict[str, Any] = {"feature": feature, "actor": audit.FLYWHEEL, "now": NOW}
    if trained <= NOW:
        run = closure.RunReport(
            name=f"run-{turn}",
            status="succeeded",
            exports=[made.public_id],
            model_version=version(turn),
            finished_at=trained,
        )
        closure.report_run(report=run, **told)
    if deployed <= NOW:
        closure.report_deployment(
            report=closure.DeploymentReport(model_version=version(turn), deployed_at=deployed), **told
        )
