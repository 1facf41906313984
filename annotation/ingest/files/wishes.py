"""What whoever imports has written down, read: rules for scores, places of fields, a time for what has none."""

from __future__ import annotations

from collections.abc import Iterable

from annotation.errors import Refusal
from annotation.lib import rfc3339
from annotation.lib.foreign import places, scores
from annotation.lib.foreign.found import Wishes


class InvalidWish(Refusal):
    """{problem}"""

    code = "invalid_wish"
    status = 422


def parse(
    *,
    feature: str | None,
    rules: Iterable[str] = (),
    fields: Iterable[str] = (),
    occurred_at: str | None = None,
    with_default: bool = True,
) -> Wishes:
    """`rules` come before the default ones, or without `with_default` in their place. Raises InvalidWish."""
    try:
        if occurred_at is not None:
            rfc3339.parse(occurred_at)
        return Wishes(
            feature=feature,
            rules=scores.parse(rules, with_default=with_default),
            fields=places.parse(fields),
            occurred_at=occurred_at,
        )
    except rfc3339.InvalidTimeError as error:
        raise InvalidWish(problem=f"The time for records without one {error}.") from error
    except (scores.InvalidRuleError, places.InvalidFieldError) as error:
        raise InvalidWish(problem=str(error)) from error
