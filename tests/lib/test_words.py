import statistics
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import words

MLQE = Path(__file__).parents[3] / "shared" / "data" / "mlqe_pe_en_de_dev" / "en-de-dev.tar.gz"

# Texts that share words, as edits do.
TEXTS = st.lists(
    st.sampled_from(
        ["the", "The", "cat", "sat", " ", " ", "  ", "\n", ".", ",", "猫", "が", "3.14", "don't", "👍🏽", "x_1", "़"]
    )
).map("".join)


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
        ("このケータイは", ["こ", "の", "ケータイ", "は"]),
        ("ฉันชอบกิน", ["ฉั", "น", "ช", "อ", "บ", "กิ", "น"]),
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
        ("ฉันชอบกินข้าวผัดที่ร้านนี้ ครับ", 7),
        ("return self.x + 1", 3),
    ],
)
def test_words_to_read_are_counted(text: str, count: int) -> None:
    assert words.count(text) == count


@given(TEXTS)
def test_a_text_and_itself_are_not_apart(text: str) -> None:
    assert words.edit_rate(text, text) == 0


def test_texts_too_large_for_one_distance_are_compared_by_lines_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_MAX_STEPS", 30)
    before = "first\none two three\nthe same line\nfour five\nlast"
    assert words.distance(before, "FIRST\none 2 three\nthe same line\nfour 5\nLAST") == 4
    block = " ".join("abcdefgh")
    assert words.distance(f"{block}\nsame", f"{block.upper()}\nsame") == 8


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
    [
        ("", "", 0),
        ("a", "", 0),
        ("How do I reset it", "how do I reset my phone", 8 / 11),
        ("a a b", "B a", 4 / 5),
        ("ชอบกิน", "กินไหม", 4 / 10),
    ],
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
