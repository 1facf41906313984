import random
import statistics
import tarfile
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import alignment, words

MLQE = Path(__file__).parents[3] / "shared" / "data" / "mlqe_pe_en_de_dev" / "en-de-dev.tar.gz"

# Texts that share words, as edits do.
TEXTS = st.lists(
    st.sampled_from(
        ["the", "The", "cat", "sat", " ", " ", "  ", "\n", ".", ",", "猫", "が", "3.14", "don't", "👍🏽", "x_1", "़"]
    )
).map("".join)


def marked(before: str, after: str) -> str:
    signs = {"equal": "{}", "delete": "[-{}-]", "insert": "{{+{}+}}"}
    return "".join(signs[change.kind].format(change.text) for change in words.diff(before, after))


@given(st.text() | TEXTS)
def test_tokens_put_together_are_the_text(text: str) -> None:
    assert "".join(words.tokens(text)) == text


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I don't know.", ["I", " ", "don't", " ", "know", "."]),
        ("foo_bar(3.14, 1,000)\n\tx", ["foo_bar", "(", "3.14", ",", " ", "1,000", ")", "\n\t", "x"]),
        ("漢字かな", ["漢", "字", "か", "な"]),
        ("한국어 글", ["한국어", " ", "글"]),
        ("हिन्दी में।", ["हिन्दी", " ", "में", "।"]),
        ("naïve nai\u0308ve", ["naïve", " ", "nai\u0308ve"]),
        ("مُحَمَّد", ["مُحَمَّد"]),
    ],
)
def test_words_are_whole_in_every_script(text: str, tokens: list[str]) -> None:
    assert words.tokens(text) == tokens


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n — … | ", 0),
        ("Dear Ann, thank you \u2013 see you at 10:30!", 8),
        ("state-of-the-art", 1),
        ("今天天气很好\uff0c我们去 Paris。", 10),
        ("한국어 글", 2),
        ("return self.x + 1", 3),
    ],
)
def test_words_to_read_are_counted(text: str, count: int) -> None:
    assert words.count(text) == count


@given(st.text(), st.text())
def test_a_change_rebuilds_any_two_texts(before: str, after: str) -> None:
    assert_rebuilt(before, after)


@given(TEXTS, TEXTS)
def test_a_change_rebuilds_two_texts_that_share_words(before: str, after: str) -> None:
    assert_rebuilt(before, after)


def assert_rebuilt(before: str, after: str) -> None:
    changes = words.diff(before, after)
    assert "".join(change.text for change in changes if change.kind != "insert") == before
    assert "".join(change.text for change in changes if change.kind != "delete") == after
    assert all(change.text for change in changes)
    order = {("equal", "delete"), ("equal", "insert"), ("delete", "insert"), ("delete", "equal"), ("insert", "equal")}
    assert {(one.kind, other.kind) for one, other in pairwise(changes)} <= order


@given(TEXTS)
def test_a_text_and_itself_are_equal(text: str) -> None:
    assert words.diff(text, text) == ([words.Change("equal", text)] if text else [])
    assert words.edit_rate(text, text) == 0


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


@pytest.mark.parametrize("changed", [0.1, 1.0])
def test_ten_thousand_words_take_under_a_second(changed: float) -> None:
    drawn = random.Random(7)
    vocabulary = [f"word{number}" for number in range(3000)] + ["the", "a", ",", "."] * 300
    before = drawn.choices(vocabulary, k=10_000)
    after = [drawn.choice(vocabulary) if drawn.random() < changed else word for word in before]
    started = time.process_time()
    assert_rebuilt(" ".join(before), " ".join(after))
    assert words.edit_rate(" ".join(before), " ".join(after)) > changed / 2
    assert time.process_time() - started < 1


def test_texts_too_large_for_one_table_are_compared_by_lines_and_then_by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "_MAX_PAIRS", 30)
    monkeypatch.setattr(words, "_MAX_STEPS", 30)
    before = "first\none two three\nthe same line\nfour five\nlast"
    after = "FIRST\none 2 three\nthe same line\nfour 5\nLAST"
    assert marked(before, after) == (
        "[-first-]{+FIRST+}\none [-two-]{+2+} three\nthe same line\nfour [-five\nlast-]{+5\nLAST+}"
    )
    assert words.distance(before, after) == 4
    block = " ".join("abcdefgh")
    assert marked(f"{block}\nsame", f"{block.upper()}\nsame") == f"[-{block}\n-]{{+{block.upper()}\n+}}same"
    assert words.distance(f"{block}\nsame", f"{block.upper()}\nsame") == 8


def test_a_book_of_one_line_is_shown_as_replaced_and_takes_no_longer() -> None:
    before = " ".join(f"a{number}" for number in range(100_000))
    after = " ".join(f"b{number}" for number in range(100_000))
    started = time.process_time()
    assert [change.kind for change in words.diff(before, after)] == ["delete", "insert"]
    assert words.edit_rate(before, after) == 1
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("before", "after", "rate"),
    [
        ("", "", 0),
        ("", "a b", 1),
        ("a b", "", 1),
        ("a b c d", "a b", 1),
        ("a b c", "a x c", 1 / 3),
        ("很好", "不好", 0.5),
    ],
)
def test_the_edit_rate_is_distance_by_words_kept(before: str, after: str, rate: float) -> None:
    assert words.edit_rate(before, after) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [("", "", 0), ("a", "", 0), ("How do I reset it", "how do I reset my phone", 8 / 11), ("a a b", "B a", 4 / 5)],
)
def test_overlap_counts_shared_words(one: str, other: str, shared: float) -> None:
    assert words.overlap(one, other) == words.overlap(other, one) == pytest.approx(shared)


@pytest.mark.skipif(not MLQE.exists(), reason="the post-edited translations are not beside this checkout")
def test_the_edit_rate_agrees_with_published_translation_edit_rates() -> None:
    with tarfile.open(MLQE) as archive:
        parts = {Path(member.name).suffix: archive.extractfile(member) for member in archive if member.isfile()}
        read = {suffix: file.read().decode().splitlines() for suffix, file in parts.items() if file}
    published = [float(line) for line in read[".hter"]]
    rates = [words.edit_rate(before, after) for before, after in zip(read[".mt"], read[".pe"], strict=True)]
    assert len(rates) == 1000
    assert statistics.mean(rates) == pytest.approx(0.1948, abs=0.00005)
    assert statistics.correlation(rates, published) == pytest.approx(0.974, abs=0.0005)
    assert all(rate >= hter - 1e-6 for rate, hter in zip(rates, published, strict=True))
    unchanged = [rate for rate, b, a in zip(rates, read[".mt"], read[".pe"], strict=True) if b.strip() == a.strip()]
    assert unchanged == [0] * 299


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_counts_as_the_long_one(text: str) -> None:
    # The euro sign leads the long way, and is no word.
    assert words.count(text) == words.count(f"{text} €")
