"""The simulated product inside Flywheel: its features, its rules, and what happens on each of its days."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db import connection

from annotation import access, audit, taxonomy, validity
from annotation.consensus import resolve
from annotation.ingest import settle, store
from annotation.labels import raters
from annotation.labels.rules import sweep, switch, trial, writing
from annotation.lib import conditions
from annotation.models import Cell, Feature, Item, Look, Queue, Rater, Term, User
from annotation.queues import cohorts, setup
from tests import cast
from tests.validity.simulated import truth
from tests.validity.simulated.truth import Answers, Plan, Signal, Truths, Whole

KIND: Final = "accepted"
SAID: Final = {KIND: ("pleasing_but_wrong", "verified"), "no_signal": ("bad", "good")}
"""By kind the reason of an answer that is called bad, and of one that is called good."""

START: Final = cast.NOW.replace(hour=8, minute=0, second=0, microsecond=0)
A_DAY: Final = timedelta(days=1)
LIMIT_HOURS: Final = 24
AFTER: Final = 3
"""Days after the last one until all is closed."""

# What the desk's answer writes, for many items at once.
SAY: Final = """
WITH said AS (
    SELECT * FROM unnest(%(items)s::bigint[], %(raters)s::bigint[], %(reasons)s::bigint[]) s (item, rater, reason)
), labeled AS (
    INSERT INTO annotation_label (
        item_id, rater_id, role, taxonomy_version_id, reason_id, labeled_at, received_at, shown_at, duration_ms,
        suggestion_seen, submission_id)
    SELECT item, rater, 'annotator', %(version)s, reason, %(now)s, %(now)s, %(now)s, 4000, false, gen_random_uuid()
    FROM said
)
UPDATE annotation_item i SET taken = ARRAY[said.rater], first_shown_at = %(now)s FROM said WHERE i.id = said.item
"""


def day(number: float) -> datetime:
    return START + number * A_DAY


@dataclass
class World:
    """`people` label; `said` is by feature what each answer would be called, and by whom, if somebody labeled it."""

    plan: Plan
    features: dict[str, Feature]
    answers: dict[str, Answers]
    people: list[Rater]
    said: dict[str, tuple[Whole, Truths]] = field(default_factory=dict)

    @property
    def signals(self) -> Sequence[Signal]:
        return self.plan.signals

    def draw(self, chance: np.random.Generator) -> None:
        """Decide anew what people would say of each answer."""
        self.said = {slug: truth.labels(found, chance) for slug, found in self.answers.items()}

    def records(self, slug: str, on: int) -> list[dict[str, Any]]:
        """What the product sends on a day."""
        found, signal = self.answers[slug], next(one for one in self.signals if one.feature == slug)
        version = f"{slug}-{self.plan.version(signal, on) + 1}"
        return [
            _record(slug, int(number), version, found, day(on) - timedelta(seconds=1 + place))
            for place, number in enumerate(np.flatnonzero(found.day == on))
        ]

    def target(self, signal: Signal, version: int) -> float:
        """How often people say "good" where the signal was given, if they label everything."""
        found, (_, good) = self.answers[signal.feature], self.said[signal.feature]
        days = np.array([self.plan.version(signal, on) for on in range(self.plan.days)])
        return float(good[found.has_signal & (days[found.day] == version)].mean())


def make(plan: Plan, *, seed: int, users: Sequence[User] = ()) -> World:
    """The features with their rules switched on, and nothing sent yet."""
    chance = np.random.default_rng(seed)
    taxonomy.publish_default(now=day(-1))
    features = {one.feature: _feature(one.feature) for one in plan.signals}
    people = list(users) or [User.objects.create(email=f"simulated{n}@example.com") for n in range(len(truth.SLIPS))]
    for user in people:
        access.give(user=user, roles=[access.ANNOTATOR], features=features.values(), actor=audit.FLYWHEEL, now=day(-1))
    answers = {one.feature: truth.answers(plan, one, chance) for one in plan.signals}
    made = World(plan, features, answers, [raters.for_user(user) for user in people])
    made.draw(chance)
    return made


def arrive(world: World, on: int) -> None:
    """One day's answers come in, settle, and are looked at by the rules."""
    for slug in world.features:
        outcome = store.interactions(records=list(enumerate(world.records(slug, on))), now=day(on))
        assert not outcome.refused
    settled(on)


def settled(on: int) -> None:
    """What the beat does within hours: silence becomes a signal, rules say what they see."""
    while settle.settle(now=day(on) + timedelta(hours=2)):
        pass
    while sweep.new_items(now=day(on) + timedelta(hours=3)):
        pass


def closed(on: int) -> None:
    """What the beat does after midnight: cohorts close, terms are written, verdicts latch."""
    now = day(on).replace(hour=0, minute=30) + A_DAY
    cohorts.close_due(now=now)
    while validity.write_terms(now=now):
        pass


def labeled(world: World, slug: str, on: int, *, most: int) -> None:
    """People say what they would say of the items that the queue serves next."""
    queue = Queue.objects.get(feature=world.features[slug])
    served = Item.objects.filter(queue=queue, status=Item.Status.OPEN, queued_at__lte=day(on) + A_DAY)
    rows = served.order_by("key", "pk").values_list("pk", "signal_kind", "interaction__external_id")[:most]
    who, good = world.said[slug]
    reasons = reason_ids()
    items, said_by, said = [], [], []
    for pk, kind, name in rows:
        number = number_of(name)
        items.append(pk)
        said_by.append(world.people[who[number]].pk)
        said.append(reasons[kind, bool(good[number])])
    if items:
        _say(queue, items, said_by, said, now=day(on) + timedelta(hours=4))


def reason_ids() -> dict[tuple[str, bool], int]:
    version = taxonomy.current()
    known = {kind: {one.code: one.pk for one in taxonomy.reasons(version=version, kind=kind)} for kind in SAID}
    return {(kind, good): known[kind][codes[good]] for kind, codes in SAID.items() for good in (False, True)}


def capacity(world: World, chance: np.random.Generator) -> int:
    """Some days people have more time than on others."""
    return int(world.plan.labels_a_day * chance.uniform(0.5, 1.5))


def number_of(name: str) -> int:
    return int(name.removeprefix("answer-"))


@dataclass(frozen=True)
class Seen:
    """What was found out about one signal of one version. `looks`: of each, whether its rate held what is true.
    `labels`: with and without the signal, when the verdict fell; None while there is none."""

    verdict: str
    looks: list[bool]
    labels: int | None


def seen(world: World, signal: Signal, version: int) -> Seen:
    of = {"feature": world.features[signal.feature], "model_version": f"{signal.feature}-{version + 1}"}
    cell = Cell.objects.filter(signal_kind=KIND, part=None, **of).first()
    if cell is None:
        return Seen("not_enough", [], None)
    target = world.target(signal, version)
    looks = list(Look.objects.filter(cell=cell).order_by("day"))
    held = [one.rate_low <= target <= one.rate_high for one in looks]
    settled_on = next((one.day for one in looks if one.verdict != "not_enough"), None)
    labels = Term.objects.filter(**of, reason__isnull=False, sheet__day__lte=settled_on).count() if settled_on else None
    return Seen(cell.verdict, held, labels)


def _feature(slug: str) -> Feature:
    made, _ = setup.create_feature(
        spec=setup.FeatureSpec(slug=slug, name=f"Simulated: {slug}", settle_hours=1),
        queue=setup.QueueSpec(name=setup.DEFAULT_QUEUE, limit_hours=LIMIT_HOURS, full_overlap_share=0),
        actor=audit.FLYWHEEL,
        now=day(-1),
    )
    for kind, (_bad, good) in SAID.items():
        _rule(made, kind, good)
    return made


def _rule(feature: Feature, kind: str, code: str) -> None:
    """Whoever passes the check is good."""
    reason = next(one for one in taxonomy.reasons(version=taxonomy.current(), kind=kind) if one.code == code)
    condition = {"all": [{"field": "metadata.check", "comparison": "equals", "value": "passed"}]}
    spec = writing.Spec(condition=conditions.parse(condition), reason=reason)
    by: dict[str, Any] = {"actor": audit.FLYWHEEL, "now": day(-1)}
    version = writing.create(feature=feature, name=kind.replace("_", "-"), spec=spec, **by)
    trial.run(version=version, **by)
    switch.on(version=version, **by)


def _record(slug: str, number: int, version: str, of: Answers, at: datetime) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "feature": slug,
        "id": f"answer-{number}",
        "occurred_at": at.isoformat(),
        "model_version": version,
        "input": "Simulated question.",
        "output": f"Simulated answer-{number}.",
        "metadata": {"check": "passed" if of.passes[number] else "failed"},
    }
    if of.has_signal[number]:
        sent["signals"] = [{"id": "s-1", "kind": KIND, "observed_at": (at + timedelta(seconds=1)).isoformat()}]
    return sent


def _say(queue: Queue, items: list[int], said_by: list[int], said: list[int], *, now: datetime) -> None:
    version = taxonomy.current()
    parameters = {"items": items, "raters": said_by, "reasons": said, "version": version.pk, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(SAY, parameters)
    resolve.many(item_ids=items, version=version, now=now, figures=resolve.figures_of([queue.pk]))


def pairs(plan: Plan) -> Iterator[tuple[Signal, int]]:
    """Each signal with each of its versions."""
    for signal in plan.signals:
        for version in range(len(signal.versions)):
            yield signal, version


def ever_wrong(rate: float, runs: int) -> float:
    """What a rate of wrong ones at most `rate` can look like in so many runs: three standard errors more."""
    return rate + 3 * math.sqrt(rate * (1 - rate) / runs)
