"""Which later answer stands beside which bad one: from values to values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

from annotation.lib.similarity import Rarity, Text

BAR: Final = 0.6
"""From this similarity on (`Rarity.alike`), two prompts are taken to ask for much the same. Of the 113,526 pairs of 477
prompts that people wrote to an open assistant (OpenAssistant, English), 4 reach it, each two about one thing; two
wordings of one question reach .8."""

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
    rows, columns = list(cases), list(answers)
    alike = rarity.alike([cases[one].text for one in rows], [answers[one].text for one in columns])
    for row, column in np.argwhere(alike >= BAR):
        case, answer = rows[row], columns[column]
        if answers[answer].at > cases[case].at:
            yield case, answer, float(alike[row, column])
