"""What a page says of a change of settings before it is made."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, kw_only=True)
class Change:
    """One setting before and after, and what that brings."""

    title: str | Promise
    before: str
    after: str
    effect: str | Promise
