from __future__ import annotations

import statistics
from collections import Counter

import pytest

from annotation.lib import words
from tests import realdata
from tests.realdata import Record, mlqe_pe_en_de_dev

pytestmark = realdata.requires(mlqe_pe_en_de_dev.FOLDER)

# The published rates are rounded to six decimals.
ROUNDING = 5e-7


@pytest.fixture(scope="module")
def segments() -> list[Record]:
    return list(mlqe_pe_en_de_dev.records())


def edit_rate(segment: Record) -> float:
    return words.edit_rate(segment["output"], segment["final_text"])


def test_every_segment_is_there_with_its_published_edit_rate(segments: list[Record]) -> None:
    rates = [segment["metadata"]["hter"] for segment in segments]

    assert len(segments) == 1000
    assert rates.count(0) == 303
    assert round(statistics.mean(rates), 4) == 0.1830


def test_what_the_person_left_as_it_was_is_accepted_and_the_rest_edited(segments: list[Record]) -> None:
    kinds = Counter(signal["kind"] for segment in segments for signal in segment["signals"])

    assert kinds == {"accepted": 299, "edited": 701}


def test_four_segments_are_edited_in_letter_case_alone_which_the_published_rate_ignores(segments: list[Record]) -> None:
    unseen = [s for s in segments if s["signals"][0]["kind"] == "edited" and s["metadata"]["hter"] == 0]

    assert len(unseen) == 4
    assert all(segment["output"].casefold() == segment["final_text"].casefold() for segment in unseen)


def test_the_edit_rate_by_words_is_never_below_the_published_one_that_also_moves_blocks(segments: list[Record]) -> None:
    by_words = [edit_rate(segment) for segment in segments]
    published = [segment["metadata"]["hter"] for segment in segments]

    assert [ours for ours, theirs in zip(by_words, published, strict=True) if ours < theirs - ROUNDING] == []
    assert round(statistics.mean(by_words), 4) == 0.1948
    assert round(statistics.correlation(by_words, published), 3) == 0.974


def test_the_edit_rate_by_words_is_zero_where_nothing_was_edited(segments: list[Record]) -> None:
    untouched = [edit_rate(segment) == 0 for segment in segments]

    assert untouched == [segment["signals"][0]["kind"] == "accepted" for segment in segments]
