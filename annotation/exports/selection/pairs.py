"""Whether a draft and another text can teach a preference, and which of several such texts does."""

from __future__ import annotations

from collections.abc import Mapping

from annotation.lib import words

LEAST = 0.02
MOST = 0.6


def choose(*, draft: str, offers: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The name of the first offer that can be preferred to the draft, else the cause to leave the pair out.

    `offers`: by `edit`, `correction` and `regeneration`, in the order in which they count.
    """
    cause = "no_counterpart"
    for name, text in offers.items():
        found = objection(draft=draft, other=text, is_edit=name == "edit")
        if found is None:
            return name, None
        cause = found
    return None, cause


def objection(*, draft: str, other: str, is_edit: bool) -> str | None:
    """The cause to leave the pair out, or None.

    Unchanged words give a trainer nothing to prefer. An edit of fewer than 2 words in 100 is noise, and one of more
    than 60 another text, which says little about the draft. Who writes or finds good another answer may change as much
    as it takes.
    """
    if words.compared(draft) == words.compared(other):
        return "lint"
    if not is_edit:
        return None
    return None if LEAST <= words.edit_rate(draft, other) <= MOST else "no_counterpart"
