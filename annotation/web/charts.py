"""Geometry of the small charts that templates draw as SVG: whole numbers in the units of a view box.

The view boxes stretch to their frame, so words and numbers stand beside a chart and never in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 1000
HEIGHT = 100
# What is there is seen, however little it is beside the rest.
LEAST = 3
MARK = 12
"""How wide a mark is."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One piece of a horizontal bar; `name` is the class that colors it."""

    name: str
    x: int
    width: int


@dataclass(frozen=True, kw_only=True)
class Column:
    """One upright column; `y` is its upper end, counted from above."""

    name: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Span:
    """An interval as a line from `x` on, with a mark at the figure itself."""

    name: str
    x: int
    width: int
    mark: int


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One square of a grid. `shade`: from 0 (nothing) to 1."""

    x: int
    y: int
    shade: float


@dataclass(frozen=True, kw_only=True)
class Trend:
    """A figure with its interval over days, as points of a `polyline` and a `polygon` in `WIDTH` times `HEIGHT`.

    `upper`, `middle`, `lower`: where the margin's ends and 0 lie. `reach`: what the upper end stands for, in points.
    """

    line: str
    area: str
    upper: int
    middle: int
    lower: int
    reach: int


@dataclass(frozen=True, kw_only=True)
class Steps:
    """A share that grows in steps, with its band, as points of a `polyline` and a `polygon` in `WIDTH` times `HEIGHT`.

    `limit`: where the days allowed end. `until`: the day at the right end.
    """

    line: str
    area: str
    limit: int
    until: int


def span(name: str, *, value: float, low: float, high: float, least: float, most: float = 1) -> Span:
    """On a scale from `least` to `most` that is `WIDTH` wide; what lies outside stands at its end.

    The mark's middle is the figure.
    """
    wide = most - least
    start, mark, end = (round(WIDTH * min(max((one - least) / wide, 0), 1)) for one in (low, value, high))
    at = min(max(mark - MARK // 2, 0), WIDTH - MARK)
    return Span(name=name, x=min(start, WIDTH - LEAST), width=max(end - start, LEAST), mark=at)


def trend(points: Sequence[tuple[int, float, float, float]], *, reach: float, margin: float) -> Trend:
    """Points of (day, value, low, high), in the order of days, between -reach and reach. One alone is drawn flat."""
    days = [day for day, *_ in points] if len(points) > 1 else [0, 1]
    rows = [rates for _day, *rates in points] * (1 if len(points) > 1 else 2)
    across = [round(WIDTH * (day - days[0]) / max(days[-1] - days[0], 1)) for day in days]
    line, low, high = (
        [f"{x},{_height(row[place], reach)}" for x, row in zip(across, rows, strict=True)] for place in range(3)
    )
    return Trend(
        line=" ".join(line),
        area=" ".join([*high, *reversed(low)]),
        upper=_height(margin, reach),
        middle=_height(0, reach),
        lower=_height(-margin, reach),
        reach=round(100 * reach),
    )


def _height(value: float, reach: float) -> int:
    """From above: `reach` is 0."""
    return round(HEIGHT * (1 - min(max(value / reach, -1), 1)) / 2)


def steps(points: Iterable[tuple[float, float, float, float]], *, last: float, until: int, limit: float) -> Steps:
    """Points of (day, value, low, high), days ascending: each holds from its day on, up to `last`. Of one place
    only the last."""
    heights: dict[int, list[int]] = {0: [HEIGHT, HEIGHT, HEIGHT]}
    for day, *shares in points:
        heights[round(WIDTH * day / until)] = [round(HEIGHT * (1 - share)) for share in shares]
    heights.setdefault(round(WIDTH * last / until), list(heights.values())[-1])
    line, low, high = ([(x, row[place]) for x, row in heights.items()] for place in range(3))
    return Steps(
        line=" ".join(_corners(line)),
        area=" ".join([*_corners(high), *reversed(_corners(low))]),
        limit=round(WIDTH * limit / until),
        until=until,
    )


def _corners(points: Sequence[tuple[int, int]]) -> list[str]:
    """Each step's end and the next one's beginning."""
    before = [y for _x, y in points[:1]] + [y for _x, y in points[:-1]]
    return [f"{x},{y}" for (x, here), height in zip(points, before, strict=True) for y in (height, here)]


def grid(shades: Sequence[Sequence[float]], *, side: int) -> list[Cell]:
    """Squares in rows from the top left, those of nothing left out."""
    return [
        Cell(x=column * side, y=row * side, shade=round(shade, 2))
        for row, shades_of in enumerate(shades)
        for column, shade in enumerate(shades_of)
        if round(shade, 2)
    ]


def bar(parts: Iterable[tuple[str, int]], *, of: int) -> list[Part]:
    """Parts side by side from the left, in a width of `WIDTH` for the amount `of`. Parts of nothing are left out."""
    laid: list[Part] = []
    for name, amount in parts:
        if amount:
            width = max(round(WIDTH * amount / of), LEAST)
            laid.append(Part(name=name, x=laid[-1].x + laid[-1].width if laid else 0, width=width))
    return laid


def columns(groups: Sequence[Sequence[tuple[str, int]]]) -> list[Column]:
    """Groups of columns from left to right, in `WIDTH` times `HEIGHT`, with a gap as wide as a column after each."""
    highest = max((amount for group in groups for _, amount in group), default=0)
    if not highest:
        return []
    step = WIDTH // len(groups)
    return [
        _column(
            name, amount, x=place * step + number * step // (len(group) + 1), wide=step // (len(group) + 1), of=highest
        )
        for place, group in enumerate(groups)
        for number, (name, amount) in enumerate(group)
        if amount
    ]


def _column(name: str, amount: int, *, x: int, wide: int, of: int) -> Column:
    height = max(round(HEIGHT * amount / of), LEAST)
    return Column(name=name, x=x, y=HEIGHT - height, width=wide, height=height)
