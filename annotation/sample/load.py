"""Live the sample's five weeks again, in order, through the same doors as everybody: ingest, lease, label, export.

Nothing is written around them. Each step is idempotent, so a start that was cut off goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from annotation import audit, closure, compounding, loops, rewards, validity
from annotation.exports.wanted import ExportRequest
from annotation.ingest import settle, store
from annotation.labels import raters, submit
from annotation.models import Export, Feature, Installation, Item, Label, User
from annotation.queues import cohorts, lease, setup
from annotation.sample import judged, mended, people, rounds, rules, simulated, wheel

FOLDER = Path(__file__).parent
NAMES = {"email-drafts": "Email drafts", "support-chat": "Support chat", "code-completion": "Code completion"}
OVERLAP = {"support-chat": 2}
HISTORY = timedelta(days=36)
SWEEP_EVERY = timedelta(days=1)
RULES_AGO = timedelta(days=12)
A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)
# What a sender and the network take.
DELAY = timedelta(seconds=2)

Record = dict[str, Any]


@dataclass(frozen=True)
class Step:
    at: datetime
    act: Callable[[datetime], None]


def is_loaded() -> bool:
    return Installation.objects.filter(sample_loaded_at__isnull=False).exists()


def load(*, accounts: Mapping[str, Any], start: datetime) -> None:
    """Make the sample's features and people, and live through what happened before `start`."""
    features = {slug: _feature(slug, name, start - HISTORY) for slug, name in NAMES.items()}
    team = people.make(accounts=accounts, features=list(features.values()), now=start - HISTORY)
    simulation = simulated.make(watched_by=[team["engineer"]], now=start - HISTORY)
    steps = [*_arrivals(start), *_labels(team, start), *_sweeps(start), *_story(features, team["engineer"], start)]
    steps += _rules(features["email-drafts"], team["admin"], start)
    steps += _simulated(simulation, start)
    steps += _rounds(rounds.make(watched_by=[team["engineer"]], now=start - HISTORY), start)
    steps += _mended(team, start)
    for step in sorted(steps, key=lambda step: step.at):
        step.act(step.at)
    judged.label(start)
    validity.refresh(now=start)
    compounding.refresh(now=start)
    loops.refresh(now=start)
    rewards.refresh(now=start)
    closure.refresh(now=start)
    Installation.objects.update(sample_loaded_at=start)


def _feature(slug: str, name: str, now: datetime) -> Feature:
    feature, _ = setup.create_feature(
        spec=setup.FeatureSpec(slug=slug, name=name, is_sample=True),
        queue=setup.QueueSpec(name=setup.DEFAULT_QUEUE, overlap=OVERLAP.get(slug, 1)),
        actor=audit.FLYWHEEL,
        now=now,
    )
    return feature


def _arrivals(start: datetime) -> Iterator[Step]:
    for slug in NAMES:
        for line in _read(f"{slug}.jsonl"):
            record, signals = _dated(line, start)
            yield Step(datetime.fromisoformat(record["occurred_at"]) + DELAY, _taken(store.interactions, record))
            for signal in signals:
                yield Step(datetime.fromisoformat(signal["observed_at"]) + DELAY, _taken(store.signals, signal))


def _dated(line: Record, start: datetime) -> tuple[Record, list[Record]]:
    """The record and its signals as a product sends them: the answer at once, each signal when it was seen."""
    signals = line.pop("signals", [])
    line["occurred_at"] = _ago(start, line.pop("occurred_ago")).isoformat()
    for signal in signals:
        signal["observed_at"] = _ago(start, signal.pop("observed_ago")).isoformat()
        signal |= {"feature": line["feature"], "interaction_id": line["id"]}
    return line, signals


def _taken(door: Callable[..., Any], record: Record) -> Callable[[datetime], None]:
    def act(now: datetime) -> None:
        outcome = door(records=[(0, record)], now=now)
        if outcome.refused or getattr(outcome, "waiting", 0):
            raise wheel.NotTaken(f"{record.get('id')}: {outcome}")

    return act


def _labels(team: Mapping[str, User], start: datetime) -> Iterator[Step]:
    for line in _read("labels.jsonl"):
        yield Step(_ago(start, line["labeled_ago"]), _labeled(line, team[line["annotator"]]))


def _labeled(line: Record, person: User) -> Callable[[datetime], None]:
    def act(now: datetime) -> None:
        name = f"flywheel-sample/{line['feature']}/{line['interaction_id']}/{line['signal_kind']}/{line['annotator']}"
        answer = submit.Answer(
            reason_code=line["reason"],
            submission_id=uuid5(NAMESPACE_URL, name),
            comment=line.get("comment", ""),
            correction=line.get("correction", ""),
            shown_at=now - timedelta(milliseconds=line["duration_ms"]),
            duration_ms=line["duration_ms"],
        )
        if not Label.objects.filter(submission_id=answer.submission_id).exists():
            _take_and_label(line, person, answer, now)

    return act


def _take_and_label(line: Record, person: User, answer: submit.Answer, now: datetime) -> None:
    item = Item.objects.get(
        feature__slug=line["feature"],
        interaction__external_id=line["interaction_id"],
        signal_kind=line["signal_kind"],
    )
    rater = raters.for_user(person)
    lease.take_chosen(rater=rater, item=item, now=answer.shown_at or now)
    submit.label(rater=rater, item=item, answer=answer, now=now)


def _sweeps(start: datetime) -> Iterator[Step]:
    """What Celery beat does while Flywheel runs."""
    at = start - HISTORY
    while at < start:
        yield Step(at, _sweep)
        at += SWEEP_EVERY


def _sweep(now: datetime) -> None:
    settle.settle(now=now)
    cohorts.close_due(now=now)
    while validity.write_terms(now=now):
        pass
    rules.look(now)


def _rules(feature: Feature, admin: User, start: datetime) -> Iterator[Step]:
    yield Step(start - RULES_AGO, lambda now: rules.write(feature=feature, admin=admin, now=now))
    yield Step(start - A_DAY, lambda now: rules.mark(feature=feature, admin=admin, now=now))


def _simulated(feature: Feature, start: datetime) -> Iterator[Step]:
    """Each day's answers, then what people say of them; of the last days' only of a part."""
    for day in range(simulated.DAYS):
        at = start - (simulated.DAYS - day) * A_DAY
        most = simulated.A_DAY_LABELED if simulated.DAYS - day <= simulated.OPEN_DAYS else None
        yield Step(at + AN_HOUR, partial(_arrived, day))
        yield Step(at + 2 * AN_HOUR, partial(_answered, feature, most))
        if day + simulated.KNOWN_AFTER < simulated.DAYS:
            yield Step(at + simulated.KNOWN_AFTER * A_DAY + 2 * AN_HOUR, partial(_ended, day))


def _rounds(feature: Feature, start: datetime) -> Iterator[Step]:
    """A round each third day; of the last one, whose version answers now, all is labeled too."""
    for place, one in enumerate(rounds.ROUNDS):
        at = start - (3 * (len(rounds.ROUNDS) - place)) * A_DAY
        yield Step(at + AN_HOUR, partial(_round_arrived, one))
        # After the sweep of the next day, in which what has no signal has settled.
        yield Step(at + A_DAY + 2 * AN_HOUR, partial(_round_labeled, feature, one))
        if place + 1 < len(rounds.ROUNDS):
            next_version = rounds.ROUNDS[place + 1].version
            yield Step(at + 2 * A_DAY, partial(_round_trained, feature, next_version))


def _round_arrived(one: rounds.Round, now: datetime) -> None:
    rounds.arrive(round=one, now=now)


def _round_labeled(feature: Feature, one: rounds.Round, now: datetime) -> None:
    rounds.label(feature=feature, round=one, now=now)


def _round_trained(feature: Feature, next_version: str, now: datetime) -> None:
    rounds.train(feature=feature, next_version=next_version, now=now)


def _arrived(day: int, now: datetime) -> None:
    simulated.arrive(day=day, now=now)


def _ended(day: int, now: datetime) -> None:
    simulated.end(day=day, now=now)


def _answered(feature: Feature, most: int | None, now: datetime) -> None:
    wheel.label(feature=feature, said=simulated.said, now=now, most=most)


def _mended(team: Mapping[str, User], start: datetime) -> Iterator[Step]:
    labelers = [team["annotator"], team["annotator2"]]
    feature = mended.make(watched_by=[team["engineer"]], compared_by=labelers, now=start - HISTORY)
    return (Step(at, act) for at, act in mended.steps(feature=feature, start=start))


def _story(features: Mapping[str, Feature], engineer: User, start: datetime) -> Iterator[Step]:
    """One turn of the wheel: an export, the run that used it, the deployment of what it made."""
    story = json.loads((FOLDER / "story.json").read_text())
    export, run, deployment = story["export"], story["training_run"], story["deployment"]
    feature = features[run["feature"]]

    by: dict[str, Any] = {"feature": feature, "actor": audit.Actor(user=engineer)}

    def exported(now: datetime) -> None:
        wheel.export(wanted=ExportRequest.model_validate(export["request"]), key="sample", now=now, **by)

    def trained(now: datetime) -> None:
        wheel.train(
            name=run["name"],
            exports=list(Export.objects.filter(feature=feature)),
            makes=run["model_version"],
            base_model=run["base_model"],
            started_at=_ago(start, run["started_ago"]),
            validation=run["validation"],
            now=now,
            **by,
        )

    def deployed(now: datetime) -> None:
        wheel.deploy(version=deployment["model_version"], share=deployment["share"], now=now, **by)

    yield Step(_ago(start, export["requested_ago"]), exported)
    yield Step(_ago(start, run["finished_ago"]), trained)
    yield Step(_ago(start, deployment["deployed_ago"]), deployed)


def _ago(start: datetime, seconds: float) -> datetime:
    return start - timedelta(seconds=seconds)


def _read(name: str) -> Iterator[Record]:
    with (FOLDER / name).open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
