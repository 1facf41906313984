"""Times as machines send them: RFC 3339 with an offset, and nothing looser."""

import re
from datetime import UTC, datetime

_SHAPE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,30})?(?P<offset>[Zz]|[+-]\d\d:\d\d)?", flags=re.ASCII)
_PLAIN = re.compile(r"(?:19[789]|20\d)\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,30})?Z", flags=re.ASCII)
_EXAMPLE = "2026-05-05T10:11:12.5Z"
# The ends of the calendar can't be moved to UTC, nor read back from every database driver.
_YEARS = range(1970, 9999)

SCHEMA = {"format": "date-time", "pattern": r"^(19[7-9]\d|[2-8]\d{3}|9[0-8]\d\d|99[0-8]\d|999[0-8])-"}
"""The same as JSON Schema."""


class InvalidTimeError(ValueError):
    """The text is not a time; the message says why, in words that follow the field's name."""


def parse(value: object) -> datetime:
    """The time in UTC. Digits of a second beyond the sixth are cut off. Raises InvalidTimeError."""
    if not isinstance(value, str):
        raise InvalidTimeError(f"must be text such as {_EXAMPLE}, not a number or anything else")
    if _PLAIN.fullmatch(value):
        # As most machines write it: nothing to convert, and only days that don't exist are left to be told below.
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    found = _SHAPE.fullmatch(value)
    if found is None:
        raise InvalidTimeError(f"is not a time of RFC 3339, such as {_EXAMPLE}")
    if found["offset"] is None:
        raise InvalidTimeError(f"has no offset from UTC: end it with Z or with hours and minutes, as in {_EXAMPLE}")
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError as error:
        raise InvalidTimeError(f"is not a day and time that exists; a time looks like {_EXAMPLE}") from error
    if moment.year not in _YEARS:
        raise InvalidTimeError(f"must be in the years {_YEARS[0]} to {_YEARS[-1]}")
    return moment.astimezone(UTC)
