"""Cells of tables that people open in a spreadsheet."""

from __future__ import annotations

from typing import Final, TypeVar

Value = TypeVar("Value")

_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet."""


def harmless(value: Value) -> Value | str:
    """The value; where a spreadsheet would run it as a formula, an apostrophe before it (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RUNS) else value
