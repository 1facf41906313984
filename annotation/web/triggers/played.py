"""A dry run as a picture: how far each day was from a firing, and where it would have fired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.triggers import Condition, Day, words
from annotation.triggers.conditions import Count, Share
from annotation.web.charts import HEIGHT, LEAST, WIDTH, Column


@dataclass(frozen=True, kw_only=True)
class Played:
    """`columns`: one a day, as high as what was seen; `line`: the height at which a count fires, in the view box.
    `top`: what the upper end stands for, in words' figures."""

    days: Sequence[Day]
    columns: Sequence[Column]
    line: int | None
    top: str
    fires: int
    method: str | None
    is_share: bool


def shown(condition: Condition, days: Sequence[Day]) -> Played:
    levels = [_level(condition, day.about) for day in days]
    needed = condition.at_least if isinstance(condition, Count) else None
    top = max([*levels, float(needed or 0)], default=0.0) or 1.0
    return Played(
        days=days,
        columns=_columns(days, levels, top),
        line=round(HEIGHT * (1 - needed / top)) if needed else None,
        top=_top(condition, top),
        fires=sum(day.fires for day in days),
        method=words.method(condition),
        is_share=isinstance(condition, Share),
    )


def _level(condition: Condition, about: Mapping[str, Any]) -> float:
    if isinstance(condition, Count):
        return float(about.get("count", 0))
    if isinstance(condition, Share):
        return float(about.get("share", 0))
    return 1.0 if about.get("changes") else 0.0


def _top(condition: Condition, top: float) -> str:
    if isinstance(condition, Count):
        return f"{top:,.0f}"
    return f"{100 * top:.0f} %" if isinstance(condition, Share) else ""


def _columns(days: Sequence[Day], levels: Sequence[float], top: float) -> list[Column]:
    """With a gap of a fifth between them. A firing is seen however little it was about."""
    step = WIDTH / len(days)
    found = []
    for place, (day, level) in enumerate(zip(days, levels, strict=True)):
        name = "fires" if day.fires else "rests" if day.is_resting else "seen"
        height = HEIGHT if day.is_resting else max(round(HEIGHT * level / top), LEAST if level else 0)
        if height:
            x = round(place * step)
            found.append(Column(name=name, x=x, y=HEIGHT - height, width=max(round(step * 0.8), 1), height=height))
    return found
