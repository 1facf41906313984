"""A simulated help desk whose bad answers get company: a model is trained on them, and people compare what it says.

Nobody is behind it. What the new model does about each bad answer is dealt from a deck of FATES, so that everybody can
compare the rate that Flywheel tells with what is true. A few pairs are left for whoever tries the demo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import cycle, product
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from annotation import access, audit, mending
from annotation.exports.wanted import ExportRequest
from annotation.labels import raters
from annotation.models import Export, Feature, Item, MendedPair, Rater, User
from annotation.sample import wheel

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

FATES = Counter(mended=45, same=19, worse=8)
"""Of the 72 bad answers. Dealt and not drawn one by one, or luck would take what is true far from these figures."""

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
    feature = wheel.feature(slug=SLUG, name=NAME, settle_hours=24 * 365, watched_by=watched_by, now=now)
    for user in compared_by:
        access.give(user=user, roles=[access.ANNOTATOR], features=[feature], actor=audit.FLYWHEEL, now=now)
    return feature


def steps(*, feature: Feature, start: datetime) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
    """What happened before the demo's first start, each at its time."""

    def ago(days: int) -> datetime:
        return start - timedelta(days=days)

    by: dict[str, Any] = {"feature": feature, "actor": audit.FLYWHEEL}
    yield ago(ASKED), _asked
    yield ago(LABELED), lambda now: wheel.label(feature=feature, said=_said, now=now)
    yield ago(EXPORTED), lambda now: _exported(now, by)
    yield ago(TRAINED), lambda now: _trained(now, by)
    yield ago(DEPLOYED), lambda now: wheel.deploy(version=NEXT_MODEL, now=now, **by)
    yield ago(ASKED_AGAIN), _asked_again
    yield ago(COMPARED), lambda now: _compare(feature, now)


@cache
def fates() -> Sequence[str]:
    """What the new model does about each bad answer, by its number from 0."""
    return Random(SEED).sample(list(FATES), counts=FATES.values(), k=FATES.total())  # noqa: S311 - a simulation


def _asked(now: datetime) -> None:
    sent = _records(model=MODEL, wording=WORDINGS[0], name="help", says=lambda _number: SAID["bad"], now=now)
    wheel.arrive(sent, now=now)


def _asked_again(now: datetime) -> None:
    sent = _records(model=NEXT_MODEL, wording=WORDINGS[1], name="again", says=lambda n: SAID[fates()[n]], now=now)
    wheel.arrive(sent, now=now)


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


def _said(item: Item) -> wheel.Said:
    return wheel.Said(LABELED_BY, ("wrong_fact", "incomplete")[item.interaction_id % 2])


def _exported(now: datetime, by: Mapping[str, Any]) -> None:
    wanted = ExportRequest(feature=SLUG, format="kto", splits={"train": 0.9, "validation": 0.1}, seed=SEED)
    wheel.export(wanted=wanted, key="sample", now=now, **by)


def _trained(now: datetime, by: Mapping[str, Any]) -> None:
    exports = list(Export.objects.filter(feature=by["feature"]))
    wheel.train(name="simulated-help-kto", exports=exports, makes=NEXT_MODEL, now=now, **by)


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
    number = int(pair.later.external_id.removeprefix("again-")) - 1
    said = mending.told(fates()[number], later_first=pair.later_first)
    submission_id = uuid5(NAMESPACE_URL, f"flywheel-simulated/{pair.public_id} {rater.name}")
    mending.judge(pair=pair, rater=rater, said=said, submission_id=submission_id, now=now)
