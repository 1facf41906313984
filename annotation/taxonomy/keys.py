"""Which keys can stand for a reason: the others are the page's own (skip, flag, undo, comment …)."""

from __future__ import annotations

from collections.abc import Iterable

from annotation.taxonomy import default

ALLOWED = default.OWN_KEYS + default.COMMON_KEYS


def free(taken: Iterable[str]) -> str:
    """Those that are left, in the order in which they are given out."""
    used = set(taken)
    return "".join(key for key in ALLOWED if key not in used)
