"""One side of a pair as a page shows it: what was asked, and the answer. Nothing tells when, or by which model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.ingest import evidence
from annotation.lib import messages
from annotation.lib.messages import Message
from annotation.models import Interaction, MendedPair
from annotation.web import texts
from annotation.web.texts import Shown

REST = 6
"""Messages of the conversation that come with a side, beside what was asked."""

GIST_CHARS = 200

_INSTRUCTIONS = ("system", "developer")


@dataclass(frozen=True, kw_only=True)
class Side:
    """`rest`: the last messages around what was asked. Instructions to the model are left out: they change with it."""

    asked: Shown | None
    rest: Sequence[Shown]
    answer: Sequence[Shown]


def of(interaction: Interaction) -> Side:
    said = [one for one in evidence.before(interaction) if one.get("role") not in _INSTRUCTIONS]
    place = _last_asked(said)
    asked = None if place is None else texts.message(said[place])
    rest = said if place is None else [*said[:place], *said[place + 1 :]]
    answer = messages.as_messages(interaction.content.output, "assistant")
    return Side(asked=asked, rest=texts.listed(rest[-REST:]), answer=texts.listed(answer, most=texts.ANSWER_CHARS))


def as_shown(pair: MendedPair) -> tuple[Side, Side]:
    """First and second, in the order that was drawn."""
    bad, later = of(pair.case.interaction), of(pair.later)
    return (later, bad) if pair.later_first else (bad, later)


def are_asked_the_same(one: Side, other: Side) -> bool:
    return one.asked is not None and other.asked is not None and one.asked.raw.strip() == other.asked.raw.strip()


def gist(interaction: Interaction) -> tuple[str, str]:
    """What was asked and answered, in a line each."""
    asked = messages.texts_of(interaction.content.input, "user")
    answered = messages.text_of(interaction.content.output)
    return (asked[-1] if asked else "")[:GIST_CHARS], answered[:GIST_CHARS]


def _last_asked(said: Sequence[Message]) -> int | None:
    return next((place for place in range(len(said) - 1, -1, -1) if said[place].get("role") == "user"), None)
