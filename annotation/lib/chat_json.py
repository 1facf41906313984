"""The one JSON object in what a model wrote: bare, in a fence, or with words around it. Of two, neither is guessed."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

LONGEST = 200_000

_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


def found(text: str) -> dict[str, Any] | None:
    """The object, or None where there is none, more than one, or one that is cut off."""
    text = _THOUGHT.sub("", text)
    if len(text) > LONGEST:
        return None
    first = _first(text, 0)
    if first is None:
        return None
    value, end = first
    return None if _first(text, end) else value


def _first(text: str, start: int) -> tuple[dict[str, Any], int] | None:
    """The object that begins at the first brace from there on, and where it ends. A brace that begins none ends the
    search: what comes after it may be a part of something else."""
    at = text.find("{", start)
    if at < 0:
        return None
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return value, end


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Said twice, a name has no value that could be relied on."""
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("a name is said twice")
    return told


_DECODER = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=_once)
