"""Two lists of words side by side: where they are equal, and how far they are apart.

One integer holds a whole row of the table that compares every word with every other, so that a row costs a few
operations on it instead of one for each word.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

# Bits of one table of pairs, all rows of which are kept: 25 MB. About 14,000 words against 14,000.
_MAX_PAIRS = 200_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """Words [start, end) of one list beside [other_start, other_end) of the other."""

    start: int
    end: int
    other_start: int
    other_end: int
    equal: bool


def blocks(first: Sequence[str], second: Sequence[str]) -> list[Block] | None:
    """Equal and changed runs in turn, from a longest common subsequence; None if the table would be too large."""
    head, tail = _common_ends(first, second)
    middle, other = first[head : len(first) - tail], second[head : len(second) - tail]
    if len(middle) * len(other) > _MAX_PAIRS:
        return None
    pairs = [(index, index) for index in range(head)]
    pairs += [(head + index, head + place) for index, place in _common_subsequence(middle, other)]
    pairs += [(len(first) - rest, len(second) - rest) for rest in range(tail, 0, -1)]
    return list(_runs(pairs, len(first), len(second)))


def readable(runs: list[Block], first: Sequence[str], second: Sequence[str]) -> list[Block]:
    """Equal runs that weigh at most half of the changes on either side become part of one change."""
    weights, other_weights = _cumulated(first), _cumulated(second)

    def weight(block: Block) -> float:
        here = weights[block.end] - weights[block.start]
        return max(here, other_weights[block.other_end] - other_weights[block.other_start])

    done: list[Block] = []
    for block in runs:
        done.append(block)
        while len(done) >= 3 and not done[-1].equal:
            left, island, right = done[-3:]
            if 2 * weight(island) > min(weight(left), weight(right)):
                break
            done[-3:] = [Block(left.start, right.end, left.other_start, right.other_end, equal=False)]
    return done


@dataclass(frozen=True, slots=True)
class Move:
    """Words [start, start + length) of the list `source` stand again in the list `target`, from `place` on."""

    source: int
    start: int
    target: int
    place: int
    length: int


def moves(gone: Sequence[Sequence[str]], come: Sequence[Sequence[str]]) -> list[Move]:
    """Runs of words of one group of lists that stand again, as long as they can be, in another group.

    A run holds three words in a row that each group has only once, and is taken as far as both lists agree. Each word
    is in one run at most. Takes time linear in the number of words, whatever they are: runs found earlier stop those
    found later, and a word that was compared once is not compared again.
    """
    there, here = _single_places(gone), _single_places(come)
    taken = [bytearray(len(words)) for words in gone]
    received = [bytearray(len(words)) for words in come]
    found = []
    for gram, (target, place) in here.items():
        source, start = there.get(gram, (-1, 0))
        if source < 0 or received[target][place] or taken[source][start]:
            continue
        before, length = _extended(gone[source], start, taken[source], come[target], place, received[target])
        start, place = start - before, place - before
        taken[source][start : start + length] = received[target][place : place + length] = b"\1" * length
        found.append(Move(source, start, target, place, length))
    return found


def shifted(block: Block, by: int) -> Block:
    """The same block so many words later in both lists."""
    return Block(block.start + by, block.end + by, block.other_start + by, block.other_end + by, equal=block.equal)


def levenshtein(first: Sequence[str], second: Sequence[str]) -> int:
    """Words to insert, delete or replace. Bit-parallel (Myers 1999, in the form of Hyyrö 2003), no table is kept."""
    head, tail = _common_ends(first, second)
    first, second = first[head : len(first) - tail], second[head : len(second) - tail]
    if len(first) > len(second):
        first, second = second, first
    if not first:
        return len(second)
    places = _places(first)
    full = (1 << len(first)) - 1
    last = 1 << (len(first) - 1)
    up, down, result = full, 0, len(first)  # where the row above steps up, and down, from one column to the next
    for word in second:
        match = places.get(word, 0)
        vertical = match | down
        horizontal = (((match & up) + up) ^ up) | match
        grows = down | ~(horizontal | up)
        shrinks = up & horizontal
        result += bool(grows & last) - bool(shrinks & last)
        grows = grows << 1 | 1
        up = (shrinks << 1 | ~(vertical | grows)) & full
        down = grows & vertical & full
    return result


def _single_places(lists: Sequence[Sequence[str]]) -> dict[tuple[str, ...], tuple[int, int]]:
    """Where each three words in a row stand that stand nowhere else: the number of the list, and the index in it."""
    places: dict[tuple[str, ...], tuple[int, int]] = {}
    repeated: set[tuple[str, ...]] = set()
    for number, words in enumerate(lists):
        for index, gram in enumerate(zip(words, words[1:], words[2:], strict=False)):
            if places.setdefault(gram, (number, index)) != (number, index):
                repeated.add(gram)
    return {gram: place for gram, place in places.items() if gram not in repeated}


def _extended(
    gone: Sequence[str], start: int, taken: bytearray, come: Sequence[str], place: int, received: bytearray
) -> tuple[int, int]:
    """How far two lists agree before two equal places, and how long the whole run is that agrees."""
    before = 0
    while start > before < place:
        index, other = start - before - 1, place - before - 1
        if taken[index] or received[other] or gone[index] != come[other]:
            break
        before += 1
    after = 0
    for index, other in zip(range(start, len(gone)), range(place, len(come)), strict=False):
        if taken[index] or received[other] or gone[index] != come[other]:
            break
        after += 1
    return before, before + after


def _runs(pairs: list[tuple[int, int]], length: int, other_length: int) -> Iterator[Block]:
    start = other_start = end = other_end = 0  # of the equal run that is being read
    for index, other in [*pairs, (length, other_length)]:
        if (index, other) != (end, other_end):
            if end > start:
                yield Block(start, end, other_start, other_end, equal=True)
            yield Block(end, index, other_end, other, equal=False)
            start, other_start = index, other
        end, other_end = index + 1, other + 1
    if end - 1 > start:
        yield Block(start, end - 1, other_start, other_end - 1, equal=True)


def _common_subsequence(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int]]:
    """Index pairs of a longest common subsequence.

    Bit-parallel (Hyyrö 2004): a 0 at bit i of a row says that the length grows at `first[i]`. All rows are kept, to
    walk back through them.
    """
    if len(first) > len(second):
        return [(index, other) for other, index in _common_subsequence(second, first)]
    places = _places(first)
    full = (1 << len(first)) - 1
    row, rows = full, []
    for word in second:
        match = row & places.get(word, 0)
        row = ((row + match) | (row - match)) & full
        rows.append(row)
    pairs = []
    index, other = len(first) - 1, len(second) - 1
    while index >= 0 and other >= 0:
        if rows[other] >> index & 1:
            index -= 1
        elif other and not rows[other - 1] >> index & 1:
            other -= 1
        else:
            pairs.append((index, other))
            index, other = index - 1, other - 1
    return pairs[::-1]


def _places(words: Sequence[str]) -> dict[str, int]:
    """For each word, an integer with a 1 at every index where it stands: the size of the square of the list.

    Hence callers pass the shorter of two lists.
    """
    places: dict[str, int] = {}
    for index, word in enumerate(words):
        places[word] = places.get(word, 0) | 1 << index
    return places


def _cumulated(words: Sequence[str]) -> list[float]:
    """The weight of the words before each index: a sign (a comma, a bracket) counts for half a word."""
    return list(accumulate((1.0 if word[0].isalnum() else 0.5 for word in words), initial=0.0))


def _common_ends(first: Sequence[str], second: Sequence[str]) -> tuple[int, int]:
    """How many words are equal at the start, and how many of the others at the end."""
    head = _common_head(first, second)
    return head, _common_head(first[head:][::-1], second[head:][::-1])


def _common_head(first: Sequence[str], second: Sequence[str]) -> int:
    for index, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return index
    return min(len(first), len(second))
