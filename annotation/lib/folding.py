"""Where a long text is folded: at the end of a paragraph, else of a line, else of a word, and never inside of code."""

import re

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)
_SLACK = 1.25
"""A rest that is short against what is shown isn't worth a fold."""


def split(text: str, most: int) -> tuple[str, str]:
    """What is shown of a text, about `most` characters of it at most, and the rest; joined, they are the text again.

    A block of code that begins in the shown part is folded whole, unless it begins in its first third: then it is
    parted at the end of a line.
    """
    if len(text) <= _SLACK * most:
        return text, ""
    place = _place(text, most)
    return text[:place], text[place:]


def end_of_line(text: str, number: int) -> int:
    """Where the line with this number ends, or the text, if it has fewer."""
    place = -1
    for _ in range(number):
        place = text.find("\n", place + 1)
        if place < 0:
            return len(text)
    return place + 1


def is_inside_code(shown: str) -> str:
    """The line that opened the block of code in which a text ends, or nothing."""
    fences = [fence.group().strip() for fence in _FENCE.finditer(shown)]
    return fences[-1] if len(fences) % 2 else ""


def _place(text: str, most: int) -> int:
    least = most // 3
    fences = [fence.start() for fence in _FENCE.finditer(text, 0, most)]
    inside = len(fences) % 2 == 1
    if inside and fences[-1] >= least:
        return fences[-1]
    marks = ("\n",) if inside else ("\n\n", "\n", " ")
    for mark in marks:
        found = text.rfind(mark, least, most)
        if found > 0:
            return found + len(mark)
    return most
