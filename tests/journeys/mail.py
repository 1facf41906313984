"""What ten senders have to send: interactions and signals, cut into requests that overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

FEATURE = "email-drafts"
COPIES = 3
"""In how many requests each record and each later signal is sent."""

# `later_result` is evidence and not queued; all others are.
KINDS = ("accepted", "copied", "thumbs_up", "thumbs_down", "later_result")
TEXTS = (
    "Dear Ann, thank you.",
    "naïve café, cafe\N{COMBINING ACUTE ACCENT}",
    "שלום \N{RIGHT-TO-LEFT OVERRIDE}abc",
    "line\r\nline\u2028line\ttab",
    "\N{FAMILY}\N{ZERO WIDTH JOINER}\N{FIRE} \\u0041 \\\\ \"quoted\" 'single'",
    " spaces around ",
    "<script>alert(1)</script> =1+1 %00 $1 {{ x }}",
)

One = TypeVar("One")
Record = dict[str, Any]


@dataclass(frozen=True)
class Request:
    path: str
    records: list[Record]


@dataclass(frozen=True)
class Mail:
    """What has to be there in the end, and the requests that say it."""

    interactions: dict[str, Record] = field(default_factory=dict)
    signals: dict[tuple[str, int], Record] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)


def written(chance: Random, *, count: int) -> Mail:
    """`count` interactions. Each of their signals is sent inside the record, by itself, or both; some have no id."""
    mail = Mail()
    for number in range(count):
        record = _interaction(chance, number)
        mail.interactions[record["id"]] = record
        for place in range(chance.choice((0, 1, 1, 2, 3))):
            mail.signals[record["id"], place] = _signal(chance, number, place)
    mail.requests.extend(_requests(chance, mail))
    chance.shuffle(mail.requests)
    return mail


def _interaction(chance: Random, number: int) -> Record:
    text = f"{chance.choice(TEXTS)} {number}"
    return {
        "feature": FEATURE,
        "id": f"gen_{number:06}{chance.choice(('', ' ', 'é', '/x'))}",
        "conversation_id": f"c{number // 3}",
        "user_key": f"u{number % 97}",
        "occurred_at": f"2026-03-02T08:{number // 60 % 60:02}:{number % 60:02}.{number % 1000:03}+01:00",
        "model_version": "drafts-7",
        "input": [{"role": "user", "content": chance.choice(TEXTS)}],
        "output": text,
        # As it was: a change would be a signal of its own.
        "final_text": text,
        "metadata": {"n": number, "text": chance.choice(TEXTS), "none": None, "list": [1, 0.5, True]},
    }


def _signal(chance: Random, number: int, place: int) -> Record:
    signal = {
        "kind": chance.choice(KINDS),
        "observed_at": f"2026-03-02T09:{number // 60 % 60:02}:{number % 60:02}Z",
        "details": {"place": place, "text": chance.choice(TEXTS)},
    }
    return signal if chance.random() < 0.3 else signal | {"id": f"s-{place}"}


def _requests(chance: Random, mail: Mail) -> Iterator[Request]:
    inside = {key for key in mail.signals if chance.random() < 0.6}
    by_itself = [key for key in mail.signals if key not in inside or chance.random() < 0.3]
    for copy in range(COPIES):
        for ids in _batches(chance, list(mail.interactions)):
            yield Request("/interactions", [_record(mail, one, inside, copy) for one in ids])
        for keys in _batches(chance, by_itself):
            yield Request("/signals", [_by_itself(mail, one) for one in keys])


def _record(mail: Mail, name: str, inside: set[tuple[str, int]], copy: int) -> Record:
    """The record with those of its signals that this copy brings; all copies together bring all."""
    places = [place for place in range(3) if (name, place) in inside and (place + copy) % COPIES < 2]
    return mail.interactions[name] | {"signals": [mail.signals[name, place] for place in places]}


def _by_itself(mail: Mail, key: tuple[str, int]) -> Record:
    return mail.signals[key] | {"feature": FEATURE, "interaction_id": key[0]}


def _batches(chance: Random, everything: Sequence[One]) -> Iterator[list[One]]:
    left = list(everything)
    chance.shuffle(left)
    while left:
        size = chance.randint(1, 60)
        yield left[:size]
        left = left[size:]
