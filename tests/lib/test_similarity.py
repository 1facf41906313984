"""Texts that say nearly the same: how alike they are, how they are found, and what holds them together."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from annotation.lib import similarity
from annotation.lib.similarity import Row, Text

LONG = (
    "The meeting moves to Friday; please bring the figures of the last quarter, and tell Bob that we need him there "
    "too, with the contract."
)


def of_words(*numbers: int) -> Text:
    return Text(tuple(f"w{number}" for number in numbers))


def test_case_signs_and_spaces_make_no_difference() -> None:
    assert Text.of("The MEETING,\nmoves — to_friday!") == Text.of("the meeting moves to friday")
    assert Text.of("Straße, don\u2019t") == Text.of("strasse DON'T")


def test_scripts_without_spaces_are_compared_by_their_signs() -> None:
    assert Text.of("会议改到星期五。").tokens == ("会", "议", "改", "到", "星", "期", "五")


def test_the_share_of_common_shingles_is_exact() -> None:
    # 10 words have 8 shingles. The last word changed: 7 of 9 are common. The middle one: 5 of 11.
    ten = of_words(*range(10))
    assert similarity.jaccard(ten, of_words(*range(9), 99)) == pytest.approx(7 / 9)
    assert similarity.jaccard(ten, of_words(*range(5), 99, *range(6, 10))) == pytest.approx(5 / 11)
    assert similarity.jaccard(ten, ten) == 1
    assert similarity.jaccard(of_words(1, 2), of_words(1, 2)) == 0


def test_short_texts_are_told_by_their_words() -> None:
    assert of_words(*range(19)).is_short
    assert not of_words(*range(20)).is_short
    assert len(Text.together(Text(("a",) * 2000), Text(("b",) * 2000)).tokens) == 3000


def test_keys_are_those_that_are_stored_already() -> None:
    """Frozen: signatures made by earlier versions must meet those made by later ones, whatever the library."""
    (keys,) = similarity.band_keys([Text.of(LONG)], spaces=[7])
    assert keys[:4].tolist() == [1224014127, -918693163, 284392366, 2001360469]


def test_alike_texts_share_a_band_and_others_do_not() -> None:
    draw = random.Random(1)
    missed, met = 0, 0
    for _ in range(300):
        words = [draw.randrange(10**6) for _ in range(100)]
        # Of 98 shingles, 16 are changed: 82 of 114 are common, 0.72.
        other = [*words[:84], *(draw.randrange(10**6) for _ in range(16))]
        strange = [draw.randrange(10**6) for _ in range(100)]
        one, two, three = similarity.band_keys([of_words(*words), of_words(*other), of_words(*strange)], spaces=[1] * 3)
        missed += not np.intersect1d(one, two).size
        met += bool(np.intersect1d(one, three).size)
    assert missed <= 1
    assert met == 0


def test_features_share_no_keys() -> None:
    one, other = similarity.band_keys([Text.of(LONG)] * 2, spaces=[1, 2])
    assert not np.intersect1d(one, other).size
    assert similarity.band_keys([], spaces=[]).shape == (0, similarity.BANDS)


@settings(max_examples=200)
@given(some.lists(some.sets(some.integers(0, 14)), max_size=15))
def test_whoever_is_alike_shares_a_tie_and_ties_never_change(neighbors: list[set[int]]) -> None:
    """Text n is alike the earlier ones in `neighbors[n]`."""
    carried: dict[int, list[int]] = {}
    for number, near in enumerate(neighbors):
        alike = {pk: carried[pk] for pk in near if pk < number}
        found, alone = similarity.ties(alike)
        assert all(not carried[pk] for pk in alone)
        carried |= {pk: [pk] for pk in alone} | {number: found}
        assert bool(found) == bool(alike)
    for number, near in enumerate(neighbors):
        assert all(set(carried[number]) & set(carried[pk]) for pk in near if pk < number)


def test_who_is_alike_many_of_one_kind_carries_one_tie() -> None:
    assert similarity.ties({2: [1], 3: [1], 4: [1], 9: []}) == ([1, 9], [9])


@settings(max_examples=200)
@given(some.lists(some.lists(some.integers(0, 12), min_size=1, max_size=3), max_size=20))
def test_what_holds_together_is_one_group(pairs: list[list[int]]) -> None:
    rows = [Row(pk, ties) for pk, ties in enumerate(pairs)]
    edges = [pair for ties in pairs for pair in combinations(ties, 2)] or [(0, 0)]
    firsts, seconds = (np.array(side, dtype=np.int32) for side in zip(*edges, strict=True))
    groups = similarity.connected(13, firsts, seconds)
    settled = similarity.settle(rows, {})
    assert settled.bridges == []
    for one, other in combinations(settled.group_of, 2):
        together = settled.group_of[one] == settled.group_of[other]
        assert together == (groups[one] == groups[other])


@settings(max_examples=200)
@given(
    some.lists(some.lists(some.integers(0, 9), min_size=1, max_size=3), max_size=20),
    some.dictionaries(some.integers(0, 9), some.sampled_from(["train", "test"])),
)
def test_no_group_is_in_two_places(pairs: list[list[int]], places: dict[int, str]) -> None:
    rows = [Row(pk, ties) for pk, ties in enumerate(pairs)]
    settled = similarity.settle(rows, places)
    for group in settled.group_of.values():
        held = {places[tie] for tie, own in settled.group_of.items() if own == group and tie in places}
        assert len(held) <= 1
    for row in rows:
        assert row.pk in settled.bridges or len({settled.group_of[tie] for tie in row.ties}) == 1
    # Those that stay in can be held together again, and nobody else has to go.
    kept = [row for row in rows if row.pk not in settled.bridges]
    assert similarity.settle(kept, places).bridges == []
