"""A second simulated feature: four rounds of a wheel that gets better while its work gets harder. Nobody is behind it.

Each round answers sums, small and large; users see two answers in an order that chance decides, and take what is first
more often. People label all of it, what was good is exported, and a run makes the next version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from annotation import access, audit, closure
from annotation.exports import job, request
from annotation.exports.wanted import ExportRequest
from annotation.labels import imported
from annotation.models import Export, Feature, Item, Rater, User
from annotation.queues import setup
from annotation.sample import simulated

SLUG: Final = "simulated-rounds"
NAME: Final = "Simulated rounds"
KEY: Final = "size"
PERSON: Final = "simulated-annotator-1"
SETS: Final = 100
USERS: Final = 30
LOOKED_AT: Final = 0.6
"""How often a user looks at the second answer at all."""


@dataclass(frozen=True)
class Round:
    """A model version. Of each size: how many of its 200 answers, and how many of those are right."""

    version: str
    small: tuple[int, int]
    large: tuple[int, int]


ROUNDS: Final = (
    Round("rounds-1", small=(160, 96), large=(40, 16)),
    Round("rounds-2", small=(130, 101), large=(70, 41)),
    Round("rounds-3", small=(100, 90), large=(100, 75)),
    Round("rounds-4", small=(70, 69), large=(130, 117)),
)

EXPORT: Final = {"feature": SLUG, "format": "sft", "container": "jsonl", "splits": {"train": 1}, "purpose": "training"}


@dataclass(frozen=True)
class Answer:
    """One of a set of two. `before`: its rank before chance swapped the set, or left it."""

    name: str
    set_id: str
    rank: int
    before: int
    size: str
    is_right: bool
    is_tried: bool
    is_taken: bool


def make(*, watched_by: Sequence[User], now: datetime) -> Feature:
    """The feature. Engineers see it; nobody is asked to label it."""
    feature, _ = setup.create_feature(
        spec=setup.FeatureSpec(slug=SLUG, name=NAME, settle_hours=simulated.SETTLE_HOURS, is_sample=True),
        actor=audit.FLYWHEEL,
        now=now,
    )
    setup.change_feature(feature=feature, wanted={"audited_key": KEY}, actor=audit.FLYWHEEL, now=now)
    for user in watched_by:
        access.give(user=user, roles=[access.ENGINEER], features=[feature], actor=audit.FLYWHEEL, now=now)
    return feature


def answers(of: Round) -> Iterator[Answer]:
    """The same each time."""
    chance = Random(of.version)  # noqa: S311 - a simulation, and the same each time
    kinds = [
        (size, place < right)
        for size, (count, right) in (("small", of.small), ("large", of.large))
        for place in range(count)
    ]
    chance.shuffle(kinds)
    for number in range(SETS):
        is_swapped, is_tried = chance.random() < 0.5, chance.random() < 0.4
        for rank in (1, 2):
            size, is_right = kinds[2 * number + rank - 1]
            yield Answer(
                name=f"{of.version}-{number:03}-{rank}",
                set_id=f"{of.version}-{number:03}",
                rank=rank,
                before=3 - rank if is_swapped else rank,
                size=size,
                is_right=is_right,
                is_tried=is_tried,
                is_taken=chance.random() < (0.7 if is_right else 0.4) * (1 if rank == 1 else LOOKED_AT),
            )


def arrive(*, round: Round, now: datetime) -> None:
    """Send a round's answers, each set within a minute."""
    sent = [_record(answer, round, place, now) for place, answer in enumerate(answers(round))]
    simulated.send(sent, now)


def label(*, feature: Feature, round: Round, now: datetime) -> None:
    """All of it."""
    right = {answer.name: answer.is_right for answer in answers(round)}
    said = [_said(feature, item, right[item.interaction.external_id], now) for item in simulated.open_items(feature)]
    simulated.say(said, now)


def train(*, feature: Feature, next_version: str, now: datetime) -> None:
    """Export what was good, train on it, deploy what came of it."""
    key = f"sample-{next_version}"
    export, _ = request.create(
        feature=feature,
        request=ExportRequest.model_validate(EXPORT),
        actor=audit.FLYWHEEL,
        idempotency_key=key,
        now=now,
    )
    job.run(export_id=export.pk, by="sample", clock=lambda: now)
    run = closure.RunReport(
        name=key,
        status="succeeded",
        exports=[Export.objects.get(pk=export.pk).public_id],
        model_version=next_version,
        finished_at=now,
    )
    closure.report_run(feature=feature, report=run, actor=audit.FLYWHEEL, now=now)
    deployment = closure.DeploymentReport(model_version=next_version, deployed_at=now)
    closure.report_deployment(feature=feature, report=deployment, actor=audit.FLYWHEEL, now=now)


def _record(answer: Answer, round: Round, place: int, now: datetime) -> dict[str, Any]:
    one, other = (place % 40 + 10, place % 7 + 2) if answer.size == "small" else (place * 97 + 1000, place * 31 + 500)
    occurred_at = now - timedelta(seconds=10 * place + 10)
    sent: dict[str, Any] = {
        "feature": SLUG,
        "id": answer.name,
        "occurred_at": occurred_at.isoformat(),
        "user_key": f"simulated-user-{place * place % USERS}",
        "model_version": round.version,
        "input": f"Simulated question: how much is {one} + {other}?",
        "output": f"{one} + {other} = {one + other + (0 if answer.is_right else 1)}",
        "exposure": {"set_id": answer.set_id, "rank": answer.rank, "of": 2},
        "metadata": {
            KEY: answer.size,
            "flywheel.rank_before": answer.before,
            "flywheel.arm": "explore" if answer.is_tried else "greedy",
        },
    }
    if answer.is_taken:
        seen_at = occurred_at + timedelta(seconds=5)
        sent["signals"] = [{"id": "s-1", "kind": "accepted", "observed_at": seen_at.isoformat()}]
    return sent


def _said(feature: Feature, item: Item, is_right: bool, now: datetime) -> imported.Sent:
    codes = {"accepted": ("verified", "undone_later"), "no_signal": ("good", "bad")}[item.signal_kind]
    return imported.Sent(
        feature=feature,
        interaction_id=item.interaction.external_id,
        signal_kind=item.signal_kind,
        source=Rater.Kind.HUMAN,
        source_name=PERSON,
        reason=codes[not is_right],
        labeled_at=now,
        duration_ms=8_000,
    )
