"""A simulated help desk whose bad answers get company: a model is trained on them, and people compare what it says.

Nobody is behind it. What the new model does about each bad answer is drawn from FATES, so that everybody can compare
the rate that Flywheel tells with what is true. A few pairs are left for whoever tries the demo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle, product
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from annotation import access, audit, closure, mending
from annotation.exports import job, request
from annotation.exports.wanted import ExportRequest
from annotation.labels import raters, submit
from annotation.mending import Said
from annotation.models import Export, Feature, Item, MendedPair, Rater, User
from annotation.queues import setup
from annotation.sample import simulated

SLUG = "simulated-help"
NAME = "Simulated help desk"
MODEL, NEXT_MODEL = "simulated-help-1", "simulated-help-2"
SEED = 33
LEFT_OPEN = 6
TURNS = 1000
PEOPLE = ("simulated-judge-1", "simulated-judge-2")
LABELED_BY = "simulated-annotator-1"

# Days before the demo's first start.
ASKED, LABELED, EXPORTED, TRAINED, DEPLOYED, ASKED_AGAIN, COMPARED = 24, 23, 20, 19, 18, 17, 2

FATES = {"mended": 0.62, "same": 0.26, "worse": 0.12}

THINGS = ("yearly plan", "parcel", "invoice", "gift card", "password", "shared album", "return label", "newsletter")
DEEDS = ("cancel", "find", "rename", "transfer", "print", "pause", "duplicate", "archive", "restore")
WORDINGS = (
    "Simulated question: how do I {deed} my {thing}?",
    "Simulated question: can you tell me how to {deed} the {thing}?",
)
SAID = {
    "bad": "The {thing} can't be changed any more once it is there. Please contact our support.",
    "same": "Sorry, there is no way to {deed} that {thing}. Our support may know more.",
    "worse": "Why would anybody {deed} that {thing}? Please read the manual.",
    "mended": "Open **Settings → {title}**, choose your {thing} and press *{command}*. You can undo it for 14 days.",
}


def make(*, watched_by: Sequence[User], compared_by: Sequence[User], now: datetime) -> Feature:
    """The feature: engineers see what came of it, annotators compare what is left."""
    # Nothing settles, so that there is nothing to label.
    spec = setup.FeatureSpec(slug=SLUG, name=NAME, settle_hours=24 * 365, is_sample=True)
    feature, _ = setup.create_feature(spec=spec, actor=audit.FLYWHEEL, now=now)
    for role, people in ((access.ENGINEER, watched_by), (access.ANNOTATOR, compared_by)):
        for user in people:
            access.give(user=user, roles=[role], features=[feature], actor=audit.FLYWHEEL, now=now)
    return feature


def steps(*, feature: Feature, start: datetime) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
    """What happened before the demo's first start, each at its time."""

    def ago(days: int) -> datetime:
        return start - timedelta(days=days)

    yield ago(ASKED), _asked
    yield ago(LABELED), lambda now: _label(feature, now)
    yield ago(EXPORTED), lambda now: _export(feature, now)
    yield ago(TRAINED), lambda now: _train(feature, now)
    yield ago(DEPLOYED), lambda now: _deploy(feature, now)
    yield ago(ASKED_AGAIN), _asked_again
    yield ago(COMPARED), lambda now: _compare(feature, now)


def fate(number: int) -> str:
    """What the new model does about the bad answer with this number."""
    return Random(f"{SEED} {number}").choices(list(FATES), list(FATES.values()))[0]  # noqa: S311 - a simulation


def _asked(now: datetime) -> None:
    records = _records(model=MODEL, wording=WORDINGS[0], name="help", says=lambda _number: SAID["bad"], now=now)
    simulated.send(records, now)


def _asked_again(now: datetime) -> None:
    says = {number: SAID[fate(number)] for number in range(len(THINGS) * len(DEEDS))}
    records = _records(model=NEXT_MODEL, wording=WORDINGS[1], name="again", says=says.__getitem__, now=now)
    simulated.send(records, now)


def _records(
    *, model: str, wording: str, name: str, says: Callable[[int], str], now: datetime
) -> Iterator[dict[str, Any]]:
    for number, (thing, deed) in enumerate(product(THINGS, DEEDS)):
        told = {"thing": thing, "deed": deed, "title": f"{thing.capitalize()}s", "command": deed.capitalize()}
        at = now - timedelta(minutes=number + 1)
        record: dict[str, Any] = {
            "feature": SLUG,
            "id": f"{name}-{number + 1:03}",
            "occurred_at": at.isoformat(),
            "model_version": model,
            "input": wording.format(**told),
            "output": says(number).format(**told),
        }
        if model == MODEL:
            seen = at + timedelta(seconds=20)
            record["signals"] = [{"id": "s-1", "kind": "thumbs_down", "observed_at": seen.isoformat()}]
        yield record


def _label(feature: Feature, now: datetime) -> None:
    rater = raters.named(kind=Rater.Kind.HUMAN, name=LABELED_BY)
    for item in Item.objects.filter(feature=feature, status=Item.Status.OPEN).order_by("key", "pk"):
        reason = ("wrong_fact", "incomplete")[item.interaction_id % 2]
        answer = submit.Answer(reason_code=reason, submission_id=_id(item.public_id))
        submit.label(rater=rater, item=item, answer=answer, now=now)


def _export(feature: Feature, now: datetime) -> None:
    wanted = ExportRequest(feature=SLUG, format="kto", splits={"train": 0.9, "validation": 0.1}, seed=SEED)
    if not Export.objects.filter(feature=feature).exists():
        request.create(feature=feature, request=wanted, actor=audit.FLYWHEEL, idempotency_key=None, now=now)
    for pending in Export.objects.filter(feature=feature):
        job.run(export_id=pending.pk, by="sample", clock=lambda: now)


def _train(feature: Feature, now: datetime) -> None:
    exports = list(Export.objects.filter(feature=feature).values_list("public_id", flat=True))
    report = closure.RunReport(
        name="simulated-help-kto", status="succeeded", exports=exports, model_version=NEXT_MODEL, finished_at=now
    )
    closure.report_run(feature=feature, report=report, actor=audit.FLYWHEEL, now=now)


def _deploy(feature: Feature, now: datetime) -> None:
    report = closure.DeploymentReport(model_version=NEXT_MODEL, deployed_at=now)
    closure.report_deployment(feature=feature, report=report, actor=audit.FLYWHEEL, now=now)


def _compare(feature: Feature, now: datetime) -> None:
    """Say what is true of each pair, in the order in which they are served, but for the last few."""
    while mending.look(now=now):
        pass
    people = [raters.named(kind=Rater.Kind.HUMAN, name=name) for name in PEOPLE]
    for _turn, rater in zip(range(TURNS), cycle(people), strict=False):
        if mending.open_pairs(features=[feature]) <= LEFT_OPEN:
            return
        pair = mending.take(rater=rater, features=[feature], now=now)
        if pair is not None:
            _judge(pair, rater, now)


def _judge(pair: MendedPair, rater: Rater, now: datetime) -> None:
    meant = fate(int(pair.later.external_id.removeprefix("again-")) - 1)
    said = next(one for one in Said if mending.meant(one, later_first=pair.later_first) == meant)
    mending.judge(pair=pair, rater=rater, said=said, submission_id=_id(f"{pair.public_id} {rater.name}"), now=now)


def _id(name: str) -> Any:
    return uuid5(NAMESPACE_URL, f"flywheel-simulated/{name}")
