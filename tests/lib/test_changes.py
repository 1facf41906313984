"""What is shown of an edit: both texts can be read from it, and it reads as a person would tell it."""

from __future__ import annotations

import random
import time
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import alignment, changes, words
from annotation.lib.changes import Change

# Texts that share words, as edits do.
PARTS = [
    "the",
    "The",
    "cat",
    "sat",
    " ",
    " ",
    "  ",
    "\n",
    ".",
    ",",
    "猫",
    "が",
    "カー",
    "กิ",
    "3.14",
    "don't",
    "👍🏽",
    "़",
]
TEXTS = st.lists(st.sampled_from(PARTS)).map("".join)

SENTENCES = [
    "Thank you for the report.",
    "It helps us a lot!",
    "We ship order 17 on Monday.",
    "Call if it is late.\n\n",
    "晚上一起吃饭。",
    "今天天气很好。",
    "Best,\nBen\n",
    "- a line of a list\n",
    "no, ",
]
SHUFFLED = st.lists(st.sampled_from(SENTENCES), max_size=9).map(" ".join)

SIGNS = {
    "equal": "{0}",
    "delete": "[-{0}-]",
    "insert": "{{+{0}+}}",
    "moved_away": "[{1}>{0}<]",
    "moved_here": "{{{1}>{0}<}}",
}


def marked(before: str, after: str) -> str:
    return "".join(SIGNS[change.kind].format(change.text, change.move) for change in changes.diff(before, after))


def assert_rebuilt(before: str, after: str) -> None:
    found = changes.diff(before, after)
    assert "".join(one.text for one in found if one.kind not in ("insert", "moved_here")) == before
    assert "".join(one.text for one in found if one.kind not in ("delete", "moved_away")) == after
    assert all(one.text for one in found)
    assert all(one.kind != other.kind or one.kind.startswith("moved") for one, other in pairwise(found))
    for is_equal, run in groupby(found, key=lambda one: one.kind == "equal"):
        sides = [one.kind in ("insert", "moved_here") for one in run]
        assert is_equal or sides == sorted(sides), "what went stands before what came"


def assert_moves_match(before: str, after: str) -> None:
    found = changes.diff(before, after)
    away = {one.move: one.text.split() for one in found if one.kind == "moved_away"}
    here = {one.move: one.text.split() for one in found if one.kind == "moved_here"}
    assert {number: "".join(text) for number, text in away.items()} == {n: "".join(text) for n, text in here.items()}
    assert all(one.move == 0 for one in found if not one.kind.startswith("moved"))
    assert sorted(here) == list(range(1, len(here) + 1))


@given(st.text(), st.text())
def test_both_texts_can_be_read_from_what_changed(before: str, after: str) -> None:
    assert_rebuilt(before, after)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_where_they_share_words(before: str, after: str) -> None:
    assert_rebuilt(before, after)
    assert_moves_match(before, after)


@given(SHUFFLED, SHUFFLED)
def test_both_texts_can_be_read_where_sentences_changed_their_places(before: str, after: str) -> None:
    assert_rebuilt(before, after)
    assert_moves_match(before, after)


@given(TEXTS)
def test_a_text_and_itself_are_equal(text: str) -> None:
    assert changes.diff(text, text) == ([Change("equal", text)] if text else [])


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("I agree", "I agree with you", "I agree{+ with you+}"),
        ("Hello dear friend", "dear friend", "[-Hello -]dear friend"),
        ("The cat sat on it.", "The dog sat on it!", "The [-cat-]{+dog+} sat on it[-.-]{+!+}"),
        ("One.\n\nTwo.\n\nThree.", "One.\n\nThree.", "One.[-\n\nTwo.-]\n\nThree."),
        ("f(x):\n    return x", "f(x, y):\n    return x", "f(x{+, y+}):\n    return x"),
        ("a  b\tc", "a b c", "a [- -]b[-\t-]{+ +}c"),
        ("今天天气很好", "今天天气不好", "今天天气[-很-]{+不+}好"),
        ("このケータイは便利", "このスマホは便利", "この[-ケータイ-]{+スマホ+}は便利"),
        ("ฉันชอบกินข้าวผัดที่ร้าน", "ฉันชอบกินข้าวต้มที่ร้าน", "ฉันชอบกินข้าว[-ผัด-]{+ต้ม+}ที่ร้าน"),
        (
            "We could meet at noon on the terrace, if it rains in the hall.",
            "Let me know which of your plans, then we talk.",
            "[-We could meet at noon on the terrace, if it rains in the hall-]"
            "{+Let me know which of your plans, then we talk+}.",
        ),
    ],
)
def test_changes_read_well(before: str, after: str, shown: str) -> None:
    assert marked(before, after) == shown


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("I like it. I am glad to help.", "I like it.", "I like it.[- I am glad to help.-]"),
        ("One two. Three four.", "One two. Five six. Three four.", "One two.{+ Five six.+} Three four."),
        ("- one\n- two\n- three", "- one\n- three", "- one[-\n- two-]\n- three"),
        ("a, b, c and d", "a, c and d", "a,[- b,-] c and d"),
    ],
)
def test_what_went_or_came_is_told_by_whole_sentences_and_lines(before: str, after: str, shown: str) -> None:
    assert marked(before, after) == shown


LETTER = [
    "Dear Ann,",
    "Thank you for the report. It helps us a lot.",
    "We will ship order 17 on Monday, and the invoice follows by mail.",
    "Please call if anything is missing.",
]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (
            "\n\n".join(LETTER),
            "\n\n".join([LETTER[0], LETTER[2], LETTER[1], LETTER[3]]),
            f"{LETTER[0]}[1>\n\n{LETTER[1]}<]\n\n{LETTER[2]}{{1>\n\n{LETTER[1]}<}}\n\n{LETTER[3]}",
        ),
        (
            "今天天气很好。晚上一起吃饭。",
            "晚上一起吃饭。今天天气很好。",
            "{1>晚上一起吃饭。<}今天天气很好。[1>晚上一起吃饭。<]",
        ),
        (
            "Call us today. We are here until noon on each day of the week. Bye.",
            "We are here until noon on each day of the week, on Sundays too. Call us today. Bye.",
            "[1>Call us today<][-. -]We are here until noon on each day of the week"
            "{+, on Sundays too. +}{1>Call us today<}. Bye.",
        ),
    ],
)
def test_what_was_cut_and_put_in_elsewhere_is_moved(before: str, after: str, shown: str) -> None:
    assert marked(before, after) == shown


def test_a_few_words_that_stand_in_both_are_no_move() -> None:
    before = "I would like to know when the parcel comes, since nobody told me a date or an hour."
    after = "Nobody can say today which day it will be, but most of our customers would like to know when."
    assert not any(one.kind.startswith("moved") for one in changes.diff(before, after))


def test_a_paragraph_that_was_moved_and_mended_is_moved_but_for_what_was_mended() -> None:
    stays = (
        "We ship on Monday, and the invoice follows by mail within a week or two, as it always did in all the years."
    )
    moved = "We meet at noon on the terrace if it is warm, and in the large hall on the first floor if it rains."
    found = changes.diff(f"{moved} {stays} Bye.", f"{stays} {moved.replace('large', 'small')} Bye.")
    assert [one.text.strip() for one in found if one.kind == "insert"] == ["small"]
    assert len([one for one in found if one.kind == "moved_here"]) == 2


@pytest.mark.parametrize("changed", [0.1, 1.0])
def test_ten_thousand_words_take_under_a_second(changed: float) -> None:
    drawn = random.Random(7)
    vocabulary = [f"word{number}" for number in range(3000)] + ["the", "a", ",", "."] * 300
    before = drawn.choices(vocabulary, k=10_000)
    after = [drawn.choice(vocabulary) if drawn.random() < changed else word for word in before]
    started = time.process_time()
    assert_rebuilt(" ".join(before), " ".join(after))
    assert words.edit_rate(" ".join(before), " ".join(after)) > changed / 2
    assert time.process_time() - started < 1.5


def _numbers(of: range) -> str:
    return " ".join(map(str, of))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 50_000, "a " * 49_999 + "b"),
        ("a b c " * 30_000, "c b a " * 30_000),
        (_numbers(range(30_000)), _numbers(range(30_000, 0, -1))),
        (_numbers(range(50_000)), f"{_numbers(range(25_000, 50_000))} {_numbers(range(25_000))}"),
        (". " * 30_000, "." * 30_000),
        ("x y " * 5_000 + "q", "y x " * 5_000 + "z q"),
        ("ab cd ef gh ij " * 9_000 + "end", "start " + "cd ef gh ij ab " * 9_000),
    ],
)
def test_no_pair_of_texts_takes_long(before: str, after: str) -> None:
    started = time.process_time()
    assert_rebuilt(before, after)
    assert time.process_time() - started < 8


def test_half_of_a_book_that_changed_its_place_is_moved() -> None:
    first, second = _numbers(range(5_000)), _numbers(range(5_000, 10_000))
    found = changes.diff(f"{first} {second} end", f"{second} {first} end")
    assert {one.kind for one in found} == {"equal", "moved_away", "moved_here"}


def test_texts_too_large_for_one_table_are_compared_by_lines_and_then_by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "_MAX_PAIRS", 30)
    before = "first\none two three\nthe same line\nfour five\nlast"
    after = "FIRST\none 2 three\nthe same line\nfour 5\nLAST"
    assert marked(before, after) == (
        "[-first-]{+FIRST+}\none [-two-]{+2+} three\nthe same line\nfour [-five\nlast-]{+5\nLAST+}"
    )
    block = " ".join("abcdefgh")
    assert marked(f"{block}\nsame", f"{block.upper()}\nsame") == f"[-{block}\n-]{{+{block.upper()}\n+}}same"


def test_a_book_of_one_line_is_shown_as_replaced_and_takes_no_longer() -> None:
    before = " ".join(f"a{number}" for number in range(30_000))
    after = " ".join(f"b{number}" for number in range(30_000))
    started = time.process_time()
    assert [change.kind for change in changes.diff(before, after)] == ["delete", "insert"]
    assert words.edit_rate(before, after) == 1
    assert time.process_time() - started < 5
