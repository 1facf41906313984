import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import reading


def test_reading_takes_a_minute_for_238_words() -> None:
    assert reading.seconds("word " * 238) == 60
    assert reading.seconds("字" * 119) == 30
    assert reading.seconds("") == 0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (0.04, "0 s"),
        (1.24, "1.2 s"),
        (3, "3 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (40.4, "40 s"),
        (99.4, "99 s"),
        (99.6, "2 min"),
        (180, "3 min"),
        (99 * 60 + 29, "99 min"),
        (7200, "2 h"),
        (7500, "2 h 5 min"),
        (7199, "2 h"),
        (47.4 * 3600, "47 h 24 min"),
        (48 * 3600, "2 days"),
        (4 * 86_400 + 50, "4 days"),
        (400 * 86_400, "400 days"),
    ],
)
def test_a_span_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert reading.span(seconds) == said


@given(st.floats(0, 1e9))
def test_a_span_has_at_most_two_units(seconds: float) -> None:
    assert len(reading.span(seconds).split()) in (2, 4)
