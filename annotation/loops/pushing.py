"""Where to push next: the weakest of the four questions about a feature, in one sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Question = Literal["valid", "closes", "fast", "feeds"]
QUESTIONS: Final[tuple[Question, ...]] = ("valid", "closes", "fast", "feeds")
"""In the order in which they matter where two are as weak: what is learned comes before how fast."""

WELL: Final = frozenset({"valid", "closes", "fast", "does_not"})
WATCHED: Final = frozenset({"leans"})

AIMS: Final[dict[Question, str]] = {
    "valid": "find a signal that is worth learning from",
    "closes": "close the loop once",
    "fast": "get faster",
    "feeds": "keep the wheel from feeding on itself",
}


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A question with its verdict, as `/api/v1/flywheel` has it: None where it can't be told yet."""

    question: Question
    answer: str | None
    sentence: str

    @property
    def strength(self) -> int:
        """0: badly; 1: not known; 2: to be watched; 3: well."""
        if self.answer is None:
            return 1
        return 3 if self.answer in WELL else 2 if self.answer in WATCHED else 0


@dataclass(frozen=True, kw_only=True)
class Push:
    """`aim`: what to do next; `why`: how that question stands. `question` is None where all four are answered well."""

    question: Question | None
    aim: str
    why: str

    @property
    def sentence(self) -> str:
        return f"{self.aim} {self.why}"


def next_push(*, valid: Answered, closes: Answered, fast: Answered, feeds: Answered) -> Push:
    weakest = min((valid, closes, fast, feeds), key=lambda one: (one.strength, QUESTIONS.index(one.question)))
    if weakest.strength == 3:
        return Push(question=None, aim="All four are answered well.", why="Go on, and see whether it compounds.")
    return Push(question=weakest.question, aim=f"Next: {AIMS[weakest.question]}.", why=weakest.sentence)
