"""Texts as words: how many, how many two of them share, and how far they are apart.

Two ways to cut. For counting, a word is what stands between spaces; where a script writes none, each CJK character is
one, and so are four letters of Thai, Lao, Khmer or Burmese. For showing changes, punctuation stands apart from words,
and spaces are kept, so that the pieces put together are the text again.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from annotation.lib import alignment

# Han, kana and bopomofo. Korean is not here: it writes spaces.
_CJK = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff"
_CJK += "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
# Thai and Lao, Burmese, Khmer: letters follow each other without spaces, up to the end of a sentence.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
# Marks (such as vowel signs) belong to the letter before them, and \w leaves them out; ZWNJ and ZWJ join letters.
_MARKS = "\u200c\u200d" + "".join(filter(lambda char: unicodedata.category(char)[0] == "M", map(chr, range(0x10000))))
_LETTER = rf"(?:[^\W{_CJK}{_UNSPACED}]|[{_MARKS}])"
_SYLLABLE = rf"[{_UNSPACED}][{_MARKS}]*"

_TOKEN = re.compile(
    rf"""\s+                            # spaces and line ends
       | [{_KATAKANA}]+                 # foreign words, which Japanese sets apart by their letters
       | [{_CJK}]
       | {_SYLLABLE}
       | \d+(?:[.,:]\d+)+               # 3.14  1,000  10:30
       | {_LETTER}+(?:['\u2019]{_LETTER}+)*  # don't, snake_case
       | .""",
    re.VERBOSE | re.DOTALL,
)
_COUNTED = re.compile(rf"[{_CJK}]|[{_UNSPACED}]{{1,4}}|[^\s{_CJK}{_UNSPACED}]+")
_COMPARED = re.compile(rf"[{_CJK}]|{_SYLLABLE}|[^\s{_CJK}{_UNSPACED}]+")
_WITHOUT_SPACES = re.compile(rf"[{_CJK}{_UNSPACED}]")

# Steps of one distance, which keeps no table: about 22,000 words against 22,000.
_MAX_STEPS = 500_000_000


def tokens(text: str) -> list[str]:
    """Words, numbers, single signs and runs of spaces; joined, they are the text again.

    Where a script writes no spaces, its characters or syllables stand alone, but for words in katakana.
    """
    return _TOKEN.findall(text)


# ASCII with each letter or digit as "a" and each space as " ", the rest taken out.
_SPACES = b" \t\n\r\v\f\x1c\x1d\x1e\x1f"
_LETTERS = bytes(code for code in range(128) if chr(code).isalnum())
_WORD_SHAPE = bytes.maketrans(_LETTERS + _SPACES, b"a" * len(_LETTERS) + b" " * len(_SPACES))
_SIGNS = bytes(code for code in range(128) if code not in _LETTERS + _SPACES)


def count(text: str) -> int:
    """Words to read: what stands between spaces and holds a letter or digit, or stands for a word without spaces."""
    if text.isascii():
        shape = text.encode().translate(_WORD_SHAPE, _SIGNS)
        return shape.count(b" a") + shape.startswith(b"a")
    return sum(1 for unit in _COUNTED.findall(text) if any(map(str.isalnum, unit)))


def compared(text: str) -> list[str]:
    """The words that `overlap` and `distance` compare; of a script without spaces, its characters or syllables."""
    return _COMPARED.findall(text)


def units(text: str) -> int:
    """How many words `distance` compares."""
    return len(compared(text))


def letters_apart(one: str, other: str) -> int:
    """Letters to insert, delete or replace to come from one word to the other."""
    return alignment.levenshtein(list(one), list(other))


def weight(token: str) -> float:
    """How much of a word one of `tokens` is: a sign is none, a character of a script without spaces is half of one."""
    if not token[0].isalnum():
        return 0.0
    return 0.5 * len(token) if _WITHOUT_SPACES.match(token) else 1.0


def overlap(one: str, other: str) -> float:
    """How many words two texts share, whatever their order and case: Dice's coefficient, from 0 to 1."""
    first, second = (Counter(compared(text.casefold())) for text in (one, other))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0


def edit_rate(before: str, after: str) -> float:
    """Word-level Levenshtein distance, for each word of the text that was kept (`after`).

    As translation edit rate, without its shifts, so never below it. 0 if no word changed; over 1 if more words
    went than were kept. Where nothing was kept, 1 (or 0, if there was nothing before).
    """
    kept = len(compared(after))
    changed = distance(before, after)
    return changed / kept if kept else float(changed > 0)


def distance(before: str, after: str) -> int:
    """Words to insert, delete or replace to come from one text to the other (Levenshtein).

    Exact up to about 22,000 words on both sides. Beyond, an upper bound: lines are aligned first, then words
    inside the lines that changed.
    """
    first, second = compared(before), compared(after)
    if len(first) * len(second) <= _MAX_STEPS:
        return alignment.levenshtein(first, second)
    return sum(_block_distance(*block) for block in _changed_line_blocks(before, after))


def _changed_line_blocks(before: str, after: str) -> Iterator[tuple[list[str], list[str]]]:
    """The words of each block of lines that changed; the whole texts where even the lines are too many."""
    first, second = before.splitlines(), after.splitlines()
    for block in alignment.blocks(first, second) or [alignment.Block(0, len(first), 0, len(second), equal=False)]:
        if not block.equal:
            old, new = first[block.start : block.end], second[block.other_start : block.other_end]
            yield compared("\n".join(old)), compared("\n".join(new))


def _block_distance(first: list[str], second: list[str]) -> int:
    fits = len(first) * len(second) <= _MAX_STEPS
    return alignment.levenshtein(first, second) if fits else max(len(first), len(second))
