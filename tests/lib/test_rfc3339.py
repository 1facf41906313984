"""Times are taken with an offset, in UTC, and everything else is refused in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from annotation.lib import rfc3339


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-05T10:11:12Z", datetime(2026, 5, 5, 10, 11, 12, tzinfo=UTC)),
        ("2026-05-05t10:11:12.5z", datetime(2026, 5, 5, 10, 11, 12, 500_000, tzinfo=UTC)),
        ("2026-05-05 10:11:12+00:00", datetime(2026, 5, 5, 10, 11, 12, tzinfo=UTC)),
        ("2026-05-05T00:11:12-23:59", datetime(2026, 5, 6, 0, 10, 12, tzinfo=UTC)),
        ("2026-05-05T10:11:12.123456789+05:30", datetime(2026, 5, 5, 4, 41, 12, 123_456, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_time_with_an_offset_is_taken_in_utc(text: str, moment: datetime) -> None:
    assert rfc3339.parse(text) == moment
    assert rfc3339.parse(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-05-05T10:11:12", "2026-05-05T10:11:12.5"])
def test_a_time_without_an_offset_is_refused_as_such(text: str) -> None:
    with pytest.raises(rfc3339.InvalidTimeError, match="no offset"):
        rfc3339.parse(text)


@pytest.mark.parametrize("value", [1_777_975_872, 1.5, True, None, ["2026-05-05T10:11:12Z"], {}])
def test_what_is_not_text_is_no_time(value: object) -> None:
    with pytest.raises(rfc3339.InvalidTimeError, match="must be text"):
        rfc3339.parse(value)


OTHER_SPELLINGS = [
    "2026-05-05",
    "2026-05-05T10:11Z",
    "2026-05-05T10:11:12,5Z",
    "2026-05-05T10:11:12+0530",
    "20260505T101112Z",
    "2026-W19-2T10:11:12Z",
    "1777975872",
    "now",
    "",
    "2026-05-05T10:11:12Z\n",
    "\u0662\u0660\u0662\u0666-05-05T10:11:12Z",
]


@pytest.mark.parametrize(
    "text", [*OTHER_SPELLINGS, "", "2026-05-05T10:11:12Z\n", "\u0662\u0660\u0662\u0666-05-05T10:11:12Z"]
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(rfc3339.InvalidTimeError, match="RFC 3339"):
        rfc3339.parse(text)


@pytest.mark.parametrize("text", ["2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-05-05T10:11:60Z"])
def test_a_day_or_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(rfc3339.InvalidTimeError, match="exists"):
        rfc3339.parse(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00"])
def test_the_ends_of_the_calendar_are_refused(text: str) -> None:
    with pytest.raises(rfc3339.InvalidTimeError, match="years 1970 to 9998"):
        rfc3339.parse(text)
