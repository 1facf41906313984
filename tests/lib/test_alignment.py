from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import alignment

LETTERS = st.lists(st.sampled_from("abcd"), max_size=12)


def slow_levenshtein(first: list[str], second: list[str]) -> int:
    @cache
    def apart(index: int, other: int) -> int:
        if not index or not other:
            return index + other
        replaced = apart(index - 1, other - 1) + (first[index - 1] != second[other - 1])
        return min(apart(index - 1, other) + 1, apart(index, other - 1) + 1, replaced)

    return apart(len(first), len(second))


def slow_common_length(first: list[str], second: list[str]) -> int:
    @cache
    def common(index: int, other: int) -> int:
        if not index or not other:
            return 0
        if first[index - 1] == second[other - 1]:
            return common(index - 1, other - 1) + 1
        return max(common(index - 1, other), common(index, other - 1))

    return common(len(first), len(second))


@given(LETTERS, LETTERS)
def test_the_distance_is_that_of_the_textbook(first: list[str], second: list[str]) -> None:
    assert alignment.levenshtein(first, second) == slow_levenshtein(first, second)


@given(LETTERS, LETTERS)
def test_equal_runs_are_a_longest_common_subsequence(first: list[str], second: list[str]) -> None:
    blocks = alignment.blocks(first, second) or []
    equal = [block for block in blocks if block.equal]
    assert sum(block.end - block.start for block in equal) == slow_common_length(first, second)
    for block in equal:
        assert first[block.start : block.end] == second[block.other_start : block.other_end]


@given(LETTERS, LETTERS)
def test_blocks_cover_both_lists_without_gaps_and_take_turns(first: list[str], second: list[str]) -> None:
    aligned = alignment.blocks(first, second) or []
    for blocks in (aligned, alignment.readable(aligned, first, second)):
        assert [index for block in blocks for index in range(block.start, block.end)] == list(range(len(first)))
        covered = [index for block in blocks for index in range(block.other_start, block.other_end)]
        assert covered == list(range(len(second)))
        assert all(one.equal != other.equal for one, other in pairwise(blocks))


def test_a_word_between_two_larger_changes_becomes_part_of_them() -> None:
    first, second = ["we", "could", "meet", "at", "noon", "today"], ["let", "us", "talk", "at", "four", "then"]
    blocks = alignment.blocks(first, second) or []
    assert [block.equal for block in blocks] == [False, True, False]
    assert alignment.readable(blocks, first, second) == [alignment.Block(0, 6, 0, 6, equal=False)]


def test_a_word_between_small_changes_stays() -> None:
    first, second = ["the", "cat", "sat", "on", "mats"], ["the", "dog", "sat", "in", "hats"]
    blocks = alignment.blocks(first, second) or []
    assert alignment.readable(blocks, first, second) == blocks


def test_lists_of_very_different_length_are_compared_at_once() -> None:
    many = [str(number) for number in range(100_000)]
    assert alignment.levenshtein(many, ["7", "x", "9"]) == alignment.levenshtein(["7", "x", "9"], many) == 99_998
    for blocks in (alignment.blocks(many, ["x", "7", "9"]), alignment.blocks(["x", "7", "9"], many)):
        assert sum(block.end - block.start for block in blocks or [] if block.equal) == 2


def test_what_is_too_large_for_a_table_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "_MAX_PAIRS", 8)
    assert alignment.blocks(list("abc"), list("xyz")) is None
    assert alignment.blocks(list("same-abc-same"), list("same-xy-same")) is not None


@given(st.lists(LETTERS, max_size=4), st.lists(LETTERS, max_size=4))
def test_a_move_says_the_same_words_twice_and_no_word_is_in_two(gone: list[list[str]], come: list[list[str]]) -> None:
    seen: set[tuple[str, int, int]] = set()
    for one in alignment.moves(gone, come):
        words = gone[one.source][one.start : one.start + one.length]
        assert words == come[one.target][one.place : one.place + one.length]
        assert len(words) == one.length > 0
        places = {("gone", one.source, one.start + step) for step in range(one.length)}
        places |= {("come", one.target, one.place + step) for step in range(one.length)}
        assert not places & seen
        seen |= places


def test_a_run_is_taken_as_far_as_it_goes_through_words_that_are_repeated() -> None:
    run = ["the", "one", "or", "the", "other", "of", "the", "two", "the", "the", "the", "end"]
    (found,) = alignment.moves([["x"], ["y", *run, "z"]], [[*run, "w"]])
    assert found == alignment.Move(source=1, start=1, target=0, place=0, length=len(run))


def test_words_that_stand_twice_on_either_side_tell_of_no_move() -> None:
    run = ["one", "two", "three"]
    assert alignment.moves([run, run], [run]) == alignment.moves([run], [run, run]) == []
