"""Times of other tools' files as the contract spells them."""

from __future__ import annotations

import re

_WITHOUT_OFFSET = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)")


def utc(value: object) -> str | None:
    """As it is, and in UTC where it names no offset, as these tools write it. None where it is no text."""
    if not isinstance(value, str) or not value.strip():
        return None
    found = _WITHOUT_OFFSET.fullmatch(value.strip())
    return f"{found[1]}T{found[2]}Z" if found else value.strip()
