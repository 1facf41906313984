"""A simulated feature: short sums, users who react to them, and annotators who say what they find. Nobody is behind it.

It shows what the audit of signals can find out: one signal of each verdict, by what people say and by what became of
it. How often each signal's answers are right is written down here, so everybody can compare what Flywheel says with
what is true. All goes through the same doors as everything else, on past days, in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from annotation import audit, rewards
from annotation.ingest import store
from annotation.models import Feature, Item, User
from annotation.sample import wheel

SLUG = "simulated-sums"
NAME = "Simulated sums"
MODEL = "simulated-1"
SEED = 20
DAYS = 18
A_DAY, A_DAY_LATER = 160, 175
SETTLE_HOURS = 1

OUTCOME = "not_corrected"
KNOWN_AFTER = 7
"""Days after which it is known of each answer whether somebody corrected it: of the wrong ones."""

OPEN_DAYS = 8
"""The last days, whose cohorts are still open: more is asked by now, and people have labeled only a part of it."""
A_DAY_LABELED = 15
FULL_DAYS = DAYS - OPEN_DAYS
PEOPLE = ("simulated-annotator-1", "simulated-annotator-2", "simulated-annotator-3")


@dataclass(frozen=True)
class Reaction:
    """What users do: of all answers they do it to this share, and of those, this share is right."""

    kind: str
    share: float
    good: float


@dataclass(frozen=True)
class Answer:
    """One answer, and what is true of it. `kind` is "" where its user did nothing."""

    number: int
    kind: str
    is_good: bool
    terms: tuple[int, int]
    is_off_by: int


SILENCE = ""
REACTIONS = (
    # Whoever says so has checked: valid.
    Reaction("thumbs_up", share=0.30, good=0.98),
    # Taken in a hurry, mostly where it is wrong: inverted.
    Reaction("accepted", share=0.15, good=0.45),
    # Copied whatever it says: noise.
    Reaction("copied", share=0.35, good=0.82),
    # Too seldom, and too close to the margin, to say yet.
    Reaction("escalated", share=0.08, good=0.65),
    Reaction(SILENCE, share=0.12, good=0.90),
)

# What people say of a right and of a wrong answer; the first most often.
SAID: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "thumbs_up": (("right_and_useful",), ("pleasing_but_wrong",)),
    "accepted": (("verified", "adequate"), ("pleasing_but_wrong", "undone_later")),
    "copied": (("used_as_is",), ("to_report",)),
    "escalated": (("handed_over_rightly",), ("model_failed", "handed_over_late")),
    "no_signal": (("good",), ("bad",)),
}


def answers(*, seed: int, count: int, reactions: Sequence[Reaction] = REACTIONS, first: int = 0) -> Iterator[Answer]:
    """So many answers, the same for the same seed. The shares of the reactions sum to 1."""
    chance = Random(seed)  # noqa: S311 - a simulation, and the same each time
    shares = [one.share for one in reactions]
    for number in range(first, first + count):
        (reaction,) = chance.choices(reactions, shares)
        terms = (chance.randint(10, 99), chance.randint(10, 99))
        is_good = chance.random() < reaction.good
        yield Answer(number, reaction.kind, is_good, terms, 0 if is_good else chance.choice((-10, -1, 1, 10)))


def record(answer: Answer, *, feature: str, model_version: str, occurred_at: datetime) -> dict[str, Any]:
    """The answer as a product sends it, with its signal seconds later."""
    one, other = answer.terms
    sent: dict[str, Any] = {
        "feature": feature,
        "id": name_of(answer),
        "occurred_at": occurred_at.isoformat(),
        "model_version": model_version,
        "input": f"Simulated question {answer.number + 1}: how much is {one} + {other}?",
        "output": f"{one} + {other} = {one + other + answer.is_off_by}",
    }
    if answer.kind != SILENCE:
        observed_at = occurred_at + timedelta(seconds=5)
        sent["signals"] = [{"id": "s-1", "kind": answer.kind, "observed_at": observed_at.isoformat()}]
    return sent


def name_of(answer: Answer) -> str:
    return f"sum-{answer.number + 1:05}"


def reason(*, kind: str, is_good: bool, chance: Random) -> str:
    """What an annotator says of an answer: what is true, since everybody who looks can do the sum."""
    known = SAID[kind][not is_good]
    return known[0] if len(known) == 1 or chance.random() < 0.7 else known[1]


def make(*, watched_by: Sequence[User], now: datetime) -> Feature:
    made = wheel.feature(slug=SLUG, name=NAME, settle_hours=SETTLE_HOURS, watched_by=watched_by, now=now)
    meaning = rewards.Meaning(days=KNOWN_AFTER)
    rewards.name(feature=made, name=OUTCOME, meaning=meaning, actor=audit.FLYWHEEL, now=now)
    return made


def arrive(*, day: int, now: datetime) -> None:
    """Send one day's answers."""
    sent = (
        record(answer, feature=SLUG, model_version=MODEL, occurred_at=now - timedelta(seconds=10 * place + 10))
        for place, answer in enumerate(_of_day(day))
    )
    wheel.arrive(sent, now=now)


def end(*, day: int, now: datetime) -> None:
    """Send what became of one day's answers, as it is known now."""
    known = {"feature": SLUG, "id": "later", "kind": "later_result", "observed_at": now.isoformat()}
    sent = (
        known | {"interaction_id": name_of(answer), "details": {"name": OUTCOME, "value": answer.is_good}}
        for answer in _of_day(day)
    )
    outcome = store.signals(records=list(enumerate(sent)), now=now)
    if outcome.refused:
        raise wheel.NotTaken(outcome.refused[0])


def said(item: Item) -> wheel.Said:
    """What people say of an answer."""
    name = item.interaction.external_id
    # Of the answer alone: in which order items come is another one in each demo.
    chance = Random(f"{SEED} {name}")  # noqa: S311
    person, milliseconds = chance.choice(PEOPLE), chance.randint(3_000, 20_000)
    return wheel.Said(person, reason(kind=item.signal_kind, is_good=_true()[name], chance=chance), milliseconds)


@cache
def _true() -> dict[str, bool]:
    """Whether an answer is right, by its name."""
    return {name_of(answer): answer.is_good for day in range(DAYS) for answer in _of_day(day)}


def _of_day(day: int) -> Iterator[Answer]:
    first = day * A_DAY + max(0, day - FULL_DAYS) * (A_DAY_LATER - A_DAY)
    return answers(seed=SEED * 1000 + day, count=A_DAY if day < FULL_DAYS else A_DAY_LATER, first=first)
