"""Texts as sets of shingles: three words in a row, whatever their case and the signs between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final

from annotation.lib import words

ALIKE: Final = 0.7
"""From this Jaccard similarity on, two texts are near-duplicates."""

SHORTEST: Final = 20
"""Texts of fewer tokens are never alike: "thanks" and "you're welcome" say nothing about each other."""

LONGEST: Final = 3000
"""Of a longer text, so many tokens are compared: who begins alike for so long is alike."""

# What `words.tokens` would keep inside of a word or number.
_INSIDE = str.maketrans(dict.fromkeys("'\u2019_.,:", " "))

# ASCII in lower case, with a space for whatever is neither a letter nor a digit.
_PLAIN = bytes(ord(chr(code).lower()) if chr(code).isalnum() else 0x20 for code in range(128)) + bytes(128)


@dataclass(frozen=True)
class Text:
    """`tokens`: its words in order; of a script without spaces, its characters or syllables."""

    tokens: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Text:
        if text.isascii():
            return cls(tuple(text.encode().translate(_PLAIN).decode().split()))
        pieces = words.tokens(text.casefold().translate(_INSIDE))
        return cls(tuple(piece for piece in pieces if piece[0].isalnum()))

    @classmethod
    def together(cls, *texts: Text) -> Text:
        """The texts as one, cut at LONGEST."""
        return cls(tuple(token for text in texts for token in text.tokens)[:LONGEST])

    @property
    def is_short(self) -> bool:
        return len(self.tokens) < SHORTEST

    @cached_property
    def shingles(self) -> frozenset[str]:
        return frozenset(map(" ".join, zip(self.tokens, self.tokens[1:], self.tokens[2:], strict=False)))

    @cached_property
    def digest(self) -> bytes:
        """16 bytes: the same for the same words in the same order."""
        return blake2b(" ".join(self.tokens).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def jaccard(one: Text, other: Text) -> float:
    """Of the shingles that either has, the share that both have: from 0 to 1; 0 where either has none.

    Broder, On the resemblance and containment of documents, 1997.
    """
    common = len(one.shingles & other.shingles)
    total = len(one.shingles) + len(other.shingles) - common
    return common / total if total else 0.0
