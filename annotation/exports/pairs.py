"""Whether a draft and what a person made of it can teach a preference."""

from __future__ import annotations

from annotation.lib import words

LEAST = 0.02
MOST = 0.6


def objection(*, draft: str, edit: str) -> str | None:
    """The cause to leave the pair out, or None.

    Unchanged words give a trainer nothing to prefer. Below 2 words changed in 100 the change is noise, above 60 the
    text is another one, which says little about the draft.
    """
    rate = words.edit_rate(draft, edit)
    if rate == 0:
        return "lint"
    return None if LEAST <= rate <= MOST else "no_counterpart"
