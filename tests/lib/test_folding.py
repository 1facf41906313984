"""Where long texts are parted."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import folding

PIECES = st.lists(st.sampled_from(["word", " ", "\n", "\n\n", "```", "~~~\n", "\n```python\n", "猫" * 20])).map("".join)


@given(PIECES, st.integers(3, 60))
def test_both_parts_are_the_text_and_the_first_is_short(text: str, most: int) -> None:
    shown, rest = folding.split(text, most)
    assert shown + rest == text
    assert len(shown) <= 1.25 * most
    assert shown or not text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        (f"First one.\n\nSecond\none {'x' * 99}", "First one.\n\n"),
        (f"First line here\nsecond {'x' * 99}", "First line here\n"),
        (f"first words {'x' * 99}", "first words "),
        ("x" * 99, "x" * 20),
        (f"Before it.\n```\n{'code ' * 40}\n```", "Before it.\n"),
        (f"```\nline one\nline two {'x' * 99}\n```", "```\nline one\n"),
    ],
)
def test_texts_are_parted_where_a_reader_would(text: str, shown: str) -> None:
    assert folding.split(text, 20)[0] == shown


def test_the_end_of_a_line_is_that_of_the_text_where_it_has_fewer() -> None:
    assert [folding.end_of_line("a\nbc\nd", number) for number in (1, 2, 3, 9)] == [2, 5, 6, 6]


def test_a_fence_that_is_open_is_named() -> None:
    assert folding.is_inside_code("a\n```python\nb") == "```python"
    assert folding.is_inside_code("a\n```python\nb\n```\n") == ""


def test_no_text_takes_long() -> None:
    started = time.process_time()
    for piece in ("```\n", " ", "\n", "`", "x"):
        folding.split(piece * 1_000_000, 5_000)
    assert time.process_time() - started < 1
