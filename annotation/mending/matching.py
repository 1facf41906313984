"""Which later answer stands beside which bad one: from values to values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from annotation.lib.similarity import Rarity, Text

BAR: Final = 0.5
"""So much of what the words of two prompts weigh must be common to both."""

MOST: Final = 3
"""So many later answers stand beside a bad one."""


class Prompt(NamedTuple):
    at: datetime
    text: Text


class Match(NamedTuple):
    """`rank`: 1 for the nearest of its case."""

    case: int
    later: int
    similarity: float
    rank: int


def nearest(
    *, cases: Mapping[int, Prompt], answers: Mapping[int, Prompt], rarity: Rarity, has: Mapping[int, int]
) -> list[Match]:
    """Give each case its nearest later answers, up to MOST with those that it `has`.

    Every case is given one before any is given two, the nearest two of all first; and no answer is given twice, so that
    none decides for many.
    """
    found = sorted(_alike(cases, answers, rarity), key=lambda one: (-one[2], one[0], one[1]))
    held = Counter(has)
    given: set[int] = set()
    matches: list[Match] = []
    for rank in range(1, MOST + 1):
        for case, answer, similarity in found:
            if held[case] == rank - 1 and answer not in given:
                held[case] = rank
                given.add(answer)
                matches.append(Match(case, answer, similarity, rank))
    return matches


def _alike(
    cases: Mapping[int, Prompt], answers: Mapping[int, Prompt], rarity: Rarity
) -> Iterator[tuple[int, int, float]]:
    """Only what shares a word can be alike."""
    having: dict[str, list[int]] = defaultdict(list)
    for case, prompt in cases.items():
        for word in set(prompt.text.tokens):
            having[word].append(case)
    for answer, prompt in answers.items():
        near = {case for word in set(prompt.text.tokens) for case in having.get(word, ())}
        for case in near:
            similarity = rarity.alike(cases[case].text, prompt.text)
            if similarity >= BAR and prompt.at > cases[case].at:
                yield case, answer, similarity
