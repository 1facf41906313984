"""JSON values cut from a file: whole, in order, in bounded memory, wherever the pieces end."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import json_values
from annotation.lib.json_values import BrokenJsonError

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def cut(text: bytes, size: int) -> Iterator[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


def read(text: bytes, size: int = 5, longest: int = 10_000) -> list[Any]:
    return [value for _, value in json_values.values(cut(text, size), longest=longest)]


@given(st.lists(anything, max_size=6), st.integers(1, 40), st.booleans(), st.booleans())
def test_entries_of_an_array_are_what_they_were(entries: list[Any], size: int, is_pretty: bool, is_ascii: bool) -> None:
    text = json.dumps(entries, indent=2 if is_pretty else None, ensure_ascii=is_ascii)
    assert read(text.encode("utf-8", "surrogateescape"), size) == entries


@given(st.lists(st.dictionaries(st.text(), anything), max_size=5), st.integers(1, 40))
def test_values_that_follow_each_other_are_what_they_were(entries: list[Any], size: int) -> None:
    assert read("\n".join(json.dumps(one, indent=1) for one in entries).encode(), size) == entries


def test_places_are_counted_from_one_and_a_byte_order_mark_is_none() -> None:
    assert list(json_values.values([b"\xef\xbb\xbf [1, ", b"2 ]\n"], longest=10)) == [(1, 1), (2, 2)]
    assert read(b"") == read(b"  ") == read(b"[]") == []


def test_what_a_single_record_can_be_refused_for_does_not_break_the_file() -> None:
    nan, big, bad, good = read(b'[NaN, 123456789012345678901234567890, {"a": "\xff"}, 1]')
    assert math.isnan(nan)
    assert isinstance(big, float)
    assert bad["a"] == "\udcff"
    assert good == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b'[{"a": 1}, {"a": ]', "Entry 2 is not JSON"),
        (b'[{"a": 1}, {"a": "x', "Entry 2 is not JSON"),
        (b'[{"a": 1} {"a": 2}]', "After entry 1 a comma is missing"),
        (b"[1, 2", "cut off after entry 2"),
        (b"[1, ]", "a comma and no value"),
        (b"[1] 2", "belongs to no value"),
        (b'[1, "' + b"x" * 200 + b'"]', "Entry 2 is longer than 100 characters"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_a_broken_file_says_at_which_entry(text: bytes, told: str) -> None:
    with pytest.raises(BrokenJsonError, match=told):
        read(text, size=64, longest=100 if b"xxx" in text else 1_000_000)


def test_memory_does_not_grow_with_the_file() -> None:
    def chunks(count: int) -> Iterator[bytes]:
        yield b"["
        for number in range(count):
            yield b'{"text": "' + b"x" * 10_000 + b'"}' + (b"," if number < count - 1 else b"]")

    def peak(count: int) -> int:
        tracemalloc.start()
        assert sum(1 for _ in json_values.values(chunks(count), longest=1_000_000)) == count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(2_000) < 2 * peak(20) < 1_000_000
