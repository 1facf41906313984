"""Texts as words: how many, what changed between two of them, and how much.

Two ways to cut. For counting, a word is what stands between spaces, and each CJK character is one, since those
languages write no spaces. For showing changes, punctuation stands apart from words, and spaces are kept, so that the
pieces put together are the text again.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from annotation.lib import alignment

Kind = Literal["equal", "delete", "insert"]

# Han, kana and bopomofo. Korean is not here: it writes spaces.
_CJK = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff"
_CJK += "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
# Marks (such as vowel signs) belong to the letter before them, and \w leaves them out; ZWNJ and ZWJ join letters.
_MARKS = "\u200c\u200d" + "".join(filter(lambda char: unicodedata.category(char)[0] == "M", map(chr, range(0x10000))))
_LETTER = rf"(?:[^\W{_CJK}]|[{_MARKS}])"

_TOKEN = re.compile(
    rf"""\s+                            # spaces and line ends
       | [{_CJK}]
       | \d+(?:[.,:]\d+)+               # 3.14  1,000  10:30
       | {_LETTER}+(?:['\u2019]{_LETTER}+)*  # don't, snake_case
       | .""",
    re.VERBOSE | re.DOTALL,
)
_COUNTED = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")

# Steps of one distance, which keeps no table: about 22,000 words against 22,000.
_MAX_STEPS = 500_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """A run of text that stayed, went, or came."""

    kind: Kind
    text: str


def tokens(text: str) -> list[str]:
    """Words, numbers, single CJK characters, single signs and runs of spaces; joined, they are the text again."""
    return _TOKEN.findall(text)


# ASCII with each letter or digit as "a" and each space as " ", the rest taken out.
_SPACES = b" \t\n\r\v\f\x1c\x1d\x1e\x1f"
_LETTERS = bytes(code for code in range(128) if chr(code).isalnum())
_WORD_SHAPE = bytes.maketrans(_LETTERS + _SPACES, b"a" * len(_LETTERS) + b" " * len(_SPACES))
_SIGNS = bytes(code for code in range(128) if code not in _LETTERS + _SPACES)


def count(text: str) -> int:
    """Words to read: what stands between spaces and holds a letter or digit; each CJK character is one."""
    if text.isascii():
        shape = text.encode().translate(_WORD_SHAPE, _SIGNS)
        return shape.count(b" a") + shape.startswith(b"a")
    return sum(1 for unit in _COUNTED.findall(text) if any(map(str.isalnum, unit)))


def overlap(one: str, other: str) -> float:
    """How many words two texts share, whatever their order and case: Dice's coefficient, from 0 to 1."""
    first, second = (Counter(_COUNTED.findall(text.casefold())) for text in (one, other))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0


def edit_rate(before: str, after: str) -> float:
    """Word-level Levenshtein distance, for each word of the text that was kept (`after`).

    As translation edit rate, without its shifts, so never below it. 0 if no word changed; over 1 if more words
    went than were kept. Where nothing was kept, 1 (or 0, if there was nothing before).
    """
    kept = len(_COUNTED.findall(after))
    changed = distance(before, after)
    return changed / kept if kept else float(changed > 0)


def distance(before: str, after: str) -> int:
    """Words to insert, delete or replace to come from one text to the other (Levenshtein).

    Exact up to about 22,000 words on both sides. Beyond, an upper bound: lines are aligned first, then words
    inside the lines that changed.
    """
    first, second = _COUNTED.findall(before), _COUNTED.findall(after)
    if len(first) * len(second) <= _MAX_STEPS:
        return alignment.levenshtein(first, second)
    return sum(_block_distance(*block) for block in _changed_line_blocks(before, after))


def diff(before: str, after: str) -> list[Change]:
    """What changed, word by word: the texts of equal and delete together are `before`, equal and insert `after`.

    A longest common subsequence of words; a few equal words in the middle of larger changes are shown as changed,
    since a sentence in shreds can't be read. Between two equal runs stand at most one delete and one insert, in
    this order. Up to about 14,000 changed words and signs on both sides at once; beyond, lines are aligned first and
    words inside the lines that changed, and a block of lines that is still too large is shown as replaced.
    """
    return list(_tidied(_pieces(before, after)))


def _pieces(before: str, after: str) -> Iterator[Change]:
    pieces = _word_pieces(before, after)
    if pieces is not None:
        yield from pieces
        return
    first, second = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for block in alignment.blocks(first, second) or [alignment.Block(0, len(first), 0, len(second), equal=False)]:
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
    for block in alignment.readable(blocks, first.words, second.words):
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


def _spacing(before: str, after: str) -> list[Change]:
    if before == after:
        return [Change("equal", before)]
    return [Change("delete", before), Change("insert", after)]


class _Spaced:
    """The words of a text and the spaces before each; one more entry of `spaces` holds those at the end."""

    def __init__(self, text: str) -> None:
        self.words: list[str] = []
        self.spaces = [""]
        for token in tokens(text):
            if token.isspace():
                self.spaces[-1] = token
            else:
                self.words.append(token)
                self.spaces.append("")

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


def _changed_line_blocks(before: str, after: str) -> Iterator[tuple[list[str], list[str]]]:
    """The words of each block of lines that changed; the whole texts where even the lines are too many."""
    first, second = before.splitlines(), after.splitlines()
    for block in alignment.blocks(first, second) or [alignment.Block(0, len(first), 0, len(second), equal=False)]:
        if not block.equal:
            old, new = first[block.start : block.end], second[block.other_start : block.other_end]
            yield _COUNTED.findall("\n".join(old)), _COUNTED.findall("\n".join(new))


def _block_distance(first: list[str], second: list[str]) -> int:
    fits = len(first) * len(second) <= _MAX_STEPS
    return alignment.levenshtein(first, second) if fits else max(len(first), len(second))
