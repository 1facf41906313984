"""Texts cut to a length, and texts that a database can hold."""

from __future__ import annotations

from annotation.lib.clipping import clipped, storable


def test_a_long_text_keeps_both_ends_and_says_what_is_missing() -> None:
    assert clipped("short", 10) == "short"
    cut = clipped("a" * 50 + "b" * 5000 + "c" * 50, 90)
    assert cut.startswith("a" * 50)
    assert cut.endswith("c" * 30)
    assert "5,010 characters are left out here" in cut


def test_what_no_database_holds_is_replaced() -> None:
    assert storable("a\0b\ud800c", 10) == "a\ufffdb?c"
    assert storable("abcdef", 3) == "abc"
