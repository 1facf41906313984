"""Cut a JSON array into its entries without reading them: for arrays of which one entry can't be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARK = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)


def entries(text: bytes) -> Iterator[bytes]:
    """The text of each entry of an array, however deep it is nested. Of what is no array, the whole text.

    Brackets are counted, not matched: what is not JSON comes out as some entry that isn't either. Raises ValueError,
    at the end, where the array does not.
    """
    if not text.lstrip().startswith(b"["):
        yield text
        return
    depth, start = 0, 0
    for found in _MARK.finditer(text):
        mark = text[found.start() : found.start() + 1]
        if mark in b"[{":
            depth += 1
            start = found.end() if depth == 1 else start
        elif mark in b"]}":
            depth -= 1
        if mark != b'"' and ((depth == 1 and mark == b",") or depth == 0):
            if entry := text[start : found.start()].strip():
                yield entry
            start = found.end()
        if depth == 0 and mark != b'"':
            break
    if depth:
        raise ValueError("the array has no end")
    if rest := text[start:].strip():
        yield rest
