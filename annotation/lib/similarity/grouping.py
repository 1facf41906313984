"""Groups of what holds together, and who has to stay out so that two places stay apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Whole = NDArray[np.int32]


class Row(NamedTuple):
    """Something that holds its ties together."""

    pk: int
    ties: list[int]


class Settled(NamedTuple):
    """`group_of`: by tie, the group that it ended in. `bridges`: the rows that stay out."""

    group_of: dict[int, int]
    bridges: list[int]


def connected(count: int, firsts: Whole, seconds: Whole) -> Whole:
    """Of `count` things numbered from 0 and held together in pairs: the number of the group of each."""
    ones = np.ones(len(firsts), dtype=np.int8)
    graph = coo_array((ones, (firsts, seconds)), shape=(count, count))
    _, found = connected_components(graph, directed=False)
    groups: Whole = found.astype(np.int32)
    return groups


def settle(rows: Iterable[Row], places: Mapping[int, Any]) -> Settled:
    """Hold rows together one after the other. One whose ties lead to two places stays out and holds nothing together.

    `places`: where a tie is already, and stays. What is in no row is in no group.
    """
    forest = _Forest(places)
    bridges = [row.pk for row in rows if not forest.join(row.ties)]
    return Settled({tie: forest.root(tie) for tie in list(forest.parents)}, bridges)


class _Forest:
    """Disjoint sets (Tarjan 1975), each in one place or in none yet. A set is named by its smallest member."""

    def __init__(self, places: Mapping[int, Any]) -> None:
        self.parents: dict[int, int] = {}
        self._places = dict(places)

    def root(self, tie: int) -> int:
        parents = self.parents
        parents.setdefault(tie, tie)
        while parents[tie] != tie:
            parents[tie] = parents[parents[tie]]
            tie = parents[tie]
        return tie

    def join(self, ties: Iterable[int]) -> bool:
        roots = {self.root(tie) for tie in ties}
        places = {self._places[root] for root in roots if root in self._places}
        if len(places) > 1:
            return False
        least = min(roots)
        for root in roots:
            self.parents[root] = least
        if places:
            self._places[least] = places.pop()
        return True
