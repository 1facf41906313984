"""What changed between two texts, word by word, with what was moved told apart from what was written anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from annotation.lib import alignment, words
from annotation.lib.alignment import Block, Move

Kind = Literal["equal", "delete", "insert", "moved_away", "moved_here"]

LONG_MOVE = 8
"""So many words in a row that went here and came there were moved, not written again."""

SHORT_MOVE = 3
"""So many are enough where they are whole: a sentence, a line, or all that changed there."""

_ENDS = frozenset(".!?…:;\u3002\uff01\uff1f\u061f\u0964")
_CLOSING = _ENDS | frozenset(",)]}\u3001\uff0c")


@dataclass(frozen=True, slots=True)
class Change:
    """A run of text that stayed, went, or came. `move` numbers the two places of what was moved, from 1 on."""

    kind: Kind
    text: str
    move: int = 0


def diff(before: str, after: str) -> list[Change]:
    """What changed: without insert and moved_here the texts are `before`, without delete and moved_away `after`.

    A longest common subsequence of words; a few equal words in the middle of larger changes are shown as changed,
    since a sentence in shreds can't be read. Between two equal runs stands first what went, then what came. What was
    cut out and put in elsewhere is `moved_away` and `moved_here`, where it is a whole sentence or line, or long enough
    to be no chance; both hold the text, which may differ in its spaces. Up to about 14,000 changed words and signs on
    both sides at once; beyond, lines are aligned first and words inside the lines that changed, and a block of lines
    that is still too large is shown as replaced.
    """
    return _with_moves(list(_tidied(_pieces(before, after))))


def _pieces(before: str, after: str) -> Iterator[Change]:
    pieces = _word_pieces(before, after)
    if pieces is not None:
        yield from pieces
        return
    first, second = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for block in alignment.blocks(first, second) or [Block(0, len(first), 0, len(second), equal=False)]:
        old, new = "".join(first[block.start : block.end]), "".join(second[block.other_start : block.other_end])
        if block.equal:
            yield Change("equal", old)
        else:
            yield from _word_pieces(old, new) or [Change("delete", old), Change("insert", new)]


def _word_pieces(before: str, after: str) -> list[Change] | None:
    """Changes not yet tidied; None if the texts are too large for one table."""
    first, second = _Spaced(before), _Spaced(after)
    blocks = alignment.blocks(first.words, second.words)
    if blocks is None:
        return None
    pieces: list[Change] = []
    for block in _slid(alignment.readable(blocks, first.words, second.words), first, second):
        if block.equal:
            for index, other in zip(
                range(block.start, block.end), range(block.other_start, block.other_end), strict=True
            ):
                pieces += _spacing(first.spaces[index], second.spaces[other])
                pieces.append(Change("equal", first.words[index]))
        else:
            pieces.append(Change("delete", first.text(block.start, block.end)))
            pieces.append(Change("insert", second.text(block.other_start, block.other_end)))
    return pieces + _spacing(first.spaces[-1], second.spaces[-1])


def _slid(blocks: list[Block], first: _Spaced, second: _Spaced) -> list[Block]:
    """What only went or only came may be told in several places: “a b. [c d.]” is “a b[. c d].” too.

    The place is taken where it begins and ends as a text does: at a line, a sentence, a part of one.
    """
    done = list(blocks)
    for index in range(1, len(done) - 1):
        block = done[index]
        if block.equal or (block.start < block.end) == (block.other_start < block.other_end):
            continue
        before, after = done[index - 1], done[index + 1]
        # Two changes with nothing between them would be one.
        back = before.end - before.start - (index > 1)
        forth = after.end - after.start - (index < len(done) - 2)
        if block.start < block.end:
            shift = _shift(first, block.start, block.end, back, forth)
        else:
            shift = _shift(second, block.other_start, block.other_end, back, forth)
        if shift:
            start, end, other_start, other_end = before.start, after.end, before.other_start, after.other_end
            moved = alignment.shifted(block, shift)
            done[index - 1] = Block(start, moved.start, other_start, moved.other_start, equal=True)
            done[index] = moved
            done[index + 1] = Block(moved.end, end, moved.other_end, other_end, equal=True)
    return done


def _shift(text: _Spaced, start: int, end: int, back: int, forth: int) -> int:
    """How far words [start, end) slide to where they stand best, within so many words back and forth."""
    best, found = text.border(start) + text.border(end), 0
    for step in (-1, 1):
        shift = step
        while -back <= shift <= forth and _slides(text.words, start + shift, end + shift, step):
            score = text.border(start + shift) + text.border(end + shift)
            if score > best:
                best, found = score, shift
            shift += step
    return found


def _slides(told: list[str], start: int, end: int, step: int) -> bool:
    """Whether the words [start, end) of a text can stand for those one step before."""
    return told[start] == told[end] if step < 0 else told[start - 1] == told[end - 1]


def _spacing(before: str, after: str) -> list[Change]:
    if before == after:
        return [Change("equal", before)]
    return [Change("delete", before), Change("insert", after)]


class _Spaced:
    """The words of a text and the spaces before each; one more entry of `spaces` holds those at the end."""

    def __init__(self, text: str) -> None:
        self.words: list[str] = []
        self.spaces = [""]
        for token in words.tokens(text):
            if token.isspace():
                self.spaces[-1] = token
            else:
                self.words.append(token)
                self.spaces.append("")

    def border(self, index: int) -> int:
        """How much of a border stands before a word: the end of a paragraph, a line, a sentence, a part of one."""
        if index in (0, len(self.words)):
            return 4
        if lines := self.spaces[index].count("\n"):
            return min(2 + lines, 4)
        if self.words[index] in _CLOSING:
            return 0
        return 2 if self.words[index - 1] in _ENDS else int(self.words[index - 1] in _CLOSING)

    def text(self, start: int, end: int) -> str:
        return "".join(self.spaces[index] + self.words[index] for index in range(start, end))


def _tidied(pieces: Iterable[Change]) -> Iterator[Change]:
    """Neighbors of one kind joined, deletes before inserts, and spaces that both of them start with taken out."""
    kept, gone, come = "", "", ""
    for piece in pieces:
        if piece.kind == "delete":
            gone += piece.text
        elif piece.kind == "insert":
            come += piece.text
        elif piece.text:
            lead = _common_spaces(gone, come)
            if gone[lead:] or come[lead:]:
                yield from _nonempty(kept + gone[:lead], gone[lead:], come[lead:])
                kept = piece.text
            else:
                kept += gone + piece.text
            gone = come = ""
    lead = _common_spaces(gone, come)
    yield from _nonempty(kept + gone[:lead], gone[lead:], come[lead:])


def _nonempty(kept: str, gone: str, come: str) -> Iterator[Change]:
    if kept:
        yield Change("equal", kept)
    if gone:
        yield Change("delete", gone)
    if come:
        yield Change("insert", come)


def _common_spaces(one: str, other: str) -> int:
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right or not left.isspace():
            break
        length += 1
    return length


@dataclass(frozen=True, slots=True)
class _Cut:
    """A part of a changed text that was moved, from one character to another."""

    start: int
    end: int
    move: int


def _with_moves(changes: list[Change]) -> list[Change]:
    gone = [index for index, change in enumerate(changes) if change.kind == "delete"]
    come = [index for index, change in enumerate(changes) if change.kind == "insert"]
    if not gone or not come:
        return changes
    texts = [_Placed(change.text) for change in changes]
    sources, targets = [texts[index] for index in gone], [texts[index] for index in come]
    cuts: list[list[_Cut]] = [[] for _ in changes]
    number = 0
    for move in alignment.moves([one.words for one in sources], [one.words for one in targets]):
        kept = _told(move, targets[move.target])
        if kept is not None:
            number += 1
            cuts[gone[kept.source]].append(sources[kept.source].cut(kept.start, kept.length, number))
            cuts[come[kept.target]].append(targets[kept.target].cut(kept.place, kept.length, number))
    return [part for change, found in zip(changes, cuts, strict=True) for part in _parts(change, found)]


def _told(move: Move, target: _Placed) -> Move | None:
    """The run without signs that close what stood before it; None if it may be chance."""
    lead = 0
    while lead < move.length and target.words[move.place + lead] in _CLOSING:
        lead += 1
    place, length = move.place + lead, move.length - lead
    weight = sum(words.weight(word) for word in target.words[place : place + length])
    if weight < SHORT_MOVE or (weight < LONG_MOVE and not target.is_whole(place, place + length)):
        return None
    return Move(move.source, move.start + lead, move.target, place, length)


def _parts(change: Change, cuts: list[_Cut]) -> Iterator[Change]:
    """A change in pieces: what was moved, and what stands around it."""
    kind: Kind = "moved_away" if change.kind == "delete" else "moved_here"
    at = 0
    for cut in sorted(cuts, key=lambda one: one.start):
        start = cut.start if change.text[at : cut.start].strip() else at
        if start > at:
            yield Change(change.kind, change.text[at:start])
        end = cut.end if change.text[cut.end :].strip() else len(change.text)
        yield Change(kind, change.text[start:end], cut.move)
        at = end
    if at < len(change.text):
        yield Change(change.kind, change.text[at:])


class _Placed:
    """The words of a text, and where each of them starts in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[str] = []
        self.starts: list[int] = []
        at = 0
        for token in words.tokens(text):
            if not token.isspace():
                self.words.append(token)
                self.starts.append(at)
            at += len(token)

    def cut(self, start: int, length: int, move: int) -> _Cut:
        last = start + length - 1
        return _Cut(self.starts[start], self.starts[last] + len(self.words[last]), move)

    def is_whole(self, start: int, end: int) -> bool:
        """Whether words [start, end) are all of the text, or sentences or lines of it."""
        begins = start == 0 or self.words[start - 1] in _ENDS or self._breaks(start)
        return begins and (end == len(self.words) or self.words[end - 1] in _ENDS or self._breaks(end))

    def _breaks(self, index: int) -> bool:
        """Whether a line ends between this word and the one before it."""
        end = self.starts[index - 1] + len(self.words[index - 1])
        return "\n" in self.text[end : self.starts[index]]
