"""Whether a version's answers have become more alike than those of the one before, to the same prompts."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

ENOUGH_PROMPTS = 200
GRAM = 4
ALARM_P = 0.01
ALARM_GROWTH = 0.10
_LEVEL = 6

IntArray = npt.NDArray[np.int64]
Texts = Sequence[str]
Measured = TypeVar("Measured")


@dataclass(frozen=True, kw_only=True)
class Collapse:
    """One measure of sameness under both versions, and how often chance alone makes as much of a difference.

    `spread`: how far `growth` strays by the choice of prompts, as a standard error; 0 where nobody asked (`blocks`).
    """

    old: float
    new: float
    p: float
    spread: float = 0.0

    @property
    def growth(self) -> float:
        """By how much more alike the new answers are, as a share of the old figure."""
        return self.new / self.old - 1 if self.old else (np.inf if self.new else 0.0)

    @property
    def alarms(self) -> bool:
        return self.p < ALARM_P and self.growth > ALARM_GROWTH


def cut(old: Texts, new: Texts) -> tuple[list[str], list[str]]:
    """Both answers of each prompt at the length of the shorter, in words: longer texts repeat themselves more."""
    pairs = [(one.split(), other.split()) for one, other in zip(old, new, strict=True)]
    lengths = [min(len(one), len(other)) for one, other in pairs]
    return (
        [" ".join(one[:length]) for (one, _), length in zip(pairs, lengths, strict=True)],
        [" ".join(other[:length]) for (_, other), length in zip(pairs, lengths, strict=True)],
    )


def compression_ratio(texts: Texts) -> float:
    """Bytes of all texts by their bytes after zlib: the higher, the more alike (Shaib et al. 2024)."""
    data = "\n".join(texts).encode()
    return len(data) / len(zlib.compress(data, _LEVEL)) if data else 0.0


def self_repetition(texts: Texts) -> float:
    """The share of 4-grams of words that occur in more than one of the texts."""
    return _repeated([_grams(text) for text in texts])


def compression(
    *, old: Texts, new: Texts, rng: np.random.Generator, permutations: int = 999, blocks: int = 0
) -> Collapse:
    """By `compression_ratio`, answers to the same prompts in the same places, already `cut`."""
    return _compared(old, new, compression_ratio, rng, permutations, blocks)


def repetition(
    *, old: Texts, new: Texts, rng: np.random.Generator, permutations: int = 999, blocks: int = 0
) -> Collapse:
    """By `self_repetition`, answers to the same prompts in the same places, already `cut`."""
    grams = [_grams(text) for text in old], [_grams(text) for text in new]
    return _compared(*grams, _repeated, rng, permutations, blocks)


def _compared(
    old: Sequence[Measured],
    new: Sequence[Measured],
    measure: Callable[[Sequence[Measured]], float],
    rng: np.random.Generator,
    permutations: int,
    blocks: int,
) -> Collapse:
    """The permutation test of pairs: which of a prompt's two answers is called new is left to chance. One-sided."""
    pairs = list(zip(old, new, strict=True))
    found = Collapse(old=measure(list(old)), new=measure(list(new)), p=1.0)
    spread = _spread(old, new, measure, min(blocks, len(old))) if blocks else 0.0
    seen = 0
    for _ in range(permutations):
        swaps = rng.random(len(pairs)) < 0.5
        one, other = zip(*(pair[::-1] if swap else pair for pair, swap in zip(pairs, swaps, strict=True)), strict=True)
        seen += measure(list(other)) - measure(list(one)) >= found.new - found.old
    return Collapse(old=found.old, new=found.new, p=(seen + 1) / (permutations + 1), spread=spread)


def _spread(
    old: Sequence[Measured], new: Sequence[Measured], measure: Callable[[Sequence[Measured]], float], blocks: int
) -> float:
    """The jackknife's, a block of prompts left out at a time. Drawing prompts again would repeat texts by itself."""
    growths = []
    for block in range(blocks):
        kept = [place for place in range(len(old)) if place % blocks != block]
        left = Collapse(old=measure([old[at] for at in kept]), new=measure([new[at] for at in kept]), p=1.0)
        growths.append(left.growth)
    return float(np.sqrt((blocks - 1) * np.var(growths))) if np.all(np.isfinite(growths)) else 0.0


def _grams(text: str) -> IntArray:
    """The text's different 4-grams of words, as hashes of this process."""
    words = text.lower().split()
    return np.unique([hash(tuple(words[at : at + GRAM])) for at in range(len(words) - GRAM + 1)]).astype(np.int64)


def _repeated(grams: Sequence[IntArray]) -> float:
    every = np.concatenate(grams) if grams else np.array([], dtype=np.int64)
    if not every.size:
        return 0.0
    counts = np.unique(every, return_counts=True)[1]
    return float(counts[counts > 1].sum() / every.size)
