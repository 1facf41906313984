import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import public_ids

NOW_MS = 1_777_975_872_500


def test_an_id_is_its_prefix_and_sixteen_characters_that_are_not_mistaken_for_others() -> None:
    assert re.fullmatch(r"exp_[0-9a-hjkmnp-tv-z]{16}", public_ids.new("exp", now_ms=NOW_MS))


@given(st.integers(0, 2**48 - 2), st.integers(1, 2**20))
def test_ids_made_later_sort_later(earlier: int, gap: int) -> None:
    later = min(earlier + gap, 2**48 - 1)
    assert public_ids.new("itm", now_ms=earlier) < public_ids.new("itm", now_ms=later)


def test_ids_of_one_millisecond_differ() -> None:
    assert len({public_ids.new("exp", now_ms=NOW_MS) for _ in range(100)}) == 100


@pytest.mark.parametrize("now_ms", [-1, 2**48])
def test_a_time_outside_48_bits_is_refused(now_ms: int) -> None:
    with pytest.raises(OverflowError):
        public_ids.new("exp", now_ms=now_ms)


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_derived_ids_keep_the_order_and_the_difference_of_their_digests(one: bytes, other: bytes) -> None:
    ids = public_ids.derived("sig", one), public_ids.derived("sig", other)
    assert (one < other) == (ids[0] < ids[1])
    assert (one == other) == (ids[0] == ids[1])


def test_a_derived_id_is_crockfords_base_32() -> None:
    assert public_ids.derived("itm", (2**80 - 1).to_bytes(10)) == "itm_" + "z" * 16
    assert public_ids.derived("itm", (1 << 75 | 31).to_bytes(10) + b"more") == "itm_1" + "0" * 14 + "z"


def test_a_digest_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        public_ids.derived("itm", b"short")
