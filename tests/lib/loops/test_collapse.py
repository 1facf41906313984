"""Diversity: measures of known texts, an alarm where answers became alike, and none where only chance is at work."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.lib.loops import collapse

WORDS = [f"word{number}" for number in range(400)]
PROMPTS, LONG = 200, 30


def answers(rng: np.random.Generator, *, stock_share: float = 0.0) -> list[str]:
    """Random words; so many of the answers begin with the same stock phrase."""
    phrase = WORDS[:12]
    texts = []
    for _ in range(PROMPTS):
        words = list(rng.choice(WORDS, LONG))
        texts.append(" ".join(phrase + words[12:] if rng.random() < stock_share else words))
    return texts


def test_texts_of_different_length_are_cut_to_the_shorter() -> None:
    assert collapse.cut(["a b  c d", "e"], ["f g", "h i j"]) == (["a b", "e"], ["f g", "h"])


def test_repeating_counts_between_texts_and_not_within_one() -> None:
    assert collapse.self_repetition(["a b c d a b c d a b c d"]) == 0
    assert collapse.self_repetition(["a b c d", "a b c d", "e f g h", "i j k l"]) == 0.5
    assert collapse.self_repetition(["too short"]) == 0
    assert collapse.self_repetition([]) == 0


def test_the_same_text_again_compresses_better() -> None:
    text = " ".join(WORDS[:50])
    assert collapse.compression_ratio([text] * 10) > 3 * collapse.compression_ratio([text])
    assert collapse.compression_ratio([]) == 0


@pytest.mark.parametrize("measure", [collapse.compression, collapse.repetition])
def test_answers_that_became_alike_are_found(measure: object) -> None:
    assert callable(measure)
    rng = np.random.default_rng(13)
    found = measure(old=answers(rng), new=answers(rng, stock_share=0.7), rng=rng, permutations=199)
    assert found.growth > 0.10
    assert found.p == pytest.approx(1 / 200)
    assert found.alarms


@pytest.mark.parametrize("runs", [40, pytest.param(200, marks=pytest.mark.long)])
def test_chance_alone_rarely_passes_the_test(runs: int) -> None:
    """p is uniform where both versions are alike: at .05 it passes in one of twenty."""
    rng = np.random.default_rng(17)
    low = 0
    for _ in range(runs):
        old, new = answers(rng, stock_share=0.3), answers(rng, stock_share=0.3)
        low += collapse.repetition(old=old, new=new, rng=rng, permutations=59).p <= 0.05
    assert low <= runs * 0.05 + 3 * np.sqrt(runs * 0.05 * 0.95)
