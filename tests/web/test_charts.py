"""Bars and columns fill their view box, and what is there is seen."""

from __future__ import annotations

from annotation.web import charts


def test_the_parts_of_a_bar_lie_side_by_side_in_proportion() -> None:
    parts = charts.bar([("on", 50), ("wait", 0), ("end", 25)], of=100)
    assert [(part.name, part.x, part.width) for part in parts] == [("on", 0, 500), ("end", 500, 250)]


def test_one_in_a_million_is_still_seen() -> None:
    assert charts.bar([("on", 1)], of=1_000_000)[0].width == charts.LEAST
    assert charts.columns([[("came", 1_000_000)], [("came", 1)]])[1].height == charts.LEAST


def test_the_highest_column_fills_the_height_and_groups_stand_apart() -> None:
    columns = charts.columns([[("came", 4), ("went", 2)], [("came", 0), ("went", 1)]])
    assert [(one.name, one.x, one.y, one.height) for one in columns] == [
        ("came", 0, 0, 100),
        ("went", 166, 50, 50),
        ("went", 666, 75, 25),
    ]


def test_where_nothing_happened_there_is_no_chart() -> None:
    assert charts.columns([]) == charts.columns([[("came", 0)]]) == []
