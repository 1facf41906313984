"""One signal with what is stored around it, and the facts that are told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from annotation.lib import sentences
from annotation.lib.changes import Change
from annotation.lib.sentences import SENTENCES, Figure

MAX_QUOTE = 280
"""Characters of a user's own words that a fact quotes."""

_LONGEST_MS = 1e13  # 300 years; also keeps infinity out


@dataclass(frozen=True, slots=True)
class Turn:
    """Another turn: when its answer came, what the user had written, what was answered."""

    at: datetime
    user_text: str
    answer_text: str


@dataclass(frozen=True, slots=True)
class OtherSignal:
    """Another signal on the same interaction or conversation; `name` is the sender's, as of a `later_result`.

    `rank` is the place of its answer where it is about another answer that was shown together with this one.
    """

    kind: str
    at: datetime
    name: str | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Habit:
    """Of the same user's latest answers, `of` many, how many had a signal of the same kind."""

    same: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """The answer that was made in place of the judged one, what was asked for it, and the signals about it."""

    text: str
    asked: str = ""
    signals: Sequence[OtherSignal] = ()


@dataclass(slots=True, kw_only=True)
class Case:
    """One signal and what is stored around it.

    `details` are the signal's: `dwell_ms` or `visible_ms` (how long the answer was on screen), `latency_ms` (how long
    the user waited for it), `text` or `chars` (what was copied, or how many characters), `comment`, `reason` or
    `feedback` (the user's own words) are read, others are ignored.
    `earlier_user_texts` are the user's messages up to this answer; the last is the one it replies to. `began_at` is
    when the first answer of the conversation came that is known. `tool_results` are what tools gave for this answer.
    `later` is None where the interaction belongs to no conversation, so that nothing is known of what came next.
    `came_back` is the user's next question where it stands in another conversation.
    `exposure` has `rank` and `of`; `shown_together` are the signals about the other answers of that choice, None where
    no other is known. `is_another_try`: this answer was itself made in place of one. `derived_by` is the rule that
    made the signal from raw facts; the time of such a signal says nothing. `ended_by` is why the model stopped.
    `changes` are those from the output to the final text, if they were found already.
    """

    kind: str
    occurred_at: datetime
    observed_at: datetime
    output: str
    final_text: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    later: Sequence[Turn] | None = ()
    later_signals: Sequence[OtherSignal] = ()
    earlier_user_texts: Sequence[str] = ()
    began_at: datetime | None = None
    tool_results: Sequence[str] = ()
    came_back: Turn | None = None
    habit: Habit | None = None
    exposure: Mapping[str, object] | None = None
    shown_together: Sequence[OtherSignal] | None = None
    instead: Instead | None = None
    is_another_try: bool = False
    derived_by: str | None = None
    ended_by: str | None = None
    changes: Sequence[Change] | None = None

    @property
    def asked(self) -> str:
        """What the user wrote for this answer, or nothing."""
        return self.earlier_user_texts[-1] if self.earlier_user_texts else ""

    def milliseconds(self, *names: str) -> float | None:
        """The first of these details that is a length of time, in seconds."""
        for name in names:
            value = self.details.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LONGEST_MS:
                return value / 1000
        return None


class Fact(NamedTuple):
    """One piece of evidence. `quote` and `name` among the figures are the user's or the sender's words."""

    code: str
    figures: dict[str, Figure]

    @property
    def sentence(self) -> str:
        return sentences.filled(SENTENCES[self.code], self.figures)


def fact(code: str, **figures: Figure) -> Fact:
    return Fact(code, figures)


def quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_QUOTE else line[: MAX_QUOTE - 1].rstrip() + "…"


def since(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()
