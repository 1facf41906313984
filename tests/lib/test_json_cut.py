from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import json_cut

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\\\[]{},: é'),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=3), inside, max_size=4),
)


@given(st.lists(VALUES), st.sampled_from([None, 1]))
def test_entries_are_those_that_a_parser_finds(values: list[object], indent: int | None) -> None:
    text = json.dumps(values, ensure_ascii=False, indent=indent).encode()
    assert [json.loads(one) for one in json_cut.entries(text)] == values


def test_an_entry_may_be_nested_as_deep_as_it_likes() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert list(json_cut.entries(b"[1," + deep + b',{"a":2}]')) == [b"1", deep, b'{"a":2}']


def test_what_is_no_array_stays_whole() -> None:
    assert list(json_cut.entries(b' {"a": [1, 2]} ')) == [b' {"a": [1, 2]} ']


@pytest.mark.parametrize("text", [b"[1,[2,3", b'[1,"2', b"[" * 100_000, b"[" + b'"' * 400_001])
def test_an_array_that_does_not_end_is_said_to(text: bytes) -> None:
    with pytest.raises(ValueError, match="no end"):
        list(json_cut.entries(text))
