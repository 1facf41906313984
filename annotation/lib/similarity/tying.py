"""What texts that are alike have in common.

Each text that is alike another carries ties: ids of earlier texts. Two that are alike always share one, whichever
others are looked at or gone by then, and what a text carries never changes but once, from nothing to itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


def ties(alike: Mapping[int, Sequence[int]]) -> tuple[list[int], list[int]]:
    """The ties of a new text. `alike`: by id, the ties of each earlier text that it is alike; none where that text was
    alone so far, which then begins to carry its own id.

    Returns them in order, and the ids of those that were alone. As few as hold it together with each (a greedy hitting
    set), so that whoever is alike a large group carries one tie and not all.
    """
    left = {pk: set(carried) or {pk} for pk, carried in alike.items()}
    chosen: list[int] = []
    while left:
        counts = Counter(tie for carried in left.values() for tie in carried)
        best = min(counts, key=lambda tie: (-counts[tie], tie))
        chosen.append(best)
        left = {pk: carried for pk, carried in left.items() if best not in carried}
    return sorted(chosen), sorted(pk for pk, carried in alike.items() if not carried)
