import hashlib
import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import keyed

KEY = b"a key for tests, 32 bytes long.."
OTHER_KEY = b"another for tests, 32 bytes long"


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_parts_that_differ_have_hashes_that_differ(one: list[str], other: list[str]) -> None:
    same_hash = keyed.digest(KEY, *one, purpose="test") == keyed.digest(KEY, *other, purpose="test")
    assert same_hash == (one == other)


def test_moving_a_letter_from_one_part_to_the_next_changes_the_hash() -> None:
    assert keyed.digest(KEY, "ab", "c", purpose="test") != keyed.digest(KEY, "a", "bc", purpose="test")


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_many_that_begin_alike_have_the_hashes_that_each_has_alone(first: list[str], others: list[str]) -> None:
    digests = keyed.digests(KEY, *first, purpose="test")
    numbers = keyed.unit_intervals(KEY, *first, purpose="test")
    for one in (others, others[:1]):
        assert digests(*one) == keyed.digest(KEY, *first, *one, purpose="test")
        assert numbers(*one) == keyed.unit_interval(KEY, *first, *one, purpose="test")


def test_key_and_purpose_change_the_hash() -> None:
    hashes = {keyed.digest(key, "u-19", purpose=purpose) for key in (KEY, OTHER_KEY) for purpose in ("user", "split")}
    assert len(hashes) == 4


def test_the_hash_never_changes_between_versions() -> None:
    parts = b"".join(len(part).to_bytes(8, "big") + part for part in (b"email-drafts", b"gen_81"))
    expected = hashlib.blake2b(parts, key=KEY, digest_size=16, person=b"interaction").digest()
    assert keyed.digest(KEY, "email-drafts", "gen_81", purpose="interaction") == expected
    assert expected.hex() == "ec899c8fcd7cdfa4a8fbfd30031598c5"


@pytest.mark.parametrize("length", [2039, 2040, 4086, 4087, 65_527, 65_528, 200_000])
def test_a_long_text_has_the_hash_of_its_whole(length: int) -> None:
    text = bytes(range(256)) * (length // 256 + 1)
    told = length.to_bytes(8, "big") + text[:length]
    expected = hashlib.blake2b(told, key=KEY, digest_size=16, person=b"fingerprint").digest()
    assert keyed.digest(KEY, text[:length], purpose="fingerprint") == expected


def test_a_key_of_any_length_is_taken_but_an_empty_one_refused() -> None:
    long = b"k" * 65
    assert keyed.digest(long, "a", purpose="test") != keyed.digest(long[:64], "a", purpose="test")
    with pytest.raises(ValueError, match="empty"):
        keyed.digest(b"", "a", purpose="test")


@given(st.text())
def test_a_drawn_number_is_inside_the_open_interval_and_stays_the_same(part: str) -> None:
    drawn = keyed.unit_interval(KEY, part, purpose="test")
    assert 0 < drawn < 1
    assert drawn == keyed.unit_interval(KEY, part, purpose="test")


@pytest.mark.parametrize(("hashed", "drawn"), [(b"\x00" * 8, 2**-53), (b"\xff" * 8, 1 - 2**-53)])
def test_the_ends_of_the_hash_do_not_reach_0_or_1(monkeypatch: pytest.MonkeyPatch, hashed: bytes, drawn: float) -> None:
    class Extreme:
        def digest(self) -> bytes:
            return hashed

    monkeypatch.setattr(keyed, "_hasher", lambda *_: Extreme())
    assert keyed.unit_interval(KEY, purpose="test") == drawn


def test_drawn_numbers_are_uniform() -> None:
    """Kolmogorov-Smirnov at 1 in a million, and neighbors that don't go together; the draws are fixed by the key."""
    count = 20_000
    drawn = [keyed.unit_interval(KEY, "feature", str(i), purpose="random-number") for i in range(count)]
    distance = max(abs(value - (rank + 0.5) / count) for rank, value in enumerate(sorted(drawn)))
    assert distance < 2.7 / math.sqrt(count)
    neighbors = sum((a - 0.5) * (b - 0.5) for a, b in itertools.pairwise(drawn)) / (count - 1)
    assert abs(neighbors * 12) < 5 / math.sqrt(count)


def test_the_check_value_tells_keys_apart_without_holding_them() -> None:
    assert keyed.key_check(KEY) == keyed.key_check(bytes(KEY)) != keyed.key_check(OTHER_KEY)
    assert len(bytes.fromhex(keyed.key_check(KEY))) == 8
