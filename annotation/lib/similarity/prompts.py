"""How alike two prompts are in what they ask for: the words that both have, each weighing as much as it is rare.

Runs of words, as near-duplicates are told by, are too strict here: "how do I cancel my order" and "cancelling an order,
how?" ask for the same. Bare words are too lax: "how do I track my order" has most words of the first. What tells them
apart is rare among a product's prompts, and what its template says in each of them weighs nearly nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import log
from typing import Final

from annotation.lib.similarity.shingles import LONGEST, Text

FEWEST: Final = 4
"""Prompts of fewer different words are like no other: "yes, please" says nothing of what is asked for."""


class Rarity:
    """What words weigh among the prompts of one product. `prompts`: those that it is counted in."""

    def __init__(self, prompts: Iterable[Text]) -> None:
        sets = [words(one) for one in prompts]
        self._seen = Counter(word for one in sets for word in one)
        self._all = len(sets)

    def weight(self, word: str) -> float:
        """log(1 + (N + 1) / (n + 1/2)) of a word that n of N prompts have: inverse document frequency (Spärck Jones
        1972), smoothed so that an unseen word has one, and a word of all prompts a tenth of it and not nothing: where
        most ask for the same, what they ask for still counts."""
        return log(1 + (self._all + 1) / (self._seen[word] + 0.5))

    def alike(self, one: Text, other: Text) -> float:
        """Weighted Jaccard similarity of their words (Charikar 2002): what the common ones weigh, of what all weigh.

        From 0 to 1; 0 where either has fewer than FEWEST.
        """
        mine, theirs = words(one), words(other)
        if min(len(mine), len(theirs)) < FEWEST:
            return 0.0
        return sum(map(self.weight, mine & theirs)) / sum(map(self.weight, mine | theirs))


def words(text: Text) -> frozenset[str]:
    """The different words of a prompt, of its first LONGEST."""
    return frozenset(text.tokens[:LONGEST])
