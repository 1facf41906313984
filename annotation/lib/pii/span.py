"""Where something was found in a text, and what it is in one spelling."""

from __future__ import annotations

from dataclasses import dataclass

WORD = "A-Za-z0-9\u00c0-\u024f\u0370-\u052f"
"""What must not stand beside a find: letters of the scripts that put blanks between words. Chinese, Japanese and Thai
write on without one, so that their letters end a find and don't undo it."""

Found = tuple[int, int, str]
"""Start, end, and the value in its one spelling: the same number written with and without spaces is one value."""


@dataclass(frozen=True, slots=True)
class Span:
    rule: str
    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What kinds of characters follow each other in a text, told as fast as the text can be copied, so that most texts
    are passed over by what their shape lacks: `0` is a digit, `A` and `a` are letters, a blank is any gap between the
    digits of a number. In `words`, `w` is what a key is made of."""

    kinds: bytes
    words: bytes


def shape(text: str) -> Shape:
    raw = text.encode("latin-1", "replace")
    return Shape(kinds=raw.translate(_KINDS), words=raw.translate(_WORDS))


def _table(*kinds: tuple[bytes, bytes]) -> bytes:
    """Each character of the first becomes the second; others stay."""
    table = bytearray(range(256))
    for characters, kind in kinds:
        for character in characters:
            table[character] = kind[0]
    return bytes(table)


_UPPER, _LOWER, _DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz", b"0123456789"
# “?” is what stands for a character beyond Latin-1, and some of those are narrow blanks.
_KINDS = _table((_DIGITS, b"0"), (_UPPER, b"A"), (_LOWER, b"a"), (b"-/\xa0?", b" "))
_WORDS = _table((_DIGITS + _UPPER + _LOWER + b"_-", b"w"))
