"""How alike two prompts are in what they ask for: the words that both have, each weighing as much as it is rare.

Runs of words, as near-duplicates are told by, are too strict here: "how do I cancel my order" and "cancelling an order,
how?" ask for the same. Bare words are too lax: "how do I track my order" has most words of the first. What tells them
apart is rare among a product's prompts, and what its template says in each of them weighs nearly nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from annotation.lib.similarity.shingles import LONGEST, Text

FEWEST: Final = 4
"""Prompts of fewer different words are like no other: "yes, please" says nothing of what is asked for."""


_Vectors: TypeAlias = tuple[NDArray[np.float64], NDArray[Any], NDArray[Any]]


class Rarity:
    """What words weigh among the prompts of one product. `prompts`: those that it is counted in."""

    def __init__(self, prompts: Iterable[Text]) -> None:
        sets = [words(one) for one in prompts]
        self._seen = Counter(word for one in sets for word in one)
        self._all = len(sets)

    def weight(self, word: str) -> float:
        """log((N + 1) / (n + 1/2)) of a word that n of N prompts have: inverse document frequency (Spärck Jones 1972),
        smoothed so that an unseen word has one and a word of all prompts nearly none."""
        return log((self._all + 1) / (self._seen[word] + 0.5))

    def alike(self, ones: Sequence[Text], others: Sequence[Text]) -> NDArray[np.float64]:
        """How alike each of `ones` (rows) is to each of `others` (columns), from 0 to 1: the cosine of the weights of
        their words (Salton & Buckley 1988), which is the share of either's squared weight that the common words have,
        as the geometric mean of both. 0 where either has fewer than FEWEST words."""
        places: dict[str, int] = {}
        found, sought = self._vectors(ones, places), self._vectors(others, places)
        shape = (len(ones), len(others))
        wide = max(len(places), 1)
        rows, columns = (
            csr_array(parts, shape=(count, wide)) for parts, count in zip((found, sought), shape, strict=True)
        )
        cosines: NDArray[np.float64] = np.minimum((rows @ columns.T).toarray(), 1.0)
        return cosines

    def _vectors(self, texts: Sequence[Text], places: dict[str, int]) -> _Vectors:
        """The weights of each text's words, of length 1 together; gives words that are new a place."""
        weights: list[NDArray[np.float64]] = []
        indices: list[int] = []
        ends = [0]
        for text in texts:
            own = sorted(words(text))
            if len(own) >= FEWEST:
                raw = np.array([self.weight(word) for word in own])
                weights.append(raw / np.sqrt(raw @ raw))
                indices += [places.setdefault(word, len(places)) for word in own]
            ends.append(len(indices))
        return np.concatenate(weights or [np.zeros(0)]), np.array(indices, dtype=np.int32), np.array(ends)


def words(text: Text) -> frozenset[str]:
    """The different words of a prompt, of its first LONGEST."""
    return frozenset(text.tokens[:LONGEST])
