"""How alike two prompts are in what they ask for."""

from __future__ import annotations

import pytest

from annotation.lib.similarity import Rarity, Text

TEMPLATE = "You are asked by a customer of ours: answer in a friendly way, in two sentences at most."
ASKED = (
    "how do I cancel my order",
    "how do I track my order",
    "can I pay with a voucher",
    "where is the nearest shop",
    "do you ship to Norway",
    "what does the warranty cover",
)


def alike(one: str, other: str, *, among: tuple[str, ...] = ASKED) -> float:
    [[found]] = Rarity(map(Text.of, among)).alike([Text.of(one)], [Text.of(other)]).tolist()
    return float(found)


def test_the_figure_is_the_cosine_of_the_weights_of_words() -> None:
    # N = 4. Weights log(5 / (n + 1/2)): "a" is in 4, "b" and "c" in 2, "d" in 1, "e" and "f" in none.
    among = ("a b", "a b", "a c", "a c d")
    assert alike("a b c d", "a b c d e", among=among) == pytest.approx(0.5599, abs=1e-4)
    assert alike("a b c d", "a e f c", among=among) == pytest.approx(0.0948, abs=1e-4)
    assert alike("a b c d", "d, C: B a!", among=among) == pytest.approx(1)


def test_the_order_of_words_has_no_say_and_rare_words_have_most() -> None:
    assert alike("how do I cancel my order", "My order: how do I cancel it?") > 0.65
    assert alike("how do I cancel my order", "how do I track my order") < alike(
        "how do I cancel my order", "how can I cancel my order"
    )


def test_what_each_prompt_says_makes_no_two_alike() -> None:
    told = tuple(f"{TEMPLATE} {one}" for one in ASKED for _ in range(20))
    assert alike(told[60], told[80], among=told) < 0.45
    assert alike(told[60], f"{TEMPLATE} nearest shop, where is?", among=told) > 0.7


def test_few_words_are_like_nothing_and_scripts_without_spaces_are_compared() -> None:
    assert alike("yes please do", "yes please do") == 0
    assert alike("", "") == 0
    assert alike("注文を取り消したい", "注文の取り消し方") > 0.3
